/*
 * The world switch: host -> VM (__kvm_vcpu_run) and VM -> host (__kvm_vcpu_return).
 *
 * Called in Hyp, by HVC from the host, with r0 = struct kvm_vcpu. The host's registers go to this core's
 * Hyp stack, the VM's live in the vcpu. Each activity starts at a label ws_in_<phase>_... or
 * ws_out_<phase>_..., the phases being the five steps in and five steps out:
 *
 *   in:  1 store host state  2 configure and load VM state  3 enable traps  4 enable Stage 2  5 enter VM
 *   out: 1 store VM state    2 load host state              3 disable traps 4 disable Stage 2 5 enter host
 *
 * The activities are interleaved as the hardware needs it: Stage 2 goes off before the host's translation
 * registers are loaded, or a table walk for the host could go through the guest's Stage 2.
 */
#include "assembly.h"
#include "kvm-arm.h"
#include "vcpu-layout.h"

    .section .hyp.text, "ax"

#include "state-macros.h"


    .macro  phase label
    .global \label
\label:
    .endm

    .global __kvm_vcpu_run
    .type __kvm_vcpu_run, %function
__kvm_vcpu_run:
    .cfi_startproc
phase ws_in_1a_store_host_gp
    mcr     p15, 4, r0, c13, c0, 2      @ HTPIDR := vcpu, for the vectors
    cpsie   a                           @ an abort until the ERET is the host's: hyp_dabt panics
    mrs     r1, elr_hyp
    push    {r1}
    .cfi_adjust_cfa_offset 4
    push    {r4-r12}
    .cfi_adjust_cfa_offset 36
    .cfi_rel_offset r4, 0
    .cfi_rel_offset r5, 4
    .cfi_rel_offset r6, 8
    .cfi_rel_offset r7, 12
    .cfi_rel_offset r8, 16
    .cfi_rel_offset r9, 20
    .cfi_rel_offset r10, 24
    .cfi_rel_offset r11, 28
    .cfi_rel_offset r12, 32
    mrs     r1, sp_usr
    push    {r1, lr}
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset lr, 4
    sub     sp, sp, #BANKED_SIZE
    .cfi_adjust_cfa_offset BANKED_SIZE
    mov     r1, sp
    store_banked r1

phase ws_in_2a_load_vgic
    load_vgic r0

phase ws_in_2b_load_timer
    load_timer r0

phase ws_in_1b_store_host_cp15
    sub     sp, sp, #CP15_STATE_SIZE
    .cfi_adjust_cfa_offset CP15_STATE_SIZE
    mov     r1, sp
    store_cp15 r1
    str     sp, [r0, #VCPU_HOST_SP]

phase ws_in_2c_load_vm_cp15
    add     r1, r0, #VCPU_CP15
    load_cp15 r1

phase ws_in_1c_store_host_fpexc
    vmrs    r2, fpexc
    push    {r2}
    .cfi_adjust_cfa_offset 4
    orr     r2, r2, #FPEXC_EN           @ else a guest's VFP use would be its own UND, no trap to Hyp
    vmsr    fpexc, r2

#ifdef VARIANT_EAGER_VFP
phase ws_in_2f_switch_vfp
    ldr     r7, [r0, #VCPU_VFP_HOST]
    store_vfp r7
    add     r7, r0, #VCPU_VFP_GUEST
    load_vfp r7
#endif

phase ws_in_3_enable_traps
    ldr     r2, [r0, #VCPU_HCR]         @ with what is pending for the VM: HCR.VA, VI and VF
    mcr     p15, 4, r2, c1, c1, 0       @ HCR
    set_traps

phase ws_in_2d_load_vm_ids
    ldr     r2, [r0, #VCPU_VPIDR]
    mcr     p15, 4, r2, c0, c0, 0       @ VPIDR
    ldr     r2, [r0, #VCPU_VMPIDR]
    mcr     p15, 4, r2, c0, c0, 5       @ VMPIDR

phase ws_in_4_enable_stage2
    ldr     r1, [r0, #VCPU_KVM]
    ldr     r2, [r1, #KVM_VTTBR]
    ldr     r3, [r1, #(KVM_VTTBR + 4)]
    mcrr    p15, 6, r2, r3, c2          @ VTTBR: root and VMID (HCR.VM is set already)

phase ws_in_2e_load_vm_gp
    add     r1, r0, #VCPU_BANKED
    load_banked r1
    add     r1, r0, #VCPU_SP_USR
    ldmia   r1, {r2-r5}                 @ SP_usr, LR_usr, PC, CPSR
    msr     sp_usr, r2
    mov     lr, r3
    msr     elr_hyp, r4
    msr     spsr_cxsf, r5
    ldmia   r0, {r0-r12}

phase ws_in_5_enter_vm
    clrex
    dsb                                 @ accesses so far are done, and their aborts reported, before the guest has any
    eret
    .cfi_endproc
    .size __kvm_vcpu_run, . - __kvm_vcpu_run

/*
 * Reached from the Hyp vectors: r0 = vcpu, r1 = exit code (ARM_EXCEPTION_*), the guest's r0-r2 pushed on
 * the Hyp stack, everything else still the guest's. Returns to the host's HVC with r0 = exit code.
 */
    .global __kvm_vcpu_return
    .type __kvm_vcpu_return, %function
__kvm_vcpu_return:
    .cfi_startproc
    .cfi_undefined lr
phase ws_out_1a_store_vm_gp
    str     r1, [r0, #VCPU_EXIT_CODE]
    add     r2, r0, #VCPU_R3
    stmia   r2, {r3-r12}
    pop     {r3-r5}                     @ the guest's r0-r2
    stmia   r0, {r3-r5}
    mrs     r3, sp_usr
    mov     r4, lr
    mrs     r5, elr_hyp
    mrs     r6, spsr
    add     r2, r0, #VCPU_SP_USR
    stmia   r2, {r3-r6}
    add     r1, r0, #VCPU_BANKED
#ifdef EXERCISE_FIQ_LEAK
    store_banked_but_fiq r1
#else
    store_banked r1
#endif

/*
 * An asynchronous abort that an access of the guest has caused is pending or on its way, for Hyp mode masks it since the trap.
 * Here it is taken: hyp_dabt knows the place, and marks the exit code. One that comes after the window is the host's.
 * ELR_hyp, SPSR and HSR are in the vCPU, and hyp_dabt may have r1 and r2.
 */
phase ws_out_1f_take_guest_abort
    dsb
    cpsie   a
    .global abort_guest_exit_start
abort_guest_exit_start:
    isb
    .global abort_guest_exit_end
abort_guest_exit_end:

phase ws_out_4_disable_stage2
    mov     r2, #0
    mov     r3, #0
    mcrr    p15, 6, r2, r3, c2          @ VTTBR := 0, VMID 0 is the host

phase ws_out_3a_disable_traps
    clear_traps r6

phase ws_out_1b_switch_vfp
    tst     r6, #HCPTR_TCP10            @ still trapping: the guest never used VFP
    bne     1f
    add     r7, r0, #VCPU_VFP_GUEST
    store_vfp r7
    ldr     r7, [r0, #VCPU_VFP_HOST]
    load_vfp r7
1:  pop     {r2}                        @ the host's FPEXC
    vmsr    fpexc, r2

phase ws_out_3b_disable_virtualization
    mrc     p15, 4, r2, c1, c1, 0       @ HCR: the guest clears HCR.VA by taking its virtual abort
    str     r2, [r0, #VCPU_HCR]
    mov     r2, #0
    mcr     p15, 4, r2, c1, c1, 0       @ HCR := 0

phase ws_out_2a_load_host_ids
    mrc     p15, 0, r2, c0, c0, 0       @ MIDR
    mcr     p15, 4, r2, c0, c0, 0       @ VPIDR
    mrc     p15, 0, r2, c0, c0, 5       @ MPIDR
    mcr     p15, 4, r2, c0, c0, 5       @ VMPIDR

phase ws_out_1c_store_vm_cp15
    add     r1, r0, #VCPU_CP15
    store_cp15 r1

phase ws_out_2b_load_host_cp15
    mov     r1, sp
    load_cp15 r1

phase ws_out_1d_store_timer
    store_timer r0

phase ws_out_1e_store_vgic
    store_vgic r0

phase ws_out_2c_load_host_gp
    add     r1, sp, #CP15_STATE_SIZE
    load_banked r1
    mov     r2, #0
    str     r2, [r0, #VCPU_HOST_SP]
    mcr     p15, 4, r2, c13, c0, 2      @ HTPIDR: no vcpu on this core
    ldr     r0, [r0, #VCPU_EXIT_CODE]
    add     sp, sp, #(CP15_STATE_SIZE + BANKED_SIZE)
    pop     {r1, lr}
    msr     sp_usr, r1
    pop     {r4-r12}
    pop     {r1}
    msr     elr_hyp, r1
    clrex
    isb

phase ws_out_5_enter_host
    bx      lr                          @ to the HVC path of the vectors, which ERETs
    .cfi_endproc
    .size __kvm_vcpu_return, . - __kvm_vcpu_return
    .pool

/*
 * The lazy VFP switch: the guest used VFP for the first time since it was entered (EC 0x07). Opens
 * HCPTR.TCP10/11, swaps all VFP state, returns to the same instruction. No world switch.
 * In: guest's r0-r2 pushed.
 */
    .global __switch_to_guest_vfp
    .type __switch_to_guest_vfp, %function
__switch_to_guest_vfp:
    .cfi_startproc
    .cfi_undefined lr
    mrc     p15, 4, r0, c13, c0, 2      @ HTPIDR
    push    {r3-r7}
    mrc     p15, 4, r2, c1, c1, 2       @ HCPTR
    ldr     r3, =(HCPTR_TCP10 | HCPTR_TCP11)
    bic     r2, r2, r3
    mcr     p15, 4, r2, c1, c1, 2
    isb
    ldr     r7, [r0, #VCPU_VFP_HOST]
    store_vfp r7
    add     r7, r0, #VCPU_VFP_GUEST
    load_vfp r7
    ldr     r2, [r0, #VCPU_VFP_SWITCHES]
    add     r2, r2, #1
    str     r2, [r0, #VCPU_VFP_SWITCHES]
    pop     {r3-r7}
    pop     {r0-r2}
    clrex
    eret
    .cfi_endproc
    .size __switch_to_guest_vfp, . - __switch_to_guest_vfp
    .pool
