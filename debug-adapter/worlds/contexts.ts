/**
 * Every context of a machine, found from the architecture alone: what a core executes (worlds), which Stage 2 roots
 * it has executed under (VMs), which VMPIDR (vCPUs). When a core leaves a context the tracker keeps a copy of the
 * registers as that context will find them.
 */
import {
  CORE,
  Mode,
  SYS,
  worldOf,
  writeCpsr,
  type CoreState,
  type Machine,
  type World,
} from '../../emulator';
import type { Context } from './context';
import { HOST, HYP, MONITOR, SECURE, guestSpace, type Space } from './space';
import { stage2Root, type VirtualMachine } from './vm';

/** Contexts that a core has whatever runs on it, with the offset of their thread id. */
const CORE_WORLDS: readonly { world: Exclude<World, 'guest'>; space: Space; id: number; label: string }[] = [
  { world: 'host', space: HOST, id: 1, label: 'host' },
  { world: 'hyp', space: HYP, id: 2, label: 'hyp' },
  { world: 'secure', space: SECURE, id: 3, label: 'secure' },
  { world: 'monitor', space: MONITOR, id: 4, label: 'monitor' },
];
const FIRST_VCPU_THREAD = 1001;

export class Contexts {
  readonly machines: VirtualMachine[] = [];
  private readonly ofCores: Context[] = [];
  private readonly ofVcpus: Context[] = [];
  /** The context each core executes in. */
  private readonly current: Context[] = [];
  /** The vCPU that each core executed last. */
  private readonly lastGuest: (Context | undefined)[] = [];
  /** Each context's block for what it leaves behind, used again every time. */
  private readonly copies = new Map<Context, CoreState>();
  /** Called when a vCPU is seen for the first time. */
  onNewVcpu: (context: Context) => void = () => {};
  /** Called when a vCPU exists no more. */
  onVcpuGone: (context: Context) => void = () => {};

  private readonly unsubscribe: () => void;

  constructor(private readonly machine: Machine) {
    for (const { state } of machine.cores)
      for (const { world, space, id } of CORE_WORLDS) {
        if ((world === 'secure' || world === 'monitor') && !state.hasSecurity) continue;
        if (world === 'hyp' && !state.hasVirtualization) continue;
        this.ofCores.push({
          threadId: state.index * 4 + id,
          world,
          space,
          core: state.index,
          executing: false,
          seen: false,
          provenance: 'last seen',
          registers: state,
        });
      }
    for (const { state } of machine.cores) this.enter(state);
    this.unsubscribe = machine.events.subscribe(['world-change'], (event) => {
      if (event.kind !== 'world-change') return;
      const core = machine.cores[event.core]!.state;
      this.leave(core);
      this.enter(core);
    });
  }

  /** Ends the subscription to the machine's events. */
  dispose(): void {
    this.unsubscribe();
  }

  /** Every context: of the cores in order, then the vCPUs in the order of first sight. */
  get all(): readonly Context[] {
    return [...this.ofCores, ...this.ofVcpus];
  }

  byThread(threadId: number): Context | undefined {
    return this.all.find((context) => context.threadId === threadId);
  }

  /** The context in which core `core` executes. */
  executingOn(core: number): Context {
    return this.current[core]!;
  }

  /** The context of `world` on core `core`; for `guest`, the vCPU that last ran there. */
  ofCore(core: number, world: World): Context | undefined {
    if (world !== 'guest')
      return this.ofCores.find((context) => context.core === core && context.world === world);
    const executing = this.current[core]!;
    if (executing.world === 'guest') return executing;
    return this.lastGuest[core];
  }

  /** `CPU0 · host`, `VM1 vCPU0 (on CPU0)`. */
  name(context: Context): string {
    if (context.vm !== undefined)
      return `VM${context.vm} vCPU${context.vcpu} (${context.executing ? `on CPU${context.core}` : 'parked'})`;
    const row = CORE_WORLDS.find(({ world }) => world === context.world)!;
    return `CPU${context.core} · ${row.label}`;
  }

  /** The VM whose Stage 2 root core `core` has in VTTBR, if it has run; for what Hyp mode does on a guest's behalf. */
  vmOfVttbr(vttbr: bigint): VirtualMachine | undefined {
    const root = stage2Root(Number(vttbr & 0xffff_ffffn), Number(vttbr >> 32n));
    return this.machines.find((vm) => vm.root === root);
  }

  /** The machine was booted anew: nothing has executed yet but what the cores start in. */
  restarted(): void {
    const gone = this.ofVcpus.splice(0);
    this.machines.length = 0;
    this.lastGuest.length = 0;
    this.copies.clear();
    for (const context of this.ofCores) {
      context.executing = false;
      context.seen = false;
      context.provenance = 'last seen';
    }
    for (const context of gone) this.onVcpuGone(context);
    for (const { state } of this.machine.cores) this.enter(state);
  }

  /** Looks at the machine anew, after registers were changed from outside. */
  refresh(): void {
    for (const { state } of this.machine.cores) {
      const now = worldOf(state);
      const current = this.current[state.index]!;
      if (current.world === now && now !== 'guest') continue;
      this.leave(state);
      this.enter(state);
    }
  }

  /** The core no longer executes in its context: its registers become a copy. */
  private leave(core: CoreState): void {
    const context = this.current[core.index];
    if (context === undefined) return;
    context.executing = false;
    context.provenance = 'last seen';
    let copy = this.copies.get(context);
    if (copy === undefined) this.copies.set(context, (copy = core.detach()));
    else copy.assign(core);
    asLeft(copy, context.world);
    context.registers = copy;
  }

  private enter(core: CoreState): void {
    const world = worldOf(core);
    const context = world === 'guest' ? this.vcpu(core) : this.ofCore(core.index, world)!;
    context.executing = true;
    context.seen = true;
    context.provenance = 'live';
    context.core = core.index;
    context.registers = core;
    this.current[core.index] = context;
    if (world === 'guest') this.lastGuest[core.index] = context;
  }

  private vcpu(core: CoreState): Context {
    const root = stage2Root(core.u32[SYS.VTTBR]!, core.u32[SYS.VTTBR + 1]!);
    let vm = this.machines.find((candidate) => candidate.root === root);
    if (vm === undefined) {
      vm = { vm: this.machines.length + 1, root, vmid: 0, vtcr: 0, vcpus: [] };
      this.machines.push(vm);
    }
    vm.vmid = (core.u32[SYS.VTTBR + 1]! >>> 16) & 0xff;
    vm.vtcr = core.u32[SYS.VTCR]!;
    const number = core.u32[SYS.VMPIDR]! & 0xff;
    let context = vm.vcpus.find((candidate) => candidate.vcpu === number);
    if (context === undefined) {
      context = {
        threadId: FIRST_VCPU_THREAD + this.ofVcpus.length,
        world: 'guest',
        space: guestSpace(vm.vm),
        vm: vm.vm,
        vcpu: number,
        core: core.index,
        executing: true,
        seen: true,
        provenance: 'live',
        registers: core,
      };
      vm.vcpus.push(context);
      vm.vcpus.sort((a, b) => a.vcpu! - b.vcpu!);
      this.ofVcpus.push(context);
      this.onNewVcpu(context);
    }
    return context;
  }
}

/**
 * Turns a copy taken just after an exception into what the context left behind: PC and CPSR from the exception's
 * own registers, the banks switched back. A copy taken after an exception return from Hyp (the ERET's target is
 * current) keeps what Hyp mode left in its banks.
 */
function asLeft(copy: CoreState, world: World): void {
  if (world === 'hyp') {
    if (copy.mode !== Mode.hyp) writeCpsr(copy, (copy.i32[CORE.PSR]! & ~0x1f) | Mode.hyp);
    return;
  }
  if (copy.mode === Mode.hyp) {
    const pc = copy.i32[CORE.ELR_HYP]!;
    writeCpsr(copy, copy.i32[CORE.SPSR_HYP]!);
    copy.i32[CORE.R + 15] = pc;
  } else if (copy.mode === Mode.mon) {
    const pc = copy.i32[CORE.LR_MON]!;
    writeCpsr(copy, copy.i32[CORE.SPSR_MON]!);
    copy.i32[CORE.R + 15] = pc;
  }
}
