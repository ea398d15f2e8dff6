@ Executes single instructions in Secure, Hyp and Monitor mode (and in Non-secure PL1 and PL0) from Monitor mode, and
@ writes down what became of every register. Memory is as in runner.S, but for word 19 of a record, the value of SCR,
@ and what is written down besides: words 47 and 49 are SPSR_mon and LR_mon, and
@   90 SP_mon, 91 SPSR_hyp, 92 ELR_hyp, 93 SP_hyp, 94 SCR, 95-98 Secure DFSR IFSR DFAR IFAR, 99 CPSR behind the vector
@
@ Secure and Hyp code runs under stage 1 tables, Non-secure PL1 and PL0 under stage 2; each maps the code and the data
@ (and for the former two this program). A test ends by a SMC; in Monitor mode by a SVC, which leaves that mode's
@ registers as they are. Vectors of Hyp mode and of Non-secure PL1 are SMC. The Secure timer ends endless loops.
.arch armv7ve
.arch_extension virt
.arch_extension sec
.fpu neon-vfpv4
.syntax unified
.arm
.text
.global _start

.equ HEADER, 0x44000000
.equ CODE, 0x48000000
.equ RECORDS, 0x50000000
.equ DWORDS, 0x78000000
.equ DONE, 0x44000100
.equ MONITOR, 0x16
.equ NS, 1
.equ HCE, 0x100

_start:
  ldr r0, =boot_vectors
  mcr p15, 0, r0, c12, c0, 1          @ MVBAR
  isb
  cps #MONITOR
  ldr r0, =monitor_vectors
  mcr p15, 0, r0, c12, c0, 1
  ldr r0, =secure_vectors
  mcr p15, 0, r0, c12, c0, 0          @ VBAR, Secure
  ldr r0, =0x000c00
  mcr p15, 0, r0, c1, c1, 2           @ NSACR
  mov r0, #(0xf << 20)
  mcr p15, 0, r0, c1, c0, 2           @ CPACR
  isb
  mov r0, #0x40000000
  vmsr fpexc, r0
  @ Stage 1 for Secure and for Hyp: Normal memory, program and data writable, code read-only.
  @ HSCTLR.EE says how the tables of Hyp mode and of stage 2 are read.
  ldr r9, =HEADER
  ldr r9, [r9, #16]                   @ SCTLR's bits
  mov r8, #0
  ldr r0, =stage1
  ldr r1, =stage1_level2
  bl map_stage1
  and r8, r9, #(1 << 25)
  ldr r0, =hyp_stage1
  ldr r1, =hyp_stage1_level2
  bl map_stage1
  ldr r0, =stage2
  ldr r1, =stage2_level2
  bl map_table
  ldr r4, =0x77d
  mov r3, #0
  ldr r5, =CODE
  ldr r6, =HEADER
  ldr r6, [r6, #8]
  bl map_blocks
  ldr r4, =0x7fd
  ldr r3, =0x00400000
  ldr r5, =0x70000000
  mov r6, #1
  bl map_blocks
  @ Secure: MAIR, TTBCR.EAE, TTBR0
  mov r0, #0xff
  mcr p15, 0, r0, c10, c2, 0
  ldr r0, =0x80000000
  mcr p15, 0, r0, c2, c0, 2
  ldr r0, =stage1
  mov r1, #0
  mcrr p15, 0, r0, r1, c2
  and r1, r9, #2
  orr r1, r1, #(1 << 10)
  mrc p15, 0, r0, c1, c0, 0
  orr r0, r0, r1
  mcr p15, 0, r0, c1, c0, 0           @ SCTLR, Secure: A, SW
  mov r0, #0
  mcr p15, 0, r0, c8, c7, 0           @ TLBIALL
  @ Non-secure
  mov r0, #(NS | HCE)
  mcr p15, 0, r0, c1, c1, 0           @ SCR
  isb
  mrc p15, 0, r0, c1, c0, 0
  orr r0, r0, r9
  mcr p15, 0, r0, c1, c0, 0           @ SCTLR
  ldr r0, =HEADER
  ldr r0, [r0, #20]
  mcr p15, 0, r0, c12, c0, 0          @ VBAR
  mov r0, #0
  mcr p15, 4, r0, c1, c1, 2           @ HCPTR
  mov r0, #3
  mcr p15, 4, r0, c14, c1, 0          @ CNTHCTL
  ldr r0, =hyp_vectors
  mcr p15, 4, r0, c12, c0, 0          @ HVBAR
  mov r0, #0xff
  mcr p15, 4, r0, c10, c2, 0          @ HMAIR0
  ldr r0, =0x80000000
  mcr p15, 4, r0, c2, c0, 2           @ HTCR
  ldr r0, =hyp_stage1
  mov r1, #0
  mcrr p15, 4, r0, r1, c2             @ HTTBR
  ldr r0, =0x02000002
  and r0, r0, r9
  ldr r1, =0x30c50879
  orr r0, r0, r1
  mcr p15, 4, r0, c1, c0, 0           @ HSCTLR: M, A, EE
  ldr r0, =0x80003540
  mcr p15, 4, r0, c2, c1, 2           @ VTCR
  ldr r0, =stage2
  mov r1, #0x00010000
  mcrr p15, 6, r0, r1, c2             @ VTTBR
  ldr r0, =0x00003003
  mcr p15, 4, r0, c1, c1, 0           @ HCR: VM, SWIO, DC, TWI
  mcr p15, 4, r0, c8, c7, 4
  mcr p15, 4, r0, c8, c7, 0
  mov r0, #0
  mcr p15, 0, r0, c1, c1, 0
  dsb
  isb
  @ GIC: the Secure timer's interrupt 29, a FIQ
  ldr r0, =0x08000000
  mov r1, #3
  str r1, [r0]
  mov r1, #(1 << 29)
  str r1, [r0, #0x100]
  mov r1, #0
  str r1, [r0, #0x80]
  ldr r0, =0x08010000
  mov r1, #0xff
  str r1, [r0, #4]
  mov r1, #9                          @ FIQEn, EnableGrp0
  str r1, [r0]
  ldr r0, =HEADER
  ldmia r0, {r9, r10}
  ldr r0, =context
  ldr r11, =CODE
  ldr r12, =RECORDS
  ldr r8, =DWORDS
  stmia r0, {r8-r12}
  b next

@ r0 a stage 1 table, r1 its level 2 table of 0x40000000 with a level 3 table behind it, r8 not 0 for big-endian ones.
@ Of this program there is one page: what else a test reached of it would differ, or be lost.
map_stage1:
  mov r10, lr
  bl map_table
  mov r7, r1
  add r4, r1, #4096
  orr r2, r4, #3
  bl write_descriptor
  ldr r2, =_start
  add r7, r4, r2, lsr #9
  sub r7, r7, #(0x40000000 >> 9)
  ldr r4, =0x743
  orr r2, r2, r4
  bl write_descriptor
  ldr r4, =0x7c1
  ldr r5, =CODE
  ldr r6, =HEADER
  ldr r6, [r6, #8]
  bl map_blocks
  ldr r4, =0x741
  ldr r3, =0x00400000                 @ XN
  ldr r5, =0x70000000
  mov r6, #1
  bl map_blocks
  bx r10

@ r0 a level 1 table that gets r1 as level 2 table of 0x40000000
map_table:
  add r7, r0, #8
  orr r2, r1, #3
  mov r3, #0
  b write_descriptor

@ r1 the level 2 table of 0x40000000, r3:r4 the descriptor of address 0, r5 the address, r6 how many
map_blocks:
  mov r11, lr
  sub r7, r5, #0x40000000
  add r7, r1, r7, lsr #18
1: orr r2, r5, r4
  bl write_descriptor
  add r5, r5, #0x200000
  subs r6, r6, #1
  bne 1b
  bx r11

@ r3:r2 to r7, which goes on
write_descriptor:
  cmp r8, #0
  strdeq r2, r3, [r7], #8
  bxeq lr
  rev r12, r3
  str r12, [r7], #4
  rev r12, r2
  str r12, [r7], #4
  bx lr
.ltorg

wind:
  ldr r0, =HEADER
  ldr r0, [r0, #12]
  mcr p15, 0, r0, c14, c2, 0          @ CNTP_TVAL, Secure
  mov r0, #1
  mcr p15, 0, r0, c14, c2, 1
  bx lr

@ SCR.NS is 0, and the MMU off
next:
  ldr r0, =context
  ldmia r0, {r8-r12}
  cmp r9, #0
  beq done
  tst r9, #15
  bleq wind
  clrex
  sev
  mov r0, #0
  mcr p15, 0, r0, c5, c0, 0
  mcr p15, 0, r0, c5, c0, 1
  mcr p15, 0, r0, c6, c0, 0
  mcr p15, 0, r0, c6, c0, 2
  bl thread_registers
  mov r0, #(NS | HCE)
  mcr p15, 0, r0, c1, c1, 0
  isb
  mov r0, #0
  mcr p15, 0, r0, c5, c0, 0           @ DFSR
  mcr p15, 0, r0, c5, c0, 1           @ IFSR
  mcr p15, 0, r0, c6, c0, 0           @ DFAR
  mcr p15, 0, r0, c6, c0, 2           @ IFAR
  mcr p15, 4, r0, c5, c2, 0           @ HSR
  mcr p15, 4, r0, c6, c0, 0           @ HDFAR
  mcr p15, 4, r0, c6, c0, 2           @ HIFAR
  mcr p15, 4, r0, c6, c0, 4           @ HPFAR
  bl thread_registers
  ldm r12, {r3-r6}
  mcrr p15, 2, r3, r4, c14            @ CNTP_CVAL
  mcrr p15, 3, r5, r6, c14            @ CNTV_CVAL
  ldr r0, [r12, #4 * 16]
  msr spsr_hyp, r0
  ldr r1, [r12, #4 * 14]
  msr elr_hyp, r1
  ldr r1, [r12, #4 * 13]
  msr sp_hyp, r1
  mov r2, #0
  mcr p15, 0, r2, c1, c1, 0
  isb
  mov r0, #0x40000000
  vmsr fpexc, r0
  tst r10, #1
  movne r0, r8
  vldmiane r0!, {d0-d15}
  vldmiane r0!, {d16-d31}
  ldr r0, [r12, #4 * 17]
  vmsr fpscr, r0
  ldr r0, [r12, #4 * 18]
  vmsr fpexc, r0
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
  mov sp, r0
  ldr r0, [r12, #4 * 14]
  msr lr_usr, r0
  msr lr_svc, r0
  msr lr_abt, r0
  msr lr_und, r0
  msr lr_irq, r0
  msr lr_fiq, r0
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
  ldr r7, [r12, #4 * 15]              @ CPSR
  ldr r8, [r12, #4 * 19]              @ SCR
  ldr r9, [r12, #4 * 14]
  ldr r10, [r12, #4 * 16]
  ldr lr, =start
  ldm r12, {r0-r6}
  stmia lr!, {r0-r6}
  add r12, r12, #28
  ldm r12, {r0-r5}
  stmia lr, {r0-r5}
  mrc p15, 0, r0, c1, c0, 0
  orr r0, r0, #1
  mcr p15, 0, r0, c1, c0, 0           @ the MMU on
  mcr p15, 0, r8, c1, c1, 0           @ SCR
  isb
  and r0, r7, #0x1f
  cmp r0, #MONITOR
  beq stay
  mov lr, r11
  msr spsr_fsxc, r7
  ldr r12, =start
  ldm r12, {r0-r12}
  movs pc, lr
.ltorg

@ Monitor mode itself: nothing returns to it with its own LR and SPSR, so it is entered by a jump.
stay:
  tst r7, #0x20
  orrne r11, r11, #1
  mov lr, r9
  msr spsr_fsxc, r10
  tst r7, #0x200
  bne 1f
  str r11, code_address
  bic r0, r7, #0x20
  msr cpsr_fsc, r0
  ldr r12, =start
  ldm r12, {r0-r12}
  ldr pc, code_address
1: rev r11, r11
  str r11, code_address
  bic r0, r7, #0x20
  msr cpsr_fsc, r0
  ldr r12, =start
  ldm r12, {r0-r12}
  setend be
  ldr pc, code_address
code_address: .word 0
start: .space 64

thread_registers:
  ldm r12, {r0-r2}
  mcr p15, 0, r0, c13, c0, 2          @ TPIDRURW
  mcr p15, 0, r1, c13, c0, 3          @ TPIDRURO
  mcr p15, 0, r2, c13, c0, 4          @ TPIDRPRW
  bx lr
.ltorg

.macro vector number
  str r0, saved_r0
  mov r0, #\number
  b common
.endm
s1: vector 17
s2: vector 18
s3: vector 19
s4: vector 20
s6: vector 22
s7: vector 23
m1: vector 1
m2: vector 2
m3: vector 3
m4: vector 4
m6: vector 6
m7: vector 7

saved_r0: .word 0
saved_r1: .word 0
saved_sp: .word 0
saved_lr: .word 0
saved_spsr: .word 0
saved_scr: .word 0
end_cpsr: .word 0
vector_number: .word 0
.word 0

common:
  str r0, vector_number
  str r1, saved_r1
  mrs r0, cpsr
  str r0, end_cpsr
  cps #MONITOR
  str sp, saved_sp
  str lr, saved_lr
  mrs r0, spsr
  str r0, saved_spsr
  mrc p15, 0, r0, c1, c1, 0
  str r0, saved_scr
  mov r0, #0
  mcr p15, 0, r0, c1, c1, 0           @ SCR
  isb
  mrc p15, 0, r0, c1, c0, 0
  bic r0, r0, #1
  mcr p15, 0, r0, c1, c0, 0           @ the MMU off
  isb
  ldr r0, =context
  ldr r0, [r0, #16]
  add r0, r0, #4 * 32 + 8
  stmia r0!, {r2-r12}                 @ r2-r12
  mrs r1, sp_usr
  mrs r2, lr_usr
  ldr r3, saved_spsr
  mov r12, #(NS | HCE)
  mcr p15, 0, r12, c1, c1, 0
  isb
  mrc p15, 4, r4, c5, c2, 0           @ HSR
  ldr r5, saved_lr
  mrc p15, 4, r6, c6, c0, 0           @ HDFAR
  mrc p15, 4, r7, c6, c0, 2           @ HIFAR
  mrc p15, 4, r8, c6, c0, 4           @ HPFAR
  mov r9, #0
  mov r10, r1
  mov r11, r2
  stmia r0!, {r1-r11}                 @ sp lr SPSR HSR LR HDFAR HIFAR HPFAR timeout sp lr
.macro bank mode
  mrs r1, sp_\mode
  mrs r2, lr_\mode
  mrs r3, spsr_\mode
  stmia r0!, {r1-r3}
.endm
  bank svc
  bank abt
  bank und
  bank irq
  mrs r1, r8_fiq
  mrs r2, r9_fiq
  mrs r3, r10_fiq
  mrs r4, r11_fiq
  mrs r5, r12_fiq
  stmia r0!, {r1-r5}
  bank fiq
  vmrs r3, fpexc
  mov r1, #0x40000000
  vmsr fpexc, r1
  vmrs r1, fpscr
  ldr r2, vector_number
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
  stmia r0!, {r1-r11}
  ldr r1, saved_sp
  mrs r2, spsr_hyp
  mrs r3, elr_hyp
  mrs r4, sp_hyp
  ldr r5, saved_scr
  mov r12, #0
  mcr p15, 0, r12, c1, c1, 0
  isb
  mrc p15, 0, r6, c5, c0, 0
  mrc p15, 0, r7, c5, c0, 1
  mrc p15, 0, r8, c6, c0, 0
  mrc p15, 0, r9, c6, c0, 2
  ldr r10, end_cpsr
  stmia r0!, {r1-r10}
  ldr r0, =context
  ldmia r0, {r8-r12}
  ldr r1, saved_r0
  str r1, [r12, #4 * 32]
  ldr r1, saved_r1
  str r1, [r12, #4 * 33]
  tst r10, #1
  beq 1f
  vstmia r8!, {d0-d15}
  vstmia r8!, {d16-d31}
1:
  ldr r1, vector_number
  cmp r1, #7
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
  add r12, r12, #512
  ldr r0, =context
  stmia r0, {r8-r12}
  b next
.ltorg

done:
  ldr r0, =DONE
  mov r1, #1
  str r1, [r0]
  dsb
  ldr r0, =0x090b0000                 @ Secure GPIO of QEMU's board: pin 0 powers off
  str r1, [r0, #0x400]
  str r1, [r0, #4]
  b .
.ltorg

.align 5
boot_vectors:
  b .
  b .
  b .
  b .
  b .
  b .
  b .
  b .
monitor_vectors:
  b .
  b m1
  b m2
  b m3
  b m4
  b .
  b m6
  b m7
secure_vectors:
  b .
  b s1
  b s2
  b s3
  b s4
  b .
  b s6
  b s7
hyp_vectors:
  smc #0
  smc #0
  smc #0
  smc #0
  smc #0
  smc #0
  smc #0
  smc #0

@ What is above is on the page of _start, which alone is mapped.
.org _start + 4096

.bss
.align 12
stage1: .space 4096
stage1_level2: .space 2 * 4096
hyp_stage1: .space 4096
hyp_stage1_level2: .space 2 * 4096
stage2: .space 4096
stage2_level2: .space 4096
context: .space 32
