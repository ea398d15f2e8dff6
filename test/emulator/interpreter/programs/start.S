@ Entry of the test programs: a stack, main, and semihosting for output and the end.
	.syntax unified
	.section .text.start, "ax"
	.arm
	.global _start
_start:
	ldr	sp, =0x40200000
	mov	r0, #SCALE
	blx	main
	mov	r0, #0x18		@ SYS_EXIT
	ldr	r1, =0x20026		@ ADP_Stopped_ApplicationExit
	svc	0x123456
1:	b	1b
	.global write0
	.type write0, %function
write0:
	mov	r1, r0
	mov	r0, #4			@ SYS_WRITE0
	svc	0x123456
	bx	lr
	.pool
