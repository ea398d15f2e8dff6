// Builds compute.c for A32 and T32, runs both under QEMU, and writes the images and what they printed next to this
// file: the tests run the same images in the flat machine and compare.
//
//   node test/emulator/interpreter/programs/build.mjs      (needs gcc-arm-none-eabi and qemu-system-arm)
import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const here = import.meta.dirname;
const FLAGS = [
  '-mcpu=cortex-a15',
  '-mfloat-abi=soft',
  '-mgeneral-regs-only',
  '-mno-unaligned-access',
  '-O2',
  '-ffreestanding',
  '-nostdlib',
  '-static',
  '-DSCALE=1',
  '-Wl,--build-id=none',
  '-Wl,-Ttext=0x40010000',
  '-Wl,-e,_start',
  '-Wl,-s',
];

/** What the image prints under QEMU. Semihosting's SYS_WRITE0 goes to QEMU's standard error. */
function qemu(image) {
  const options = [
    '-M',
    'virt',
    '-cpu',
    'cortex-a15',
    '-nographic',
    '-nic',
    'none',
    '-semihosting',
    '-kernel',
    image,
  ];
  const { status, stderr } = spawnSync('qemu-system-arm', options, {
    encoding: 'utf8',
    timeout: 60000,
    input: '',
  });
  if (status !== 0) throw new Error(`QEMU ended with ${status}: ${stderr}`);
  return stderr;
}

const outputs = ['arm', 'thumb'].map((set) => {
  const image = join(here, `compute-${set}.elf`);
  execFileSync('arm-none-eabi-gcc', [...FLAGS, `-m${set}`, 'start.S', 'compute.c', '-lgcc', '-o', image], {
    cwd: here,
    stdio: 'inherit',
  });
  return qemu(image);
});
if (outputs[0] !== outputs[1]) throw new Error('the A32 and the T32 program print different results');
writeFileSync(join(here, 'compute.expected.txt'), outputs[0]);
console.log(outputs[0]);
