/*
 * The Hyp stub: what stays in Hyp after the host kernel has dropped to SVC at boot.
 *
 * Entered in Hyp, the kernel keeps a foot in the door: its stub vectors answer one call, "get or set
 * HVBAR", until KVM installs the real ones. The stub runs with Hyp's MMU off, so this file is linked at
 * its physical address (.idmap.text), as is the Hyp initialization it hands over to.
 */
#include "assembly.h"
#include "kvm-arm.h"

    .section .idmap.text, "ax"

/*
 * Installs the stub and sets every Hyp control register to "host world": no traps, no stage 2, timers
 * and counters open to PL1. In: Hyp mode, MMU off. Clobbers r0-r3. Returns in Hyp.
 */
    .global __hyp_stub_install
    .type __hyp_stub_install, %function
__hyp_stub_install:
    .cfi_startproc
    ldr     r0, =__hyp_stub_vectors
    mcr     p15, 4, r0, c12, c0, 0      @ HVBAR
    ldr     r0, =0x30c50830             @ HSCTLR: RES1 bits, MMU and caches off
    mcr     p15, 4, r0, c1, c0, 0
    mov     r0, #0
    mcr     p15, 4, r0, c1, c1, 0       @ HCR: no virtualization
    mcr     p15, 4, r0, c1, c1, 3       @ HSTR: no CP15 traps by register number
    mcrr    p15, 4, r0, r0, c14         @ CNTVOFF: virtual time = physical time
    mcrr    p15, 6, r0, r0, c2          @ VTTBR: VMID 0
    mrc     p15, 4, r0, c1, c1, 2       @ HCPTR: no coprocessor traps, keep the RES1 bits
    ldr     r1, =(HCPTR_TTA | HCPTR_TCP10 | HCPTR_TCP11 | (1 << 31) | (1 << 15))
    bic     r0, r0, r1
    mcr     p15, 4, r0, c1, c1, 2
    mrc     p15, 0, r0, c9, c12, 0      @ PMCR.N counters,
    ubfx    r0, r0, #11, #5
    mcr     p15, 4, r0, c1, c1, 1       @ HDCR.HPMN: all of them the host's; no debug traps
    mrc     p15, 4, r0, c14, c1, 0      @ CNTHCTL
    orr     r0, r0, #(CNTHCTL_PL1PCTEN | CNTHCTL_PL1PCEN)
    mcr     p15, 4, r0, c14, c1, 0
    mrc     p15, 0, r0, c0, c0, 0       @ MIDR
    mcr     p15, 4, r0, c0, c0, 0       @ VPIDR
    mrc     p15, 0, r0, c0, c0, 5       @ MPIDR
    mcr     p15, 4, r0, c0, c0, 5       @ VMPIDR
    isb
    bx      lr
    .cfi_endproc
    .size __hyp_stub_install, . - __hyp_stub_install

    .balign 32
    .global __hyp_stub_vectors
    .type __hyp_stub_vectors, %function
__hyp_stub_vectors:
    .cfi_startproc
    .cfi_undefined lr
    b       .                           @ 0x00 not used
    b       .                           @ 0x04 Undefined Instruction
    b       .                           @ 0x08 HVC from Hyp
    b       .                           @ 0x0c Prefetch Abort
    b       .                           @ 0x10 Data Abort
    b       __hyp_stub_do_trap          @ 0x14 Hyp trap: HVC from the kernel
    b       .                           @ 0x18 IRQ
    b       .                           @ 0x1c FIQ
    .cfi_endproc
    .size __hyp_stub_vectors, . - __hyp_stub_vectors

/* r0 = -1: return HVBAR in r0; otherwise HVBAR := r0. */
    .global __hyp_stub_do_trap
    .type __hyp_stub_do_trap, %function
__hyp_stub_do_trap:
    .cfi_startproc
    .cfi_undefined lr
    cmp     r0, #-1
    mrceq   p15, 4, r0, c12, c0, 0
    mcrne   p15, 4, r0, c12, c0, 0
    isb
    eret
    .cfi_endproc
    .size __hyp_stub_do_trap, . - __hyp_stub_do_trap
    .pool
