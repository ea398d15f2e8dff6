/*
 * The host's own VFP registers, as evidence: the lazy VFP switch must bring them back unchanged.
 *
 *   void host_vfp_fill(const u64 *pattern)   d0-d31 := pattern[0..31]
 *   void host_vfp_read(u64 *into)            into[0..31] := d0-d31
 * Both switch VFP on (FPEXC.EN) and leave it on.
 */
    .syntax unified
    .arch armv7-a
    .fpu neon-vfpv4
    .cfi_sections .debug_frame
    .text
    .arm

    .global host_vfp_fill
    .type host_vfp_fill, %function
host_vfp_fill:
    .cfi_startproc
    mov     r1, #(1 << 30)
    vmsr    fpexc, r1
    vldmia  r0!, {d0-d15}
    vldmia  r0, {d16-d31}
    bx      lr
    .cfi_endproc
    .size host_vfp_fill, . - host_vfp_fill

    .global host_vfp_read
    .type host_vfp_read, %function
host_vfp_read:
    .cfi_startproc
    mov     r1, #(1 << 30)
    vmsr    fpexc, r1
    vstmia  r0!, {d0-d15}
    vstmia  r0, {d16-d31}
    bx      lr
    .cfi_endproc
    .size host_vfp_read, . - host_vfp_read
