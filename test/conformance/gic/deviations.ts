/** Where the GIC of QEMU 7.2 leaves its specification. */
import { Operation, type Access } from './access-list';

const GICC_IAR = 0x0801_000c;
const GICC_HPPIR = 0x0801_0018;
const GICV_IAR = 0x0804_000c;
const GICV_HPPIR = 0x0804_0018;

/**
 * What QEMU 7.2 does otherwise than IHI 0048B. The generator avoids all but those that `accepted` knows;
 * test/emulator/gic checks ours against the manual.
 */
export const DEVIATIONS: readonly { readonly qemu: string; readonly manual: string }[] = [
  {
    qemu: 'GICD_SGIR takes no notice of NSATT and of the SGI’s group.',
    manual:
      '4.3.15, table 4-22: with the Security Extensions an SGI is forwarded where its group is the one named.',
  },
  {
    qemu: 'GICC_IAR and GICV_IAR give 1022 for a Group 1 interrupt that the running priority holds back.',
    manual: '3.2.5: 1022 only when the priority is sufficient to be signalled; 4.4.4: else 1023.',
  },
  {
    qemu: 'IAR acknowledges, and HPPIR gives, an interrupt whose group GICD_CTLR, GICC_CTLR or GICV_CTLR disables.',
    manual: '4.4.4: 1023 when the interrupt’s group is not enabled.',
  },
  {
    qemu: 'Preemption compares the whole priority of the pending interrupt with the running priority.',
    manual: '3.3.3: group priorities are compared, both under the binary point of the pending interrupt.',
  },
  {
    qemu: 'A SGI in a list register with HW = 1 is read with bits of PhysicalID as its CPUID.',
    manual: '5.3.10: CPUID exists only when HW = 0.',
  },
  {
    qemu: 'GICV_EOIR and GICV_DIR ignore CPUID; list registers with one VirtualID are told apart by their order alone.',
    manual:
      '5.2.3: SGIs from different sources are different interrupts, named by CPUID in GICV_EOIR and GICV_DIR.',
  },
  {
    qemu: 'GICC_HPPIR and GICV_HPPIR have no CPUID.',
    manual: '4.4.10, 5.5.7: for an SGI, CPUID is the source core.',
  },
  {
    qemu: 'GICD_ISPENDR0, GICD_ICPENDR0 and GICD_ICFGR1 act on every core, or on none.',
    manual: '4.3.7, 4.3.8, 4.3.13: they are banked for each connected processor.',
  },
  {
    qemu: 'A pending SPI stays with the cores that it was aimed at when it became pending.',
    manual: '4.3.12: a change of targets has an effect on a pending interrupt.',
  },
  {
    qemu: 'An SPI with no target is not pending, whatever GICD_ISPENDR says.',
    manual: '4.3.7, 3.2.4: the pending state of an SPI does not depend on its targets.',
  },
  {
    qemu:
      'An SPI is active for each core by itself: GICD_ISACTIVER makes it active for all eight, and ending it, also ' +
      'through a list register with HW = 1, makes it inactive for one.',
    manual: '3.2.4, 5.2.1: the active state of an SPI is one for all cores.',
  },
  {
    qemu: 'The physical interrupt deactivated through a list register is signalled again at the next change only.',
    manual: '5.2.1, 3.2.4: a pending interrupt is signalled when it is no longer active.',
  },
  { qemu: 'GICV_ABPR goes down to 1.', manual: '5.5.8: its least value is that of GICV_BPR plus one, 3.' },
  {
    qemu: 'Writing 0 to a byte of GICD_SPENDSGIR makes the SGI pending from no core (and can end QEMU).',
    manual: '4.3.17: only bits written as 1 have an effect.',
  },
  {
    qemu: 'GICD_ITARGETSR keeps bits of cores that do not exist.',
    manual: '4.3.12: bits of unimplemented CPU interfaces are RAZ/WI.',
  },
  {
    qemu: 'GICC_AIAR, GICC_AEOIR and GICC_AHPPIR, and their GICV forms, are not there.',
    manual: '4.4.11 to 4.4.13, 5.5.9 to 5.5.11.',
  },
  {
    qemu: 'GICC_CTLR has no bypass disable bits (8:5).',
    manual: '4.4.1: read-write, whether or not the bypass is wired.',
  },
];

/** True for those of DEVIATIONS that change no state, so that a sequence may go on after them. */
export function accepted({ operation, address }: Access, ours: number, qemu: number): boolean {
  if (operation === Operation.Take) return (ours & 0x3ff) === 1023 && qemu === (ours ^ 1) >>> 0;
  const readsIar = operation === Operation.Read32 && (address === GICC_IAR || address === GICV_IAR);
  if (readsIar && ours === 1023 && qemu === 1022) return true;
  return (
    operation === Operation.Read32 &&
    (address === GICC_HPPIR || address === GICV_HPPIR) &&
    (ours & 0x3ff) === qemu
  );
}
