@ Runs small experiments on a machine with Hyp mode and writes down where each one ends.
@
@ The host fills memory beforehand:
@   0x44000000  number of experiments
@   0x45000000  experiments, 128 bytes each: SPSR to start with, 24 words of code that prepares (run in Hyp mode,
@               ends with bx lr), up to 7 words that are the experiment
@ and reads afterwards:
@   0x60000000  results, 64 bytes each; see `common` for their layout
@
@ An experiment ends at the first Hyp vector it reaches. PL1's vectors do nothing but HVC #0x100 + number.
.arch armv7-a
.arch_extension virt
.arch_extension sec
.fpu neon-vfpv4
.syntax unified
.arm
.global _start
_start:
  ldr sp, =stack
  ldr r0, =0x44000000
  ldr r9, [r0]
  ldr r10, =0x45000000
  ldr r11, =0x60000000
next:
  ldr r0, =position
  stmia r0, {r9, r10, r11}
  cmp r9, #0
  beq done
  @ the same state before every experiment
  mov r0, #0
  mcr p15, 4, r0, c1, c1, 0      @ HCR
  mcr p15, 4, r0, c1, c1, 2      @ HCPTR
  mcr p15, 4, r0, c1, c1, 3      @ HSTR
  mcr p15, 4, r0, c5, c2, 0      @ HSR
  mcr p15, 4, r0, c6, c0, 0      @ HDFAR
  mcr p15, 4, r0, c6, c0, 2      @ HIFAR
  mcr p15, 0, r0, c1, c0, 2      @ CPACR
  mcr p15, 0, r0, c14, c1, 0     @ CNTKCTL
  mcr p15, 0, r0, c9, c14, 0     @ PMUSERENR
  mcr p15, 0, r0, c5, c0, 0      @ DFSR
  mcr p15, 0, r0, c5, c0, 1      @ IFSR
  mcr p15, 0, r0, c2, c0, 2      @ TTBCR
  mcr p14, 6, r0, c0, c0, 0      @ TEECR
  mov r0, #6
  mcr p15, 4, r0, c1, c1, 1      @ HDCR
  mov r0, #3
  mcr p15, 4, r0, c14, c1, 0     @ CNTHCTL
  ldr r0, =0x00c50078
  mcr p15, 0, r0, c1, c0, 0      @ SCTLR
  ldr r0, =hyp_vectors
  mcr p15, 4, r0, c12, c0, 0     @ HVBAR
  ldr r0, =pl1_vectors
  mcr p15, 0, r0, c12, c0, 0     @ VBAR
  mov r0, #0
  msr lr_und, r0
  msr lr_svc, r0
  msr lr_abt, r0
  msr lr_irq, r0
  msr spsr_und, r0
  msr spsr_svc, r0
  msr spsr_abt, r0
  msr spsr_irq, r0
  msr sp_irq, r0
  msr sp_usr, r0
  msr r8_fiq, r0
  msr r9_fiq, r0
  msr r10_fiq, r0
  msr r11_fiq, r0
  msr r12_fiq, r0
  msr sp_fiq, r0
  msr lr_fiq, r0
  msr spsr_fiq, r0
  mov r1, #0x40000000
  vmsr fpexc, r1
  vmsr fpscr, r0
  vmsr fpexc, r0
  ldr r0, =0x1234
  msr sp_und, r0
  msr sp_svc, r0
  msr sp_abt, r0
  isb
  add r1, r10, #4
  blx r1
  isb
  ldr r0, [r10]
  add r1, r10, #100
  ldr r2, =0xdead0002
  ldr r3, =0xdead0003
  and r4, r0, #0x1f
  cmp r4, #0x1a
  beq in_hyp
  msr spsr_cxsf, r0
  msr elr_hyp, r1
  mov r14, #0
  eret
in_hyp:
  tst r0, #0x20
  orrne r1, r1, #1
  msr cpsr_fs, r0
  mov r4, #0
  msr spsr_cxsf, r4
  bx r1
done:
  ldr r0, =0x84000008            @ PSCI SYSTEM_OFF
  smc #0
  b .
.ltorg

@ Result words: vector, HSR, ELR_hyp - experiment, SPSR_hyp, CPSR, r2, r3, LR_und, SPSR_und, LR_svc, SPSR_svc,
@ LR_abt, SPSR_abt, HDFAR, IFSR, HIFAR - experiment. LR are relative to the experiment when not 0.
common:
  push {r0, r1}
  ldr r0, =position
  ldmia r0, {r9, r10, r11}
  add r8, r10, #100
  pop {r0, r1}
  str r0, [r11], #4
  mrc p15, 4, r0, c5, c2, 0
  str r0, [r11], #4
  mrs r0, elr_hyp
  sub r0, r0, r8
  str r0, [r11], #4
  mrs r0, spsr
  str r0, [r11], #4
  str r1, [r11], #4
  str r2, [r11], #4
  str r3, [r11], #4
.macro link register
  mrs r0, \register
  cmp r0, #0
  subne r0, r0, r8
  str r0, [r11], #4
.endm
  link lr_und
  mrs r0, spsr_und
  str r0, [r11], #4
  link lr_svc
  mrs r0, spsr_svc
  str r0, [r11], #4
  link lr_abt
  mrs r0, spsr_abt
  str r0, [r11], #4
  mrc p15, 4, r0, c6, c0, 0
  str r0, [r11], #4
  mrc p15, 0, r0, c5, c0, 1
  str r0, [r11], #4
  mrc p15, 4, r0, c6, c0, 2
  cmp r0, #0
  subne r0, r0, r8
  str r0, [r11], #4
  sub r9, r9, #1
  add r10, r10, #128
  b next
.ltorg

.macro vector number
  mov r0, #\number
  mrs r1, cpsr
  b common
.endm
at0: vector 0x00
at1: vector 0x04
at2: vector 0x08
at3: vector 0x0c
at4: vector 0x10
at5: vector 0x14
at6: vector 0x18
at7: vector 0x1c

.align 5
hyp_vectors:
  b at0
  b at1
  b at2
  b at3
  b at4
  b at5
  b at6
  b at7
.align 5
pl1_vectors:
  hvc #0x100
  hvc #0x101
  hvc #0x102
  hvc #0x103
  hvc #0x104
  hvc #0x105
  hvc #0x106
  hvc #0x107
.bss
position: .space 16
.space 4096
stack: .space 16
