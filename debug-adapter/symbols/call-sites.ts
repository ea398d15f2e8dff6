import type { Frame } from './frames/frame';
import { DW_AT, DW_TAG } from './dwarf/constants';
import type { Die } from './dwarf/die';
import { evaluateBits, registerOf } from './dwarf/expression';
import { frameInputs, type FrameServices } from './variables';

/**
 * The value that a register had on entry of a function, computed in its caller's frame from the call site's
 * DW_AT_call_value (DWARF 5, 3.4.2).
 * @param register the register that DW_OP_entry_value names
 * @param callee the function that was entered; a call site that names another one (a tail call between) gives nothing
 */
export function entryValueFromCallSite(
  callerFunction: Die,
  caller: Frame,
  register: number,
  callee: Die | undefined,
  services: FrameServices,
): bigint | undefined {
  const site = findCallSite(callerFunction, caller.pc - services.slide, 0);
  if (!site || !callsFunction(site, callee)) return undefined;
  for (const parameter of site.children) {
    if (parameter.tag !== DW_TAG.call_site_parameter && parameter.tag !== DW_TAG.GNU_call_site_parameter)
      continue;
    const location = parameter.block(DW_AT.location);
    const value = parameter.block(DW_AT.call_value) ?? parameter.block(DW_AT.GNU_call_site_value);
    if (!location || !value || registerOf(location) !== register) continue;
    try {
      const inputs = frameInputs(caller, callerFunction, services, parameter);
      return evaluateBits(value, parameter.unit, inputs);
    } catch {
      // The caller's own value is not known: then the entry value isn't either.
      return undefined;
    }
  }
  return undefined;
}

/** Call sites are found by their return address; they can be inside blocks and inlined functions. */
function findCallSite(scope: Die, returnPc: number, level: number): Die | undefined {
  if (level > 200) return undefined;
  for (const die of scope.children) {
    if (die.tag === DW_TAG.call_site || die.tag === DW_TAG.GNU_call_site) {
      const pc = die.address(DW_AT.call_return_pc) ?? die.address(DW_AT.low_pc);
      if (pc !== undefined && pc - (pc & 1) === returnPc) return die;
    } else if (die.tag === DW_TAG.lexical_block || die.tag === DW_TAG.inlined_subroutine) {
      const found = findCallSite(die, returnPc, level + 1);
      if (found) return found;
    }
  }
  return undefined;
}

function callsFunction(site: Die, callee: Die | undefined): boolean {
  const target = site.reference(DW_AT.call_origin) ?? site.reference(DW_AT.abstract_origin);
  // An indirect call names no function.
  if (!target || !callee) return true;
  const origins = callee.origins();
  return target.origins().some((die) => origins.includes(die)) || target.name === callee.name;
}
