/*
 * How each file of the lowvisor is assembled: A32 of a core with the Virtualization and Security Extensions and all of
 * VFP; frame information for debuggers alone. The section it says itself.
 */
#ifndef ASSEMBLY_H
#define ASSEMBLY_H

    .syntax unified
    .arch armv7-a
    .arch_extension virt
    .arch_extension sec
    .fpu neon-vfpv4
    .cfi_sections .debug_frame
    .arm

#endif
