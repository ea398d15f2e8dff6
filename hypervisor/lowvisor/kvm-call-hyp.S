/*
 * The kernel's door to Hyp: HVC with a function and its arguments (host side, runs in SVC).
 *
 *   u32 kvm_call_hyp(void *function, ...)   function (a Hyp VA, the same as the kernel's) is called in
 *                                           Hyp with up to three arguments; its r0 is returned.
 *   u32 __hyp_get_vectors(void)             HVBAR
 *   void __hyp_set_vectors(u32 base)        HVBAR := base; by the stub only
 *   void __hyp_initialize(pgd lo, pgd hi, stack, vectors)   HVC to __do_hyp_init
 *
 * LR_svc needs no saving: Hyp has no banked LR and uses LR_usr, which the vectors preserve.
 */
#include "assembly.h"
    .text

    .macro  hyp_door name
    .global \name
    .type \name, %function
\name:
    .cfi_startproc
    hvc     #0
    bx      lr
    .cfi_endproc
    .size \name, . - \name
    .endm

    hyp_door kvm_call_hyp
    hyp_door __hyp_set_vectors
    hyp_door __hyp_initialize

    .global __hyp_get_vectors
    .type __hyp_get_vectors, %function
__hyp_get_vectors:
    .cfi_startproc
    mov     r0, #-1
    hvc     #0
    bx      lr
    .cfi_endproc
    .size __hyp_get_vectors, . - __hyp_get_vectors
