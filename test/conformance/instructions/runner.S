@ Executes single instructions with given register contents and writes down what became of every register.
@
@ Four tests in a row share a slot of 16 bytes of code (the instruction, then HVC three times); each has a record of
@ 512 bytes. The instruction runs at PL1 or PL0 under a stage 2 that maps the code (read, execute) and a window of data (read, write).
@ Whatever happens ends in Hyp mode: the HVC behind the instruction, a trap, a stage 2 abort, an exception at PL1 (its
@ vector is an HVC), or the Hyp timer when the instruction led into a loop.
@
@   0x44000000  number of tests, a multiple of four; flags (bit 0: D registers are written down, and VFP's system
@               registers, else those of CP15 and the timers); 2 MiB blocks of code;
@               ticks of the system counter (16 ns) that 64 tests may take; bits to set in SCTLR;
@               address of the vectors of PL1, each a HVC
@   0x48000000  code, 16 bytes for four tests
@   0x50000000  records, 512 bytes a test: words 0-14 r0-r14, 15 CPSR, 16 SPSR of every mode, 17 FPSCR, 18 FPEXC;
@               32-46 r0-r14, 47 SPSR_hyp, 48 HSR, 49 ELR_hyp, 50 HDFAR, 51 HIFAR, 52 HPFAR, 53 timeout,
@               54 sp_usr, 55 lr_usr, 56-67 svc abt und irq {sp lr spsr}, 68-75 fiq {r8-r12 sp lr spsr},
@               76 FPSCR, 77 Hyp vector, 78 FPEXC, 79 DFSR, 80 IFSR, 81 DFAR, 82 IFAR, 83 TPIDRURW, 84 TPIDRURO,
@               85 TPIDRPRW, 86-87 CNTP_CVAL, 88-89 CNTV_CVAL
@   0x78000000  D registers, 256 bytes a test, before and after it, when flags bit 0 is set
@   0x70000000  data, 2 MiB
.arch armv7ve
.arch_extension virt
.fpu neon-vfpv4
.syntax unified
.arm
.text
.global _start

.equ HEADER, 0x44000000
.equ CODE, 0x48000000
.equ RECORDS, 0x50000000
.equ DWORDS, 0x78000000

_start:
  ldr sp, =stack_top
  ldr r0, =hyp_vectors
  mcr p15, 4, r0, c12, c0, 0          @ HVBAR
  ldr r1, =HEADER
  ldr r1, [r1, #16]
  mrc p15, 0, r0, c1, c0, 0
  orr r0, r0, r1
  mcr p15, 0, r0, c1, c0, 0           @ SCTLR
  ldr r0, =HEADER
  ldr r0, [r0, #20]
  mcr p15, 0, r0, c12, c0, 0          @ VBAR
  mov r0, #3
  mcr p15, 4, r0, c14, c1, 0          @ CNTHCTL: PL1 reaches the physical timer
  @ Coprocessors 10 and 11 for everybody
  mrc p15, 0, r0, c1, c0, 2
  orr r0, r0, #(0xf << 20)
  mcr p15, 0, r0, c1, c0, 2           @ CPACR
  mov r0, #0
  mcr p15, 4, r0, c1, c1, 2           @ HCPTR
  mov r0, #0x40000000
  vmsr fpexc, r0
  @ Stage 2: level 1 root, one level 2 table for 0x40000000-0x7fffffff
  ldr r0, =level1
  ldr r1, =level2
  orr r3, r1, #3
  str r3, [r0, #8]
  @ 2 MiB blocks: AF, inner shareable, normal write-back; HAP = 01 read
  ldr r4, =0x0000077d
  ldr r5, =CODE
  ldr r6, =HEADER
  ldr r6, [r6, #8]
  bl map_blocks
  @ data: HAP = 11, XN (bit 54)
  ldr r4, =0x000007fd
  ldr r5, =0x70000000
  mov r6, #1
  bl map_blocks_xn
  ldr r0, =0x80003540                 @ VTCR: SL0 = 1, T0SZ = 0, write-back, inner shareable
  mcr p15, 4, r0, c2, c1, 2
  ldr r0, =level1
  mov r1, #0x00010000                 @ VMID 1
  mcrr p15, 6, r0, r1, c2             @ VTTBR
  @ HCR: VM, SWIO, FMO, IMO, AMO, DC, TWI, TSC
  ldr r0, =0x0008303b
  mcr p15, 4, r0, c1, c1, 0
  mcr p15, 4, r0, c8, c7, 4           @ TLBIALLNSNH
  dsb
  isb
  @ GIC: the Hyp timer's interrupt 26
  ldr r0, =0x08000000
  mov r1, #1
  str r1, [r0]
  mov r1, #(1 << 26)
  str r1, [r0, #0x100]
  ldr r0, =0x08010000
  mov r1, #0xff
  str r1, [r0, #4]
  mov r1, #1
  str r1, [r0]
  ldr r0, =HEADER
  ldmia r0, {r9, r10}
  ldr r0, =context
  ldr r11, =CODE
  ldr r12, =RECORDS
  ldr r8, =DWORDS
  stmia r0, {r8-r12}                  @ D area, count, flags, code, record
  b next

@ Gives the tests to come the time that the header says.
wind:
  ldr r0, =HEADER
  ldr r0, [r0, #12]
  mcr p15, 4, r0, c14, c2, 0          @ CNTHP_TVAL
  mov r0, #1
  mcr p15, 4, r0, c14, c2, 1          @ CNTHP_CTL
  bx lr

map_blocks:
  ldr r0, =level2
  sub r1, r5, #0x40000000
  add r0, r0, r1, lsr #18
1: orr r2, r5, r4
  mov r3, #0
  strd r2, r3, [r0], #8
  add r5, r5, #0x200000
  subs r6, r6, #1
  bne 1b
  bx lr
map_blocks_xn:
  ldr r0, =level2
  sub r1, r5, #0x40000000
  add r0, r0, r1, lsr #18
1: orr r2, r5, r4
  mov r3, #0x00400000
  strd r2, r3, [r0], #8
  add r5, r5, #0x200000
  subs r6, r6, #1
  bne 1b
  bx lr

next:
  ldr r0, =context
  ldmia r0, {r8-r12}
  cmp r9, #0
  beq done
  tst r9, #63
  bleq wind                           @ the watchdog, now and then
  clrex
  sev
  mov r0, #0
  mcr p15, 0, r0, c5, c0, 0           @ DFSR
  mcr p15, 0, r0, c5, c0, 1           @ IFSR
  mcr p15, 0, r0, c6, c0, 0           @ DFAR
  mcr p15, 0, r0, c6, c0, 2           @ IFAR
  tst r10, #1
  bne 1f
  ldm r12, {r0-r6}
  mcr p15, 0, r0, c13, c0, 2          @ TPIDRURW
  mcr p15, 0, r1, c13, c0, 3          @ TPIDRURO
  mcr p15, 0, r2, c13, c0, 4          @ TPIDRPRW
  mcrr p15, 2, r3, r4, c14            @ CNTP_CVAL
  mcrr p15, 3, r5, r6, c14            @ CNTV_CVAL
  b 2f
1: mov r0, #0x40000000
  vmsr fpexc, r0
  mov r0, r8
  vldmia r0!, {d0-d15}
  vldmia r0!, {d16-d31}
  ldr r0, [r12, #4 * 17]
  vmsr fpscr, r0
  ldr r0, [r12, #4 * 18]
  vmsr fpexc, r0
2: msr elr_hyp, r11
  ldr r0, [r12, #4 * 15]
  msr spsr_fsxc, r0
  @ every bank begins with the same values
  ldr r0, [r12, #4 * 16]
  msr spsr_svc, r0
  msr spsr_abt, r0
  msr spsr_und, r0
  msr spsr_irq, r0
  msr spsr_fiq, r0
  ldr r0, [r12, #4 * 13]
  msr sp_usr, r0
  msr sp_svc, r0
  msr sp_abt, r0
  msr sp_und, r0
  msr sp_irq, r0
  msr sp_fiq, r0
  ldr r0, [r12, #4 * 14]
  msr lr_svc, r0
  msr lr_abt, r0
  msr lr_und, r0
  msr lr_irq, r0
  msr lr_fiq, r0
  mov lr, r0
  ldr r0, [r12, #4 * 8]
  msr r8_fiq, r0
  ldr r0, [r12, #4 * 9]
  msr r9_fiq, r0
  ldr r0, [r12, #4 * 10]
  msr r10_fiq, r0
  ldr r0, [r12, #4 * 11]
  msr r11_fiq, r0
  ldr r0, [r12, #4 * 12]
  msr r12_fiq, r0
  ldmia r12, {r0-r12}
  eret

@ r0 pushed; sp_hyp -> r0, vector number
.macro vector number
  push {r0, r1}
  mov r0, #\number
  b trap
.endm

trap:
  str r0, vector_number
  ldr r0, =context
  ldr r0, [r0, #16]
  add r0, r0, #4 * 32 + 8
  stmia r0!, {r2-r12}                 @ r2-r12
  mrs r1, sp_usr
  str r1, [r0], #4
  str lr, [r0], #4                    @ LR of Hyp mode is LR_usr
  mrs r1, spsr
  str r1, [r0], #4
  mrc p15, 4, r1, c5, c2, 0           @ HSR
  str r1, [r0], #4
  mrs r1, elr_hyp
  str r1, [r0], #4
  mrc p15, 4, r1, c6, c0, 0           @ HDFAR
  str r1, [r0], #4
  mrc p15, 4, r1, c6, c0, 2           @ HIFAR
  str r1, [r0], #4
  mrc p15, 4, r1, c6, c0, 4           @ HPFAR
  str r1, [r0], #4
  add r0, r0, #4
  mrs r1, sp_usr
  str r1, [r0], #4
  str lr, [r0], #4
.macro bank mode
  mrs r1, sp_\mode
  str r1, [r0], #4
  mrs r1, lr_\mode
  str r1, [r0], #4
  mrs r1, spsr_\mode
  str r1, [r0], #4
.endm
  bank svc
  bank abt
  bank und
  bank irq
  mrs r1, r8_fiq
  str r1, [r0], #4
  mrs r1, r9_fiq
  str r1, [r0], #4
  mrs r1, r10_fiq
  str r1, [r0], #4
  mrs r1, r11_fiq
  str r1, [r0], #4
  mrs r1, r12_fiq
  str r1, [r0], #4
  bank fiq
  mov r1, #0
  mov r3, #0
  ldr r2, =context
  ldr r2, [r2, #8]
  tst r2, #1
  beq 1f
  vmrs r3, fpexc
  mov r1, #0x40000000
  vmsr fpexc, r1
  vmrs r1, fpscr
1: ldr r2, vector_number
  stmia r0!, {r1-r3}
  mrc p15, 0, r1, c5, c0, 0
  mrc p15, 0, r2, c5, c0, 1
  mrc p15, 0, r3, c6, c0, 0
  mrc p15, 0, r4, c6, c0, 2
  mrc p15, 0, r5, c13, c0, 2
  mrc p15, 0, r6, c13, c0, 3
  mrc p15, 0, r7, c13, c0, 4
  mrrc p15, 2, r8, r9, c14
  mrrc p15, 3, r10, r11, c14
  stmia r0, {r1-r11}
  ldr r0, =context
  ldmia r0, {r8-r12}
  pop {r1, r2}
  str r1, [r12, #4 * 32]
  str r2, [r12, #4 * 33]
  tst r10, #1
  beq 1f
  vstmia r8!, {d0-d15}
  vstmia r8!, {d16-d31}
1:
  ldr r1, vector_number
  cmp r1, #6
  bne 2f
  mov r1, #1
  str r1, [r12, #4 * 53]
  bl wind
  ldr r2, =0x08010000
  ldr r1, [r2, #0xc]
  str r1, [r2, #0x10]
2:
  sub r9, r9, #1
  tst r9, #3
  addeq r11, r11, #16
  ldr r0, =context
  add r12, r12, #512
  stmia r0, {r8-r12}
  b next
vector_number: .word 0
.ltorg

done:
  ldr r0, =0x84000008                 @ PSCI SYSTEM_OFF
  smc #0
  b .
.ltorg

.align 5
hyp_vectors:
  b .
  b hyp_und
  b hyp_svc
  b hyp_pabt
  b hyp_dabt
  b hyp_trap
  b hyp_irq
  b .
hyp_und: vector 1
hyp_svc: vector 2
hyp_pabt: vector 3
hyp_dabt: vector 4
hyp_trap: vector 5
hyp_irq: vector 6

.bss
.align 12
level1: .space 4096
level2: .space 4096
context: .space 32
.space 4096
stack_top:
