/** Exception vectors that let a hostile program go on, as words of A32. */
import { load } from '../machine/words';
import type { HostileBoard } from './boards';

/** Where vectors are that let a program go on: those of PL1, and those of Hyp mode. */
export const VECTORS = 0xc000;
export const HYP_VECTORS = VECTORS + 0x100;
/** Acknowledges the interrupt, stops the physical and the virtual timer, and uses r11 and r12 for it. */
const acknowledge = ({ gicc }: HostileBoard): number[] => [
  ...load(11, gicc),
  0xe59b_c00c,
  0xe58b_c010,
  0xe3a0_c002,
  0xee0e_cf32,
  0xee0e_cf33,
];
/** LDR lr, [pc]; MOVS pc, lr; the address that it goes to. */
const restartFromPl1 = ({ ram }: HostileBoard): number[] => [0xe59f_e000, 0xe1b0_f00e, ram];
/** To the instruction behind the one that trapped. */
const SKIP_TRAP = [0xe10e_c300, 0xe28c_c004, 0xe12e_f30c, 0xe160_006e];
const restartFromHyp = ({ ram }: HostileBoard): number[] => [...load(12, ram), 0xe12e_f30c, 0xe160_006e];
/** B from one word of a program to another. */
export const branch = (from: number, to: number): number =>
  (0xea00_0000 | ((to - from - 2) & 0xff_ffff)) >>> 0;

/** The words of both. */
export function vectors(board: HostileBoard): { readonly pl1: number[]; readonly hyp: number[] } {
  const onInterrupt = acknowledge(board);
  const irq = 8;
  const restart = irq + onInterrupt.length + 1;
  const toRestart = (at: number): number => branch(at, restart);
  const pl1 = [
    toRestart(0),
    0xe1b0_f00e,
    0xe1b0_f00e,
    toRestart(3),
    0xe25e_f004,
    toRestart(5),
    branch(6, irq),
    branch(7, irq),
    ...onInterrupt,
    0xe25e_f004,
    ...restartFromPl1(board),
  ];
  const skip = irq + onInterrupt.length + 1;
  const again = skip + SKIP_TRAP.length;
  const hyp = [
    branch(0, again),
    branch(1, skip),
    branch(2, skip),
    branch(3, again),
    branch(4, skip),
    branch(5, skip),
    branch(6, irq),
    branch(7, irq),
    ...onInterrupt,
    0xe160_006e,
    ...SKIP_TRAP,
    ...restartFromHyp(board),
  ];
  return { pl1, hyp };
}
