/*
 * u32 psci_call_smc(u32 function, u32 a1, u32 a2, u32 a3) and psci_call_hvc: calls to the firmware below.
 *
 * On a machine with virtualization the conduit is SMC (HVC belongs to our own Hyp mode); without, HVC.
 */
    .syntax unified
    .arch armv7-a
    .arch_extension sec
    .arch_extension virt
    .cfi_sections .debug_frame
    .text
    .arm

    .global psci_call_smc
    .type psci_call_smc, %function
psci_call_smc:
    .cfi_startproc
    smc     #0
    bx      lr
    .cfi_endproc
    .size psci_call_smc, . - psci_call_smc

    .global psci_call_hvc
    .type psci_call_hvc, %function
psci_call_hvc:
    .cfi_startproc
    hvc     #0
    bx      lr
    .cfi_endproc
    .size psci_call_hvc, . - psci_call_hvc
