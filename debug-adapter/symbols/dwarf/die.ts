import { CorruptDataError } from '../errors';
import type { Abbreviation } from './abbreviations';
import { DW_AT, DW_FORM } from './constants';
import { type AddressRange, rangesOf } from './ranges';
import type { RawValue } from './forms';
import type { Unit } from './unit';

/** No real chain of abstract origins and specifications is longer. */
const LONGEST_ORIGIN_CHAIN = 16;

/** A debugging information entry: a tag, attributes and children (DWARF 5, 2.1). */
export class Die {
  private knownChildren: Die[] | undefined;
  private knownRanges: readonly AddressRange[] | undefined;

  constructor(
    readonly unit: Unit,
    readonly offset: number,
    /** Offset after the attributes, where the first child begins. */
    readonly endOffset: number,
    readonly abbreviation: Abbreviation,
    private readonly values: readonly RawValue[],
    private readonly indirectForms: ReadonlyMap<number, number> | undefined,
  ) {}

  get tag(): number {
    return this.abbreviation.tag;
  }

  get children(): readonly Die[] {
    return (this.knownChildren ??= this.unit.childrenOf(this));
  }

  get siblingOffset(): number | undefined {
    const { siblingIndex } = this.abbreviation;
    const value = siblingIndex < 0 ? undefined : this.values[siblingIndex];
    return typeof value === 'number' ? value : undefined;
  }

  has(attribute: number): boolean {
    return this.abbreviation.names.includes(attribute);
  }

  /** Form and raw value of an attribute of this DIE itself. */
  raw(attribute: number): { form: number; value: RawValue } | undefined {
    const index = this.abbreviation.names.indexOf(attribute);
    if (index < 0) return undefined;
    return { form: this.formAt(index), value: this.values[index] };
  }

  private formAt(index: number): number {
    return this.indirectForms?.get(index) ?? this.abbreviation.forms[index];
  }

  string(attribute: number): string | undefined {
    const found = this.raw(attribute);
    return found && this.unit.stringOf(found.form, found.value);
  }

  flag(attribute: number): boolean {
    const found = this.raw(attribute);
    return found !== undefined && found.value !== 0;
  }

  /** A constant attribute, sign as its form tells (data1..8 are unsigned). */
  constant(attribute: number): bigint | undefined {
    const found = this.raw(attribute);
    if (!found) return undefined;
    const { value } = found;
    if (typeof value === 'bigint') return value;
    if (typeof value === 'number') return CONSTANT_FORMS.has(found.form) ? BigInt(value) : undefined;
    return undefined;
  }

  /** A constant attribute that is a size, an offset, a line. */
  number(attribute: number): number | undefined {
    const value = this.constant(attribute);
    return value === undefined ? undefined : Number(value);
  }

  /** DW_FORM_addr or addrx*; undefined when the attribute is absent or of another class. */
  address(attribute: number): number | undefined {
    const found = this.raw(attribute);
    if (!found || typeof found.value !== 'number') return undefined;
    if (found.form === DW_FORM.addr) return found.value;
    return ADDRX_FORMS.has(found.form) ? this.unit.indexedAddress(found.value) : undefined;
  }

  /** An offset into another section; DWARF 2 and 3 used data4 and data8 for it. */
  sectionOffset(attribute: number): number | undefined {
    const found = this.raw(attribute);
    if (!found) return undefined;
    const { form, value } = found;
    if (form === DW_FORM.sec_offset || form === DW_FORM.data4) return value as number;
    if (form === DW_FORM.data8) return Number(value as bigint);
    return undefined;
  }

  block(attribute: number): Uint8Array | undefined {
    const value = this.raw(attribute)?.value;
    return value instanceof Uint8Array ? value : undefined;
  }

  /** The DIE that an attribute refers to. @throws CorruptDataError for a reference to nothing */
  reference(attribute: number): Die | undefined {
    const found = this.raw(attribute);
    if (!found) return undefined;
    const { form, value } = found;
    if (form === DW_FORM.ref_sig8) return this.unit.info.typeBySignature(value as bigint);
    if (form === DW_FORM.ref_addr) return this.unit.info.dieAt(value as number);
    if (LOCAL_REFERENCES.has(form)) return this.unit.dieAt(value as number);
    throw new CorruptDataError(
      this.unit.header.section,
      this.offset,
      'a reference into a supplementary file (dwz) cannot be followed',
    );
  }

  /** This DIE, then what it is an instance or definition of (DW_AT_abstract_origin, DW_AT_specification). */
  origins(): Die[] {
    const chain: Die[] = [this];
    while (chain.length < LONGEST_ORIGIN_CHAIN) {
      const last = chain[chain.length - 1];
      const origin = last.reference(DW_AT.abstract_origin) ?? last.reference(DW_AT.specification);
      if (!origin || chain.includes(origin)) break;
      chain.push(origin);
    }
    return chain;
  }

  /** The first DIE of the origins that has the attribute. */
  withAttribute(attribute: number): Die | undefined {
    if (this.has(attribute)) return this;
    return this.origins().find((die) => die.has(attribute));
  }

  /** DW_AT_name, from the abstract origin or specification where needed. */
  get name(): string | undefined {
    return this.withAttribute(DW_AT.name)?.string(DW_AT.name);
  }

  /** The addresses this DIE covers: low/high_pc or DW_AT_ranges; empty for abstract ones. */
  ranges(): readonly AddressRange[] {
    return (this.knownRanges ??= rangesOf(this));
  }
}

const CONSTANT_FORMS: ReadonlySet<number> = new Set([
  DW_FORM.data1,
  DW_FORM.data2,
  DW_FORM.data4,
  DW_FORM.implicit_const,
  DW_FORM.flag,
]);
const ADDRX_FORMS: ReadonlySet<number> = new Set([
  DW_FORM.addrx,
  DW_FORM.addrx1,
  DW_FORM.addrx2,
  DW_FORM.addrx3,
  DW_FORM.addrx4,
]);
const LOCAL_REFERENCES: ReadonlySet<number> = new Set([
  DW_FORM.ref1,
  DW_FORM.ref2,
  DW_FORM.ref4,
  DW_FORM.ref8,
  DW_FORM.ref_udata,
]);
