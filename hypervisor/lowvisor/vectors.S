/*
 * The Hyp vectors while KVM is installed: who trapped, and what becomes of it.
 *
 * A trap from PL1 or PL0 arrives at 0x14 (or 0x18 for a physical IRQ) and is one of
 *   - a call of the host: HVC with VMID 0. r0 is a function in Hyp, r1-r3 its arguments;
 *   - the guest's first use of VFP (EC 0x07): the lazy switch, straight back to the guest;
 *   - any other guest trap, or an asynchronous abort of a guest (HCR.AMO, EC 0x24): the syndrome is recorded and the
 *     world switched to the host.
 * The other vectors mean a fault of the lowvisor itself, and hyp-panic.S ends it; or a guest's abort at its exit (hyp_dabt).
 */
#include "assembly.h"
#include "kvm-arm.h"
#include "vcpu-layout.h"

    .section .hyp.text, "ax"

#include "state-macros.h"

    .balign 32
    .global __kvm_hyp_vector
    .type __kvm_hyp_vector, %function
__kvm_hyp_vector:
    .cfi_startproc
    .cfi_undefined lr
    b       hyp_reset                   @ 0x00
    b       hyp_undef                   @ 0x04 Undefined Instruction, from Hyp
    b       hyp_svc                     @ 0x08 HVC or SVC, from Hyp
    b       hyp_pabt                    @ 0x0c Prefetch Abort, from Hyp
    b       hyp_dabt                    @ 0x10 Data Abort, from Hyp
    b       hyp_trap                    @ 0x14 Hyp trap, from below
    b       hyp_irq                     @ 0x18
    b       hyp_fiq                     @ 0x1c
    .cfi_endproc
    .size __kvm_hyp_vector, . - __kvm_hyp_vector

/* What Hyp mode itself met: what comes from below arrives at 0x14. */
    .macro  bad_exception name, code
    .global \name
    .type \name, %function
\name:
    .cfi_startproc
    .cfi_undefined lr
    mov     r1, #\code
    b       hyp_panic_begin
    .cfi_endproc
    .size \name, . - \name
    .endm

    bad_exception hyp_reset, ARM_EXCEPTION_RESET
    bad_exception hyp_undef, ARM_EXCEPTION_UNDEFINED
    bad_exception hyp_svc, ARM_EXCEPTION_SOFTWARE
    bad_exception hyp_pabt, ARM_EXCEPTION_PREF_ABORT

/*
 * So is a Data Abort, but in the window of the world switch where a guest's asynchronous aborts are let in: there r0 is the
 * vCPU, and r1 and r2 are free. The instructions at its two ends make no access that could abort by itself.
 */
    .global hyp_dabt
    .type hyp_dabt, %function
hyp_dabt:
    .cfi_startproc
    .cfi_undefined lr
    mrs     r1, elr_hyp
    ldr     r2, =abort_guest_exit_start
    cmp     r1, r2
    ldrne   r2, =abort_guest_exit_end
    cmpne   r1, r2
    mov     r1, #ARM_EXCEPTION_DATA_ABORT
    bne     hyp_panic_begin
    .global hyp_guest_abort
hyp_guest_abort:
    ldr     r1, [r0, #VCPU_EXIT_CODE]
    orr     r1, r1, #ARM_EXIT_WITH_ABORT
    str     r1, [r0, #VCPU_EXIT_CODE]
    eret
    .cfi_endproc
    .size hyp_dabt, . - hyp_dabt
    .pool

/*
 * An FIQ, of Hyp mode itself or of a guest, routed here by HCR.FMO: SPSR tells. From a guest it is an exit. From Hyp SP may be
 * what is wrong, and a push would end here again: until SPSR has told, r0 is in HIFAR, which is not this exception's.
 */
    .global hyp_fiq
    .type hyp_fiq, %function
hyp_fiq:
    .cfi_startproc
    .cfi_undefined lr
    mcr     p15, 4, r0, c6, c0, 2       @ HIFAR
    mrs     r0, spsr
    and     r0, r0, #0x1f
    cmp     r0, #0x1a
    mrc     p15, 4, r0, c6, c0, 2
    pushne  {r0-r2}
    mov     r1, #ARM_EXCEPTION_FIQ
    beq     hyp_panic_begin
    mrc     p15, 4, r0, c13, c0, 2      @ HTPIDR
    b       __kvm_vcpu_return
    .cfi_endproc
    .size hyp_fiq, . - hyp_fiq

/* Sets Z if the host was running: VTTBR.VMID = 0. Clobbers \low, \high. */
    .macro  test_host_vmid low, high
    mrrc    p15, 6, \low, \high, c2
    ubfx    \high, \high, #16, #8
    cmp     \high, #0
    .endm

    .global hyp_trap
    .type hyp_trap, %function
hyp_trap:
    .cfi_startproc
    .cfi_undefined lr
    push    {r0-r2}
    mrc     p15, 4, r1, c5, c2, 0       @ HSR
    lsr     r0, r1, #26                 @ EC
    cmp     r0, #HSR_EC_CP_0_13
    beq     __switch_to_guest_vfp_or_exit
    cmp     r0, #HSR_EC_HVC
    bne     guest_trap
    test_host_vmid r2, r0
    bne     guest_trap

    .global hyp_host_call
hyp_host_call:
    pop     {r0-r2}
    cmp     r0, #-1
    beq     hyp_get_vectors
    push    {lr}                        @ LR_usr: the host process's
    mrs     lr, spsr
    push    {lr}
    mov     lr, r0
    mov     r0, r1
    mov     r1, r2
    mov     r2, r3
    blx     lr
    .global hyp_host_call_return
hyp_host_call_return:
    pop     {lr}
    msr     spsr_cxsf, lr
    pop     {lr}
    eret
hyp_get_vectors:
    mrc     p15, 4, r0, c12, c0, 0      @ HVBAR
    eret
    .cfi_endproc
    .size hyp_trap, . - hyp_trap

/* EC 0x07 comes for any coprocessor 0-13: only CP10 and CP11 (and Advanced SIMD) are VFP. */
    .type __switch_to_guest_vfp_or_exit, %function
__switch_to_guest_vfp_or_exit:
    .cfi_startproc
    .cfi_undefined lr
    tst     r1, #(1 << 5)               @ ISS.TA: an Advanced SIMD instruction
    bne     __switch_to_guest_vfp
    and     r0, r1, #0xf                @ ISS.coproc
    cmp     r0, #10
    cmpne   r0, #11
    beq     __switch_to_guest_vfp
    b       guest_trap
    .cfi_endproc
    .size __switch_to_guest_vfp_or_exit, . - __switch_to_guest_vfp_or_exit

/*
 * A guest trap. In: r1 = HSR, guest's r0-r2 pushed. Records HSR, and for aborts the fault addresses:
 * HxFAR (VA) and HPFAR (IPA). For a permission fault on the access itself HPFAR is UNKNOWN, so the IPA
 * comes from translating the VA again (ATS1CPR). If that fails, the guest has changed its tables since:
 * back to the guest, which will fault again or not.
 */
    .global guest_trap
    .type guest_trap, %function
guest_trap:
    .cfi_startproc
    .cfi_undefined lr
    mrc     p15, 4, r0, c13, c0, 2      @ HTPIDR: the vcpu
    str     r1, [r0, #VCPU_HSR]
    lsr     r2, r1, #26
    cmp     r2, #HSR_EC_IABT
    mrceq   p15, 4, r2, c6, c0, 2       @ HIFAR
    beq     1f
    cmp     r2, #HSR_EC_DABT
    bne     guest_exit_trap
    mrc     p15, 4, r2, c6, c0, 0       @ HDFAR
1:  str     r2, [r0, #VCPU_HXFAR]

    and     r2, r1, #0x3c               @ fault status without the level
    cmp     r2, #0x0c                   @ permission fault?
    bne     guest_trap_hpfar
    tst     r1, #(1 << 7)               @ S1PTW: a fault on a table walk has its IPA in HPFAR
    bne     guest_trap_hpfar

    .global guest_trap_translate
guest_trap_translate:
    ldr     r2, [r0, #VCPU_HXFAR]
    mrrc    p15, 0, r0, r1, c7          @ PAR is the guest's: preserve it
    push    {r0, r1}
    mcr     p15, 0, r2, c7, c8, 0       @ ATS1CPR
    isb
    mrrc    p15, 0, r0, r1, c7
    tst     r0, #1                      @ PAR.F
    ubfx    r2, r0, #12, #20
    lsl     r2, r2, #4                  @ PA[31:12] to HPFAR[23:4]
    and     r1, r1, #0xff
    orr     r2, r2, r1, lsl #24         @ PA[39:32] to HPFAR[31:24]
    pop     {r0, r1}
    mcrr    p15, 0, r0, r1, c7
    bne     guest_retry
    mrc     p15, 4, r0, c13, c0, 2
    b       2f

guest_trap_hpfar:
    mrc     p15, 4, r2, c6, c0, 4       @ HPFAR
2:  str     r2, [r0, #VCPU_HPFAR]

guest_exit_trap:
    mov     r1, #ARM_EXCEPTION_HVC
    b       __kvm_vcpu_return

guest_retry:
    pop     {r0-r2}
    eret
    .cfi_endproc
    .size guest_trap, . - guest_trap

/* A physical interrupt while a guest runs: to the host, which takes it when it unmasks. */
    .global hyp_irq
    .type hyp_irq, %function
hyp_irq:
    .cfi_startproc
    .cfi_undefined lr
    push    {r0-r2}
    mov     r1, #ARM_EXCEPTION_IRQ
    mrc     p15, 4, r0, c13, c0, 2
    b       __kvm_vcpu_return
    .cfi_endproc
    .size hyp_irq, . - hyp_irq
