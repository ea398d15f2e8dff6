// How long a person waits: from F5 to the mark of the first stop, in a real VS Code.
import { join } from 'node:path';
import { openBrowser } from '../vscode/browser.mjs';
import { startServer } from '../vscode/server.mjs';
import { Workbench } from '../vscode/workbench.mjs';
import { median } from './processor-time.mjs';

/**
 * Presses F5 until a session starts, and gives the time of the press that started it: before the extension host has
 * registered the debug type, VS Code loses the key without a word.
 */
async function pressF5(page) {
  const started = page.locator('.codicon-debug-stop, .codicon-debug-disconnect').first();
  for (let round = 0; ; round++) {
    const begin = performance.now();
    await page.keyboard.press('F5');
    try {
      await started.waitFor({ timeout: 15_000 });
      return begin;
    } catch (error) {
      if (round === 5) throw error;
    }
  }
}

/** As `showDebug`, again when a busy machine has lost the key. */
async function showConfiguration(workbench, name) {
  for (let round = 0; ; round++) {
    try {
      await workbench.showDebug(name);
      return;
    } catch (error) {
      if (round === 3) throw error;
    }
  }
}

/** Seconds from F5 to the first stop on the screen: of a window's first session, and the median of later ones. */
export async function firstStop(root, rounds) {
  const server = await startServer({ automation: true, trusted: true });
  const browser = await openBrowser().catch(async (error) => {
    await server.stop();
    throw error;
  });
  try {
    const workbench = await Workbench.open(browser.page, server, {
      workspace: join(root, 'samples', 'kvm-arm', 'kvm-arm.code-workspace'),
      development: [root],
    });
    await showConfiguration(workbench, 'KVM/ARM: Boot sample');
    const mark = browser.page.locator('.debug-top-stack-frame-line').first();
    const times = [];
    for (let round = 0; round < rounds; round++) {
      const begin = await pressF5(browser.page);
      await mark.waitFor({ state: 'attached', timeout: 120_000 });
      times.push((performance.now() - begin) / 1000);
      await browser.page.keyboard.press('Shift+F5');
      await workbench.waitForEnd();
      await mark.waitFor({ state: 'detached' });
    }
    return { first: times[0], later: median(times.slice(1)) };
  } finally {
    await browser.close();
    await server.stop();
  }
}
