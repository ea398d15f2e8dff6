@ Runs experiments on a machine with Security Extensions from Monitor mode, and writes down where each one ends.
@
@ Memory as in probe.S, but that word 31 of an experiment is the value of SCR to run it with, and a result is 32
@ bytes; see `common`. The vectors of Secure PL1, of Non-secure PL1 and of Hyp hold nothing but SMC, at addresses
@ that the host knows: an experiment ends at the first Monitor vector, and LR_mon tells where it came from.
.arch armv7-a
.arch_extension virt
.arch_extension sec
.syntax unified
.arm
.global _start
_start:
  ldr r0, =boot_vectors
  mcr p15, 0, r0, c12, c0, 1     @ MVBAR
  isb
  smc #0
in_monitor:
  ldr r0, =monitor_vectors
  mcr p15, 0, r0, c12, c0, 1
  ldr r0, =0x44000000
  ldr r9, [r0]
  ldr r10, =0x45000000
  ldr r11, =0x60000000
next:
  ldr r0, =position
  stmia r0, {r9, r10, r11}
  cmp r9, #0
  beq done
  mov r0, #0xc00
  mcr p15, 0, r0, c1, c1, 2      @ NSACR
  mov r1, #0
  mcr p15, 0, r1, c1, c1, 0      @ SCR
  isb
  bl pl1_state
  ldr r0, =0x40200000
  mcr p15, 0, r0, c12, c0, 0     @ VBAR, Secure
  mov r1, #1
  mcr p15, 0, r1, c1, c1, 0
  isb
  bl pl1_state
  ldr r0, =0x40200100
  mcr p15, 0, r0, c12, c0, 0     @ VBAR, Non-secure
  ldr r0, =0x40200200
  mcr p15, 4, r0, c12, c0, 0     @ HVBAR
  mov r0, #0
  mcr p15, 4, r0, c1, c1, 0      @ HCR
  mcr p15, 4, r0, c1, c1, 2      @ HCPTR
  mcr p15, 4, r0, c1, c1, 3      @ HSTR
  mcr p15, 4, r0, c5, c2, 0      @ HSR
  mov r0, #6
  mcr p15, 4, r0, c1, c1, 1      @ HDCR
  mov r0, #3
  mcr p15, 4, r0, c14, c1, 0     @ CNTHCTL
  isb
  add r1, r10, #4
  blx r1
  isb
  ldr r0, [r10]
  ldr r5, [r10, #124]
  add r1, r10, #100
  ldr r2, =0xdead0002
  ldr r3, =0xdead0003
  mcr p15, 0, r5, c1, c1, 0
  isb
  and r4, r0, #0x1f
  cmp r4, #0x16
  beq stay
  msr spsr_cxsf, r0
  mov lr, r1
  movs pc, lr
stay:
  msr cpsr_fs, r0
  bx r1
done:
  ldr r0, =0x090b0000            @ secure GPIO: pin 0 powers off
  mov r1, #1
  str r1, [r0, #0x400]
  str r1, [r0, #4]
  b .

pl1_state:
  mov r0, #0
  mcr p15, 0, r0, c1, c0, 2      @ CPACR
  mcr p15, 0, r0, c14, c1, 0     @ CNTKCTL
  mcr p15, 0, r0, c9, c14, 0     @ PMUSERENR
  mcr p15, 0, r0, c2, c0, 2      @ TTBCR
  mcr p14, 6, r0, c0, c0, 0      @ TEECR
  ldr r0, =0x00c50078
  mcr p15, 0, r0, c1, c0, 0      @ SCTLR
  bx lr
.ltorg

@ Result words: vector, LR_mon (absolute), SPSR_mon, SCR, HSR, r2, r3, address of the experiment.
common:
  mov r7, lr
  mrs r6, spsr
  mrc p15, 0, r5, c1, c1, 0
  mov r4, #1
  mcr p15, 0, r4, c1, c1, 0
  isb
  mrc p15, 4, r4, c5, c2, 0
  ldr r1, =position
  ldmia r1, {r9, r10, r11}
  add r8, r10, #100
  str r0, [r11], #4
  str r7, [r11], #4
  str r6, [r11], #4
  str r5, [r11], #4
  str r4, [r11], #4
  str r2, [r11], #4
  str r3, [r11], #4
  str r8, [r11], #4
  sub r9, r9, #1
  add r10, r10, #128
  b next
.ltorg
.macro vector number
  mov r0, #\number
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
monitor_vectors:
  b at0
  b at1
  b at2
  b at3
  b at4
  b at5
  b at6
  b at7
.align 5
boot_vectors:
  nop
  nop
  b in_monitor
.section .tables, "ax"
.rept 3
.rept 8
  smc #0
.endr
.align 8
.endr
.bss
position: .space 16
