/*
 * The programs inside the kernel image: the VMM (the first process) and the teaching guest (/boot/kernel
 * when the loader brought none). Stripped ELF files, built before the kernel.
 */
    .section .embedded, "a"
    .balign 8
    .global embedded_vmm_start, embedded_vmm_end
embedded_vmm_start:
    .incbin "vmm.stripped"
embedded_vmm_end:
    .balign 8
    .global embedded_guest_start, embedded_guest_end
embedded_guest_start:
    .incbin "teaching.stripped"
embedded_guest_end:
    .balign 8
