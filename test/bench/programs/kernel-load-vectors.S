/* The vectors of kernel-load.c: IRQs alone are expected. */
	.syntax unified
	.arch armv7ve
	.arm
	.text
	.balign 32
	.global vectors
vectors:
	b	.
	b	.
	b	.
	b	.
	b	.
	b	.
	b	irq
	b	.

irq:
	sub	lr, lr, #4
	srsdb	sp!, #0x13
	cps	#0x13
	push	{r0-r3, r12, lr}
	bl	take_interrupt
	pop	{r0-r3, r12, lr}
	rfeia	sp!
