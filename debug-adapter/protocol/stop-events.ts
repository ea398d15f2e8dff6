// The events of the machine that can be stops. Exception filters and the launch attribute `stopOn` take the same
// names; every one takes a condition over its fields.

export interface StopEvent {
  /** The exception filter's id and the name in `stopOn`. */
  name: string;
  /** Shown in the Breakpoints view. */
  label: string;
  description: string;
  /** The fields that a condition may use, each with what it holds. */
  fields: Record<string, string>;
}

const CORE = 'number of the physical core, from 0';

const SYNDROME_FIELDS = {
  ec: 'exception class of HSR, e.g. 0x24',
  il: 'HSR.IL',
  iss: 'HSR.ISS, 25 bits',
  vm: 'number of the VM, 0 when the host trapped',
  vcpu: 'number of the vCPU',
  core: CORE,
  pc: 'address of the trapping instruction',
  mode: 'CPSR.M of the trapping context',
};

export const STOP_EVENTS: readonly StopEvent[] = [
  {
    name: 'hypTrap',
    label: 'Hyp trap',
    description: 'Stops at every exception taken to Hyp mode, from a guest or from the host.',
    fields: {
      ...SYNDROME_FIELDS,
      imm: 'immediate of HVC, SVC or SMC',
      coproc: 'coprocessor number of a trapped access',
      opc1: 'Opc1 of a trapped coprocessor access',
      opc2: 'Opc2 of a trapped coprocessor access',
      crn: 'CRn of a trapped coprocessor access',
      crm: 'CRm of a trapped coprocessor access',
      rt: 'Rt of a trapped access',
      wfe: 'EC 0x01: 1 for WFE, 0 for WFI',
      write: '1 when the trapped access writes',
      va: 'HDFAR or HIFAR',
      ipa: 'faulting intermediate physical address',
    },
  },
  {
    name: 'stage2Fault',
    label: 'Stage 2 fault',
    description: 'Stops at every abort that stage 2 of the translation takes to Hyp mode.',
    fields: {
      ...SYNDROME_FIELDS,
      va: 'HDFAR or HIFAR',
      ipa: 'faulting intermediate physical address',
      write: '1 for a store',
      size: 'bytes accessed, when HSR.ISV is 1',
      rt: 'HSR.SRT, when HSR.ISV is 1',
      level: 'level of the walk, 1 to 3',
      status: 'HSR.DFSC or IFSC',
      s1ptw: '1 when a stage 1 table walk faulted',
      fetch: '1 for an instruction fetch',
    },
  },
  {
    name: 'listRegisterChange',
    label: 'List-register change',
    description: 'Stops when a GICH list register changes, by the hypervisor, the guest or the hardware.',
    fields: {
      index: 'n of GICH_LRn',
      from: 'state before: 0 invalid, 1 pending, 2 active, 3 pending and active',
      to: 'state after',
      vintid: 'virtual interrupt number',
      pintid: 'physical interrupt number, when hardware is 1',
      priority: 'priority, 0 to 248',
      hardware: 'GICH_LRn.HW',
      vm: 'number of the VM',
      vcpu: 'number of the vCPU',
      core: CORE,
    },
  },
  {
    name: 'worldEnter',
    label: 'World enter',
    description: 'Stops when a guest is entered: the first instruction of the guest is next.',
    fields: { vm: 'number of the VM', vcpu: 'number of the vCPU', core: CORE, pc: 'address that is entered' },
  },
  {
    name: 'worldExit',
    label: 'World exit',
    description:
      'Stops when the host executes again after a guest: the first instruction of the host is next.',
    fields: {
      vm: 'number of the VM that was left',
      vcpu: 'number of the vCPU',
      core: CORE,
      pc: 'address in the host',
    },
  },
];
