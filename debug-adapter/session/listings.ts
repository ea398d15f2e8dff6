/**
 * Disassembly as a source of its own, for frames whose program has no source: VS Code gives the focus only to frames
 * that have one. A listing is a stretch of code around a place, one instruction a line; it is made anew when it is
 * asked for, so that it shows the code as it is now.
 */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { disassembleRange, type DisassembledRow } from '../worlds/disassembly';
import type { Context } from '../worlds/context';
import { viewOfContext } from '../worlds/memory';
import { formatAddress, type Space } from '../worlds/space';
import type { Live } from './session';

/** Instructions before and after the place that a listing is first asked for. */
const BEFORE = 64;
const AFTER = 448;
const HEADER_LINES = 2;

interface Listing {
  readonly reference: number;
  readonly context: Context;
  readonly rows: readonly DisassembledRow[];
}

export class Listings {
  private readonly made: Listing[] = [];

  /** The source and line of `address` as `context` sees it. */
  locate(
    live: Live,
    context: Context,
    address: number,
  ): { source: DebugProtocol.Source; line: number } | undefined {
    const known = this.made.find((listing) => listing.context === context && lineOf(listing, address) > 0);
    const listing = known ?? this.make(live, context, address);
    const line = lineOf(listing, address);
    if (line <= 0) return undefined;
    return {
      source: {
        name: title(context.space, listing.rows),
        sourceReference: listing.reference,
        origin: 'disassembly',
        adapterData: { listing: listing.reference },
      },
      line,
    };
  }

  /** The text of a listing, or undefined for a reference that is none. */
  text(reference: number): string | undefined {
    const listing = this.made.find((candidate) => candidate.reference === reference);
    const first = listing?.rows[0];
    if (listing === undefined || first === undefined) return undefined;
    const head = [`; ${title(listing.context.space, listing.rows)}`, '; no source is known for this code'];
    return [...head, ...listing.rows.map((row) => rowText(listing.context.space, row)), ''].join('\n');
  }

  /** Forgets every listing: the machine was restarted, or code changed. */
  clear(): void {
    this.made.length = 0;
  }

  private make(live: Live, context: Context, address: number): Listing {
    const { machine, symbols } = live.target;
    const site = { machine, symbols, view: viewOfContext(machine, context), context };
    const rows = disassembleRange(site, address, -BEFORE, BEFORE + AFTER);
    const listing = { reference: this.made.length + 1, context, rows };
    this.made.push(listing);
    return listing;
  }
}

function lineOf(listing: Listing, address: number): number {
  const index = listing.rows.findIndex((row) => row.address === address);
  return index < 0 ? 0 : index + 1 + HEADER_LINES;
}

function title(space: Space, rows: readonly DisassembledRow[]): string {
  const first = rows[0]?.address ?? 0;
  return `${formatAddress({ space, address: first })} disassembly`;
}

function rowText(space: Space, row: DisassembledRow): string {
  const label = row.symbol === undefined ? '' : `  ; ${row.symbol}`;
  return `${formatAddress({ space, address: row.address })}  ${row.bytes.padEnd(8)}  ${row.text}${label}`;
}
