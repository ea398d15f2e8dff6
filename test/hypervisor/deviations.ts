/** Where QEMU 7.2 leaves the manual in a way that keeps the hypervisor's tests from going on. */

export interface Deviation {
  /** A symbol that the guest of a test (attack.S) knows: with it defined, it leaves that out. */
  readonly symbol: string;
  readonly what: string;
  /** Of ARM DDI 0406C. */
  readonly section: string;
}

export const DEVIATIONS: readonly Deviation[] = [
  {
    symbol: 'NO_IPA_ABOVE_4_GIB',
    what:
      'a guest’s access to an IPA above 4 GiB: HPFAR has IPA[39:32] too; QEMU leaves them 0, so that the hypervisor ' +
      'maps another page and the guest meets the same fault for ever',
    section: 'B4.1.70',
  },
  {
    symbol: 'NO_LAST_CNTV_CVAL',
    what:
      'CNTV_CVAL = 0xffffffffffffffff while CNTVOFF is not 0: the condition is met when the virtual count reaches it; ' +
      'QEMU adds the two, meets the overflow at once and again, and comes no further',
    section: 'B8.1.5',
  },
];
