// The scripted session, played in a real VS Code by keys and clicks. Each stop prints one line.
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { installedFolder } from '../vscode/server.mjs';
import { Workbench } from '../vscode/workbench.mjs';
import { NotSeen, Screen } from './screen.mjs';
import { CONFIGURATIONS, TRAPPED, UART_IPA, sharedAddresses, writeWorkspace } from './workspace.mjs';

/** More steps than a world switch has instructions. */
const MOST_STEPS = 2000;

class Session {
  constructor(workbench, artifacts) {
    this.workbench = workbench;
    this.page = workbench.page;
    this.screen = new Screen(workbench);
    this.artifacts = artifacts;
    this.stops = 0;
    this.pictures = 0;
  }

  say(...parts) {
    console.log(parts.filter((part) => part).join('  |  '));
  }

  /** The line of a stop. */
  tell(scene, ...parts) {
    this.stops++;
    this.say(`${String(this.stops).padStart(3)}  ${scene}`, ...parts);
  }

  async picture(name) {
    this.pictures++;
    await this.workbench.screenshot(
      join(this.artifacts, `session-${String(this.pictures).padStart(2, '0')}-${name}.png`),
    );
  }

  expect(condition, what) {
    if (!condition) throw new NotSeen(what);
  }

  /** Chooses the launch configuration and starts it, to the first stop. */
  async launch(configuration) {
    const { name } = configuration;
    this.screen.last = '';
    // Soon after the workbench's start a launch can be lost without a word.
    for (let round = 0; round < 4; round++) {
      await this.workbench.startByName(name);
      if (await this.screen.moved(10000)) break;
    }
    return this.screen.nextStop();
  }

  /** Presses a key that makes the machine run, and waits for the next stop. */
  async key(key) {
    // The workbench takes a moment after a stop until it takes the key: as a person would, press again.
    for (let round = 0; round < 5; round++) {
      await this.workbench.waitForStop();
      await this.page.keyboard.press(key);
      if (await this.screen.moved(3000)) break;
    }
    return this.screen.nextStop();
  }

  async end() {
    await this.page.keyboard.press('Shift+F5');
    await this.workbench.waitForEnd();
    // An open disassembly view would take the stops of the next scene.
    await this.workbench.command('View: Close All Editors');
  }

  /** As a person does: the plus of the Breakpoints view, the name, Enter. */
  async addFunctionBreakpoint(name) {
    const pane = this.workbench.pane('Breakpoints');
    await pane.hover();
    await pane.locator('.codicon-watch-expressions-add-function-breakpoint').click();
    const box = pane.locator('.monaco-inputbox input').last();
    await box.fill(name);
    await box.press('Enter');
    await pane.locator('.monaco-list-row', { hasText: name }).first().waitFor();
  }

  async removeBreakpoints() {
    const pane = this.workbench.pane('Breakpoints');
    await pane.hover();
    await pane.locator('[aria-label*="Remove All Breakpoints"]').first().click();
    await pane.locator('.monaco-list-row', { hasText: '0x' }).first().waitFor({ state: 'detached' });
  }
}

async function entry(session) {
  const status = await session.launch(CONFIGURATIONS.entry);
  session.expect(/^hyp PL2/.test(status), `entry is in Hyp mode, not ${status}`);
  const frame = await session.screen.frame();
  session.expect(/head\.S/.test(frame), `entry shows head.S, not ${frame}`);
  session.tell('Entry in Hyp mode', status, frame);
  const guest = await session.key('F5');
  session.expect(/^VM 1 vCPU 0/.test(guest), `the guest executes, not ${guest}`);
  const first = await session.screen.frame();
  const range = await session.screen.row('Stage 2', /GICV/);
  await session.screen.row('Guests', /vCPU 0.*on CPU0/);
  session.tell("The guest's first instruction", guest, first, range);
  await session.picture('guest-entered');
  await session.end();
}

async function traps(session) {
  let status = await session.launch(CONFIGURATIONS.traps);
  const missing = new Map(TRAPPED.map((item) => [item.by, item]));
  for (let count = 0; missing.size > 0; count++) {
    session.expect(count < 80, `not seen: ${[...missing.values()].map(({ what }) => what).join(', ')}`);
    const words = await session.screen.exception();
    const item = [...missing.values()].find((one) => one.words.test(words));
    if (item) {
      missing.delete(item.by);
      const guest = await session.screen.row('Guests', new RegExp(item.by));
      await session.screen.row('Variables', /^Hyp registers/);
      session.tell(`Trap: ${item.what}`, status, words, guest);
      if (item.by === 'trap_wfi') await callStacks(session);
      await session.picture(`trap-${item.by}`);
    }
    if (missing.size > 0) status = await session.key('F5');
  }
  await session.end();
}

/** Stopped in Hyp mode: the guest's and the host's call stacks, with functions and lines. */
async function callStacks(session) {
  const { workbench, screen } = session;
  for (const [thread, frames] of [
    [/VM ?1.*vCPU ?0/, [/trap_wfi.*instructions\.S/, /lesson_.*lessons\.c/, /guest_main.*main\.c/]],
    [/CPU0.*host/, [/vcpu\.c/, /kvm-device\.c/, /syscall\.c/]],
  ]) {
    const row = workbench.rows('Call Stack').filter({ hasText: thread }).first();
    await row.click();
    await session.page.keyboard.press('ArrowRight');
    const found = [];
    for (const frame of frames) found.push(await screen.row('Call Stack', frame));
    session.say(
      `     call stack of ${(await row.innerText()).replace(/\s+/g, ' ').trim()}`,
      found.join(' < '),
    );
  }
  await session.picture('call-stacks');
}

async function uart(session) {
  const status = await session.launch(CONFIGURATIONS.uart);
  const words = await session.screen.exception();
  session.expect(/9000000/.test(words), `the exception names the IPA: ${words}`);
  await session.workbench.command('Worldswitch: Translate an Address');
  const box = session.page.locator('.quick-input-widget input.input');
  await box.waitFor();
  await box.fill(`ipa1:${UART_IPA}`);
  await session.page.keyboard.press('Enter');
  const result = await session.screen.row('Stage 2', /ipa1:.*fault/);
  const step = await session.screen.row('Stage 2', /level \d: invalid/i);
  session.tell("Stage 2 fault on the UART's IPA", status, words, result, step);
  await session.picture('stage-2-fault');
  await session.end();
}

async function interrupt(session) {
  const wanted = ['invalid → pending', 'pending → active', 'active → invalid'];
  let status = await session.launch(CONFIGURATIONS.interrupt);
  for (let count = 0; wanted.length > 0; count++) {
    session.expect(count < 60, `not seen: ${wanted.join(', ')}`);
    const words = await session.screen.exception();
    if (words.includes(wanted[0])) {
      const number = /GICH_LR(\d+)/.exec(words)?.[1];
      const after = wanted[0].split(' → ')[1];
      const row = await session.screen.row('List Registers', new RegExp(`LR${number}\\b.*\\b${after}\\b`));
      session.tell(`List register: ${wanted[0]}`, status, words, row);
      await session.picture(`list-register-${wanted[0].replace(/[^a-z]+/g, '-')}`);
      wanted.shift();
    }
    if (wanted.length > 0) status = await session.key('F5');
  }
  await session.end();
}

async function worldSwitch(session, direction) {
  let status = await session.launch(direction === 'in' ? CONFIGURATIONS.switchIn : CONFIGURATIONS.switchOut);
  await session.workbench.command('Open Disassembly View');
  await session.page.locator('.disassembly-view .monaco-list-row').first().waitFor();
  const phases = new Map();
  const pattern = new RegExp(`, ${direction} (\\d)/5: (.+?) [\\d,]+$`);
  let steps = 0;
  while (/^hyp/.test(status)) {
    session.expect(steps < MOST_STEPS, `after ${steps} steps still in Hyp mode`);
    const [, step, name] = pattern.exec(status) ?? [];
    if (step && !phases.has(step)) {
      phases.set(step, name);
      session.tell(
        `World switch ${direction}, phase ${step} of 5: ${name}`,
        status,
        `after ${steps} instructions`,
      );
    }
    status = await session.key('F11');
    steps++;
  }
  session.expect(phases.size === 5, `five phases, not ${[...phases.values()].join(', ')}`);
  session.tell(`World switch ${direction} is complete`, status, `${steps} instructions`);
  await session.picture(`world-switch-${direction}`);
  await session.end();
}

/**
 * Host and guest have kernels at the same virtual addresses. A breakpoint bound to one world is hit there and nowhere
 * else, and the disassembly shows that world's code.
 */
async function oneAddress(session) {
  const addresses = session.sharedAddresses;
  await session.launch(CONFIGURATIONS.oneAddress);
  for (const address of addresses) await session.addFunctionBreakpoint(`*host:${address}`);
  const inHost = await session.key('F5');
  session.expect(/^host/.test(inHost), `the host is at the breakpoint, not ${inHost}`);
  const hostFrame = await session.screen.frame();
  const hostRow = await disassembled(session, addresses);
  const address = addresses.find((one) => hostRow.includes(one.slice(2)));
  session.expect(address, `the disassembly is at one of ${addresses.join(', ')}: ${hostRow}`);
  session.tell(`Breakpoint at ${address} in the host`, inHost, hostFrame, hostRow);
  await session.picture('one-address-host');
  await session.end();

  await session.removeBreakpoints();
  await session.launch(CONFIGURATIONS.oneAddress);
  await session.addFunctionBreakpoint(`*vm1:${address}`);
  const inGuest = await session.key('F5');
  session.expect(/^VM 1/.test(inGuest), `the guest is at the breakpoint, not ${inGuest}`);
  const guestFrame = await session.screen.frame();
  const guestRow = await disassembled(session, [address]);
  session.expect(guestRow !== hostRow, 'the disassembly differs between the worlds');
  session.tell(`Breakpoint at ${address} in the guest`, inGuest, guestFrame, guestRow);
  await session.picture('one-address-guest');
  await session.removeBreakpoints();
  await session.end();
}

/** Opens the disassembly view and gives the row at which the machine stands: one of these addresses. */
async function disassembled(session, addresses) {
  await session.workbench.command('Open Disassembly View');
  const pattern = new RegExp(addresses.map((address) => address.slice(2)).join('|'), 'i');
  const mark = session.page.locator('.codicon-debug-stackframe');
  const row = session.page
    .locator('.disassembly-view .monaco-list-row', { hasText: pattern, has: mark })
    .first();
  await row.waitFor();
  return (await row.innerText()).replace(/\s+/g, ' ').trim();
}

/** A frame without source opens its disassembly: at a stop by itself, for a parked guest when it is selected. */
async function stripped(session) {
  const entered = await session.launch(CONFIGURATIONS.strippedEntry);
  const first = await listing(session, /0x40008000|40008000/);
  session.tell('A guest without symbols is entered', entered, await session.screen.frame(), first);
  await session.picture('guest-without-symbols');
  await session.end();

  const status = await session.launch(CONFIGURATIONS.stripped);
  const words = await session.screen.exception();
  await selectGuestFrame(session);
  const call = await listing(session, /hvc/);
  session.tell('A trap of a guest without symbols', status, words, call);
  await session.picture('trap-without-symbols');
  await session.end();
}

/** Unfolds the guest's thread and selects its frame, as often as a list that is still being filled needs it. */
async function selectGuestFrame(session) {
  const rows = session.workbench.rows('Call Stack');
  const frame = rows.filter({ hasText: /disassembly/ }).first();
  for (let attempt = 0; attempt < 30; attempt++) {
    if ((await frame.count()) > 0) {
      await frame.click();
      if (await frame.evaluate((row) => row.classList.contains('selected'))) return;
    } else {
      await rows
        .filter({ hasText: /VM ?1.*vCPU ?0/ })
        .first()
        .click();
      await session.page.keyboard.press('ArrowRight');
    }
    await session.page.waitForTimeout(500);
  }
}

/** The marked line of the disassembly that is open, in the editor or in the disassembly view. */
async function listing(session, pattern) {
  const marked = session.page.locator(
    '.editor-instance .view-lines .view-line, .disassembly-view .monaco-list-row',
  );
  const line = marked.filter({ hasText: pattern }).first();
  await line.waitFor();
  await session.page
    .locator(
      '.debug-top-stack-frame-line, .debug-focused-stack-frame-line, .disassembly-view .codicon-debug-stackframe, .disassembly-view .codicon-debug-stackframe-focused',
    )
    .first()
    .waitFor();
  return (await line.innerText()).replace(/\s+/g, ' ').trim();
}

const SCENES = [
  ['entry', entry],
  ['traps', traps],
  ['Stage 2 fault', uart],
  ['list register', interrupt],
  ['world switch in', (session) => worldSwitch(session, 'in')],
  ['world switch out', (session) => worldSwitch(session, 'out')],
  ['one address in two worlds', oneAddress],
  ['guest without symbols', stripped],
];

/** The names of the scenes, in order. */
export const SCENE_NAMES = SCENES.map(([name]) => name);

/** Opens the session's workspace in a server that has the extension installed. */
export async function openSession({ server, page, artifacts }) {
  const folder = mkdtempSync(join(server.home, 'session-'));
  const installed = installedFolder(server.home);
  const workbench = await Workbench.open(page, server, { workspace: writeWorkspace(folder, installed) });
  await workbench.showDebug('Scene entry');
  const session = new Session(workbench, artifacts);
  session.sharedAddresses = await sharedAddresses(installed);
  return session;
}

/** Plays one scene. @throws NotSeen, or Playwright's TimeoutError, when something is not on the screen */
export async function playScene(session, name) {
  const [, scene] = SCENES.find(([one]) => one === name);
  try {
    await scene(session);
  } catch (error) {
    await session.picture('FAILED').catch(() => undefined);
    // The next scene begins with nothing running.
    for (const key of ['Escape', 'Shift+F5']) await session.page.keyboard.press(key).catch(() => undefined);
    throw error;
  }
}

/** Plays the session; true only if all of it was seen. `only` chooses scenes by a part of their names. */
export async function playSession({ only, ...where }) {
  const session = await openSession(where);
  for (const name of SCENE_NAMES) {
    if (only && !name.includes(only)) continue;
    try {
      await playScene(session, name);
    } catch (error) {
      console.error(
        `The scene "${name}" was not seen: ${error instanceof Error ? error.message : String(error)}`,
      );
      return false;
    }
  }
  console.log(`All of the session was seen: ${session.stops} stops.`);
  return true;
}
