// HSR.IL of aborts taken to Hyp mode, by a bare program: 0 for a 16-bit T32 load or store, 1 for a 32-bit one.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { DEFAULT_CONFIGURATION, Machine, type TrapToHyp } from '../../../emulator';
import { POWER_OFF, assembleProgram } from '../../dap/harness/bare-program';

/** Each access with the HSR.IL it must report; all have ISV = 1. */
const ACCESSES: readonly { readonly text: string; readonly il: 0 | 1; readonly write: boolean }[] = [
  { text: 'ldr r0, [r1]', il: 0, write: false },
  { text: 'ldr r0, [r1, #4]', il: 0, write: false },
  { text: 'ldr r0, [r1, r2]', il: 0, write: false },
  { text: 'ldrb r0, [r1]', il: 0, write: false },
  { text: 'ldrh r0, [r1]', il: 0, write: false },
  { text: 'ldrsb r0, [r1, r2]', il: 0, write: false },
  { text: 'str r0, [r1]', il: 0, write: true },
  { text: 'strb r0, [r1]', il: 0, write: true },
  { text: 'strh r0, [r1, r2]', il: 0, write: true },
  { text: 'ldr.w r0, [r1]', il: 1, write: false },
  { text: 'ldrsh.w r0, [r1]', il: 1, write: false },
  { text: 'str.w r8, [r1]', il: 1, write: true },
  { text: 'strb.w r0, [r1, #2000]', il: 1, write: true },
];

/** Stage 2 maps RAM alone (one block of 1 GB at level 1), and the guest accesses what is below. */
const PROGRAM = `
    ldr r0, =vectors
    mcr p15, 4, r0, c12, c0, 0      @ HVBAR
    ldr r0, =0x80000040             @ VTCR: 32-bit IPA, from level 1
    mcr p15, 4, r0, c2, c1, 2
    ldr r0, =table
    mov r1, #0
    mcrr p15, 6, r0, r1, c2         @ VTTBR
    mov r0, #1
    mcr p15, 4, r0, c1, c1, 0       @ HCR.VM
    mov r0, #0xd3 | 0x20            @ Supervisor mode, T32
    orr r0, r0, #0x20
    msr spsr_cxsf, r0
    ldr r0, =guest
    msr elr_hyp, r0
    isb
    eret
    .ltorg
    .balign 32
vectors:
    .rept 5
    b .
    .endr
    b trapped
    b .
    b .
trapped:
    cmp r7, #0
    beq off
    msr elr_hyp, r7                 @ to where the guest wants to go on
    eret
off:
    ${POWER_OFF}
    .thumb
    .balign 4
guest:
    ldr r1, =0x09000000
    movs r2, #8
${ACCESSES.map(({ text }, n) => `    adr r7, after${n}\n    ${text}\n    .balign 4\nafter${n}:`).join('\n')}
    movs r7, #0
    ldr r0, [r1]
    .ltorg
    .arm
    .balign 32
table:
    .quad 0, 0x400007fd, 0, 0
`;

describe('system: HSR.IL of data aborts taken to Hyp mode', () => {
  it('is the length of the instruction, for 16-bit and 32-bit T32 loads and stores', () => {
    const machine = new Machine({ ...DEFAULT_CONFIGURATION, memory: 16 * 1024 * 1024 });
    const traps: TrapToHyp[] = [];
    machine.events.subscribe(['trap-to-hyp'], (event) => {
      if (event.kind === 'trap-to-hyp') traps.push(event);
      return false;
    });
    const file = assembleProgram('instruction-length', PROGRAM);
    machine.boot({ kernel: { name: file, bytes: readFileSync(file) } });
    const { end } = machine.run(10_000);
    assert.equal(end, 'powered off', `${traps.length} traps`);
    assert.equal(traps.length, ACCESSES.length + 1);
    ACCESSES.forEach(({ text, il, write }, n) => {
      const hsr = traps[n]!.hsr!;
      assert.equal(hsr >>> 26, 0x24, `${text}: EC`);
      assert.equal((hsr >>> 24) & 1, 1, `${text}: ISV`);
      assert.equal((hsr >>> 25) & 1, il, `${text}: IL`);
      assert.equal((hsr >>> 6) & 1, write ? 1 : 0, `${text}: WnR`);
    });
  });
});
