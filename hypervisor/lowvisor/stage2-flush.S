/*
 * TLB maintenance in Hyp: for a guest, for all guests, for Hyp itself; on all cores, but for the local one.
 *
 * ARMv7 has no "invalidate by IPA": all stage 1 and stage 2 entries of one VMID go, by switching VTTBR
 * to the VM, TLBIALLIS, and back. kvm_call_hyp(__kvm_tlb_flush_vmid, kvm).
 */
#include "assembly.h"
#include "kvm-arm.h"
#include "vcpu-layout.h"

    .section .hyp.text, "ax"

    .macro  flush_vmid name, crm, where
    .global \name
    .type \name, %function
\name:
    .cfi_startproc
    push    {r2, r3}
    .cfi_adjust_cfa_offset 8
    dsb     ish                         @ the changed descriptors are visible to the walker
    ldr     r2, [r0, #KVM_VTTBR]
    ldr     r3, [r0, #(KVM_VTTBR + 4)]
    mcrr    p15, 6, r2, r3, c2          @ VTTBR
    isb
    mcr     p15, 0, r0, c8, \crm, 0     @ TLBIALL: non-secure PL1&0 of this VMID
    dsb     \where
    isb
    mov     r2, #0
    mov     r3, #0
    mcrr    p15, 6, r2, r3, c2
    isb
    pop     {r2, r3}
    .cfi_adjust_cfa_offset -8
    bx      lr
    .cfi_endproc
    .size \name, . - \name
    .endm

    flush_vmid __kvm_tlb_flush_vmid, c3, ish        @ TLBIALLIS
/* This core's entries alone: another vCPU of the VM ran here before. */
    flush_vmid __kvm_tlb_flush_local_vmid, c7, nsh  @ TLBIALL

/* All guests' entries and the instruction caches: when the VMIDs are used up and start again. */
    .global __kvm_flush_vm_context
    .type __kvm_flush_vm_context, %function
__kvm_flush_vm_context:
    .cfi_startproc
    mov     r0, #0
    mcr     p15, 4, r0, c8, c3, 4       @ TLBIALLNSNHIS
    mcr     p15, 0, r0, c7, c1, 0       @ ICIALLUIS
    dsb     ish
    isb
    bx      lr
    .cfi_endproc
    .size __kvm_flush_vm_context, . - __kvm_flush_vm_context

/* Hyp's own entries: a structure that Hyp had mapped is gone. */
    .global __kvm_flush_hyp_tlb
    .type __kvm_flush_hyp_tlb, %function
__kvm_flush_hyp_tlb:
    .cfi_startproc
    mov     r0, #0
    mcr     p15, 4, r0, c8, c3, 0       @ TLBIALLHIS
    dsb     ish
    isb
    bx      lr
    .cfi_endproc
    .size __kvm_flush_hyp_tlb, . - __kvm_flush_hyp_tlb
