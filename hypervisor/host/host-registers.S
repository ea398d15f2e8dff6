/*
 * The host's own registers, as evidence: a world switch must bring them back unchanged.
 *
 *   void host_vfp_fill(const u64 *pattern)     d0-d31 := pattern[0..31]
 *   void host_vfp_read(u64 *into)              into[0..31] := d0-d31
 *   void host_banked_fill(const u32 *pattern)  the banked registers the host never uses: SP_abt, SP_und,
 *   void host_banked_read(u32 *into)           SP_irq, r8_fiq-r12_fiq, SP_fiq, LR_fiq, SPSR_fiq: 11 words
 * The first two switch VFP on (FPEXC.EN) and leave it on.
 */
    .syntax unified
    .arch armv7-a
    .arch_extension virt
    .fpu neon-vfpv4
    .cfi_sections .debug_frame
    .text
    .arm

    .macro  function name
    .global \name
    .type \name, %function
\name:
    .cfi_startproc
    .endm

    .macro  end_function name
    bx      lr
    .cfi_endproc
    .size \name, . - \name
    .endm

    function host_vfp_fill
    mov     r1, #(1 << 30)
    vmsr    fpexc, r1
    vldmia  r0!, {d0-d15}
    vldmia  r0, {d16-d31}
    end_function host_vfp_fill

    function host_vfp_read
    mov     r1, #(1 << 30)
    vmsr    fpexc, r1
    vstmia  r0!, {d0-d15}
    vstmia  r0, {d16-d31}
    end_function host_vfp_read

    .macro  each_banked what
    \what   sp_abt
    \what   sp_und
    \what   sp_irq
    \what   r8_fiq
    \what   r9_fiq
    \what   r10_fiq
    \what   r11_fiq
    \what   r12_fiq
    \what   sp_fiq
    \what   lr_fiq
    \what   spsr_fiq
    .endm

    .macro  fill_one register
    ldr     r1, [r0], #4
    msr     \register, r1
    .endm

    .macro  read_one register
    mrs     r1, \register
    str     r1, [r0], #4
    .endm

    function host_banked_fill
    each_banked fill_one
    end_function host_banked_fill

    function host_banked_read
    each_banked read_one
    end_function host_banked_read
