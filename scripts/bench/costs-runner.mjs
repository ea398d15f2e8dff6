// Runs a boot with something that should cost nothing, and prints its processor seconds, loading not included.
//   node costs-runner.mjs EMULATOR VARIANT BOOT    BOOT as JSON: kernel, load, virtualization, engine
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const [emulator, variant, given] = process.argv.slice(2);
const { Machine, DEFAULT_CONFIGURATION } = createRequire(import.meta.url)(emulator);
const { kernel, load = [], virtualization, engine } = JSON.parse(given);
const file = (path) => ({ name: path, bytes: readFileSync(path) });

const machine = new Machine({
  ...DEFAULT_CONFIGURATION,
  virtualization,
  engine: engine === 'auto' ? 'jit' : engine,
});
machine.boot({
  kernel: file(kernel),
  load: load.map(({ file: path, address }) => ({ file: file(path), address: Number(address) })),
  deviceTree: 'generated',
});

const MIB = 2 ** 20;
const RAM = 0x4000_0000;
/** RAM that these workloads never come to: neither code nor data is there. */
const ELSEWHERE = RAM + 400 * MIB;
let came = 0;
const reached = () => {
  came++;
  return false;
};

const VARIANTS = {
  nothing() {},
  /** Half of them where code could be, and in steps that no instruction set is aligned to; half all over the addresses. */
  breakpoints() {
    const near = Array.from({ length: 500 }, (_, n) => ELSEWHERE + 4 * n);
    const far = Array.from({ length: 500 }, (_, n) => 0x8000_0000 + n * 4 * MIB);
    machine.onBreakpoint = reached;
    machine.setBreakpoints(new Set([...near, ...far]));
  },
  watchpoint() {
    machine.setWatches([{ space: 'va', start: ELSEWHERE, length: 4, on: 'access' }], reached);
  },
  /** The machine as it would be without any: nobody is ever asked whether somebody listens. */
  'no-hooks'() {
    Object.getPrototypeOf(machine.events).wanted = () => false;
  },
};
VARIANTS[variant]();

const begin = process.cpuUsage();
let end;
do ({ end } = machine.run(5_000_000));
while (end === 'budget');
const { user, system } = process.cpuUsage(begin);
if (end !== 'powered off' || came !== 0)
  throw new Error(`${variant}: came to '${end}' and ${came} times to what is never come to`);
console.log((user + system) / 1e6);
