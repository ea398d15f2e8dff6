/**
 * Breakpoints on code: of sources, functions and instructions. Each is bound to a world (or to any) and never hit in
 * another; conditions, hit counts and log messages are decided inside the process.
 */
import type { CoreState, Machine, World } from '../../emulator';
import type { Context } from '../worlds/context';
import type { Contexts } from '../worlds/contexts';
import type { HitCondition } from './hit-condition';

/** The worlds in which a breakpoint may be hit: DAP's breakpoint modes, and one VM of several. */
export interface WorldFilter {
  readonly world: World | 'any';
  /** Guests: the VM's number from 1, or undefined for every VM. */
  readonly vm?: number;
  readonly privilege?: 'PL0' | 'PL1';
}

export interface CodeBreakpoint {
  readonly id: number;
  readonly kind: 'breakpoint' | 'function breakpoint' | 'instruction breakpoint';
  /** Virtual addresses, each with where it holds. */
  readonly locations: readonly { readonly address: number; readonly filter: WorldFilter }[];
  /** Evaluated in the context that is about to execute; throwing stops with the reason. */
  readonly condition?: (context: Context) => boolean;
  readonly hitCondition?: HitCondition;
  /** Text to be written instead of stopping. */
  readonly log?: (context: Context) => string;
  hits: number;
}

/** What a hit of several breakpoints at one place comes to. */
export interface CodeHit {
  readonly breakpoints: readonly CodeBreakpoint[];
  readonly context: Context;
  /** A condition that could not be evaluated. */
  readonly problem?: string;
}

/** A stop that stepping sets for itself. */
export interface TemporaryStop {
  readonly address: number;
  readonly holds: (context: Context) => boolean;
}

export class CodeBreakpoints {
  /** By DAP family (a source's path, `function`, `instruction`). */
  private readonly groups = new Map<string, readonly CodeBreakpoint[]>();
  private byAddress = new Map<number, CodeBreakpoint[]>();
  private temporary: readonly TemporaryStop[] = [];
  /** Set when a breakpoint of the user stopped the machine; taken by whoever runs it. */
  hit: CodeHit | undefined;
  /** Set when a temporary stop did. */
  temporaryHit = false;

  constructor(
    private readonly machine: Machine,
    private readonly contexts: Contexts,
    private readonly write: (text: string, context: Context) => void,
  ) {
    machine.onBreakpoint = (core, va) => this.reached(core, va);
  }

  get all(): CodeBreakpoint[] {
    return [...this.groups.values()].flat();
  }

  /** Replaces the breakpoints of one family. */
  set(group: string, breakpoints: readonly CodeBreakpoint[]): void {
    if (breakpoints.length === 0) this.groups.delete(group);
    else this.groups.set(group, breakpoints);
    this.arm();
  }

  /** Replaces the stops that stepping needs. */
  setTemporary(stops: readonly TemporaryStop[]): void {
    this.temporary = stops;
    this.arm();
  }

  private arm(): void {
    this.byAddress = new Map();
    for (const breakpoint of this.all)
      for (const { address } of breakpoint.locations) {
        const there = this.byAddress.get(address);
        if (there === undefined) this.byAddress.set(address, [breakpoint]);
        else if (!there.includes(breakpoint)) there.push(breakpoint);
      }
    this.machine.setBreakpoints(
      new Set([...this.byAddress.keys(), ...this.temporary.map(({ address }) => address)]),
    );
  }

  /** The core is about to execute the instruction at `va`: true stops it. */
  private reached(core: CoreState, va: number): boolean {
    const context = this.contexts.executingOn(core.index);
    let stop = false;
    if (this.temporary.some(({ address, holds }) => address === va && holds(context))) {
      this.temporaryHit = true;
      stop = true;
    }
    const there = this.byAddress.get(va);
    if (there === undefined) return stop;
    const hits: CodeBreakpoint[] = [];
    let problem: string | undefined;
    for (const breakpoint of there) {
      const applies = breakpoint.locations.some(
        ({ address, filter }) => address === va && matches(filter, context),
      );
      if (!applies) continue;
      try {
        if (breakpoint.condition !== undefined && !breakpoint.condition(context)) continue;
      } catch (error) {
        problem = error instanceof Error ? error.message : String(error);
      }
      breakpoint.hits++;
      if (breakpoint.hitCondition !== undefined && !breakpoint.hitCondition(breakpoint.hits)) continue;
      if (breakpoint.log !== undefined && problem === undefined) {
        this.write(breakpoint.log(context), context);
        continue;
      }
      hits.push(breakpoint);
    }
    if (hits.length === 0) return stop;
    this.hit = { breakpoints: hits, context, ...(problem !== undefined && { problem }) };
    return true;
  }
}

/** True when a breakpoint bound to `filter` holds in `context`. */
export function matches(filter: WorldFilter, context: Context): boolean {
  if (filter.world !== 'any' && filter.world !== context.world) return false;
  if (filter.vm !== undefined && filter.vm !== context.vm) return false;
  if (filter.privilege === undefined || context.world === 'hyp') return true;
  return filter.privilege === (context.registers.privilegeLevel === 0 ? 'PL0' : 'PL1');
}
