/** The Cortex-A15's IMPLEMENTATION DEFINED registers in CP15 c9 and c15 (Cortex-A15 TRM, chapter 4). */
import { SYS } from '../../state/layout';
import { ignoreWrite, bit, cp15, cp15Wide, field, PL1_RO, PL1_RW, PL1_WO, type RegisterRow } from './row';

/** L2CTLR: bit 23 says that the cluster has an interrupt controller. */
const L2CTLR_INTERRUPT_CONTROLLER = 1 << 23;
const L2CTLR_WRITABLE = 0x0020_01ff;

function zero(name: string, at: readonly [number, number, number, number], text: string): RegisterRow {
  return cp15(name, at, PL1_RW, text, { read: () => 0, write: ignoreWrite });
}

export const IMPLEMENTATION: readonly RegisterRow[] = [
  cp15('L2CTLR', [1, 9, 0, 2], PL1_RW, 'L2 Control Register: number of cores, latencies of the L2 cache.', {
    storage: 'L2CTLR',
    read: (core, system) =>
      (((system.cores - 1) & 3) << 24) | L2CTLR_INTERRUPT_CONTROLLER | core.i32[SYS.L2CTLR],
    writable: L2CTLR_WRITABLE,
    fields: [
      field('Cores', 25, 24, 'Number of cores of the cluster, minus one.'),
      bit('IntCtrl', 23, 'The cluster has an interrupt controller.'),
      bit('ECC', 21, 'ECC and parity enable.'),
      field('TagLatency', 8, 6, 'Latency of the tag memory.'),
      field('DataLatency', 2, 0, 'Latency of the data memory.'),
    ],
  }),
  cp15('L2ECTLR', [1, 9, 0, 3], PL1_RW, 'L2 Extended Control Register: errors of the L2 cache.', {
    storage: 'L2ECTLR',
    writable: 0,
    fields: [
      bit('AsyncError', 30, 'An internal asynchronous error occurred.'),
      bit('AXIError', 29, 'An asynchronous AXI error occurred.'),
    ],
  }),
  zero('IL1DATA0', [0, 15, 0, 0], 'Instruction L1 Data 0 Register: result of a RAM index operation.'),
  zero('IL1DATA1', [0, 15, 0, 1], 'Instruction L1 Data 1 Register.'),
  zero('IL1DATA2', [0, 15, 0, 2], 'Instruction L1 Data 2 Register.'),
  zero('DL1DATA0', [0, 15, 1, 0], 'Data L1 Data 0 Register: result of a RAM index operation.'),
  zero('DL1DATA1', [0, 15, 1, 1], 'Data L1 Data 1 Register.'),
  zero('DL1DATA2', [0, 15, 1, 2], 'Data L1 Data 2 Register.'),
  zero('DL1DATA3', [0, 15, 1, 3], 'Data L1 Data 3 Register.'),
  cp15(
    'RAMINDEX',
    [0, 15, 4, 0],
    PL1_WO,
    'RAM Index operation: reads cache and TLB memories for debug; there are none here.',
    {
      operation: true,
      write: ignoreWrite,
    },
  ),
  zero('L2ACTLR', [1, 15, 0, 0], 'L2 Auxiliary Control Register.'),
  zero('L2PFR', [1, 15, 0, 3], 'L2 Prefetch Control Register.'),
  cp15(
    'CBAR',
    [4, 15, 0, 0],
    PL1_RO,
    'Configuration Base Address Register: where the interrupt controller is.',
    {
      read: (_core, system) => system.peripheralBase,
      fields: [
        field('PERIPHBASE', 31, 15, 'Bits 31:15 of the physical address.'),
        field('PERIPHBASE_HI', 7, 0, 'Bits 39:32 of the physical address.'),
      ],
    },
  ),
  cp15Wide('CPUMERRSR', [0, 15], PL1_RW, 'CPU Memory Error Syndrome Register.', {
    read: readWideZero,
    write: ignoreWrite,
  }),
  cp15Wide('L2MERRSR', [1, 15], PL1_RW, 'L2 Memory Error Syndrome Register.', {
    read: readWideZero,
    write: ignoreWrite,
  }),
];

function readWideZero(_core: unknown, system: { highWord: number }): number {
  system.highWord = 0;
  return 0;
}
