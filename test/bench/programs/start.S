/*
 * What every benchmark program starts with: entered in Supervisor mode with the MMU off, it turns on VFP, caches and
 * the MMU (1 MiB sections, addresses unchanged: devices below 1 GiB, Write-Back memory above), calls `benchmark`, prints
 * what it returned, and powers the machine off.
 */
	.syntax unified
	.arch armv7ve
	.fpu neon-vfpv4
	.arm

	.section .text.start, "ax"
	.global _start
_start:
	ldr	sp, =stack_top
	/* .bss */
	ldr	r0, =bss_begin
	ldr	r1, =bss_end
	mov	r2, #0
1:	cmp	r0, r1
	strlo	r2, [r0], #4
	blo	1b
	/* CPACR: cp10 and cp11 for everybody; FPEXC.EN */
	mrc	p15, 0, r0, c1, c0, 2
	orr	r0, r0, #0xf00000
	mcr	p15, 0, r0, c1, c0, 2
	isb
	mov	r0, #0x40000000
	vmsr	fpexc, r0
	/* Sections: 0x10c02 shareable Device, 0x11c0e Write-Back Write-Allocate shareable; AP = 0b11 */
	ldr	r0, =translation_table
	ldr	r1, =0x00010c06
	ldr	r3, =0x00011c0e
	mov	r2, #0
2:	cmp	r2, #1024
	orrlo	r4, r1, r2, lsl #20
	orrhs	r4, r3, r2, lsl #20
	str	r4, [r0, r2, lsl #2]
	add	r2, r2, #1
	cmp	r2, #4096
	blo	2b
	mov	r1, #0
	mcr	p15, 0, r1, c2, c0, 2		/* TTBCR */
	orr	r1, r0, #0x4a			/* TTBR0: Write-Back walks, shareable */
	mcr	p15, 0, r1, c2, c0, 0
	mvn	r1, #0
	mcr	p15, 0, r1, c3, c0, 0		/* DACR: manager */
	mov	r1, #0
	mcr	p15, 0, r1, c8, c7, 0		/* TLBIALL */
	dsb
	isb
	mrc	p15, 0, r1, c1, c0, 0		/* SCTLR: M, C, Z, I */
	orr	r1, r1, #0x5
	orr	r1, r1, #0x1800
	mcr	p15, 0, r1, c1, c0, 0
	isb
	bl	benchmark
	bl	print_result
	ldr	r0, =0x84000008			/* PSCI SYSTEM_OFF */
	hvc	#0
3:	b	3b

	.ltorg

	.section .bss.table, "aw", %nobits
	.balign 16384
translation_table:
	.space	16384
	.balign 16
	.space	65536
stack_top:
