// Drives the workbench as a person would: keys, clicks, and reading what is on the screen.
import { workbenchUrl } from './server.mjs';

export class Workbench {
  constructor(page) {
    this.page = page;
  }

  /** Opens a folder or a workspace and waits until everything is restored. */
  static async open(page, server, what) {
    const workbench = new Workbench(page);
    await page.goto(workbenchUrl(server, what));
    await page.locator('.monaco-workbench').waitFor();
    await page.waitForFunction(() => globalThis.driver?.whenWorkbenchRestored);
    await page.evaluate(() => globalThis.driver.whenWorkbenchRestored());
    return workbench;
  }

  /** Runs a command by its title in the command palette. */
  async command(title) {
    await this.pick('F1', `>${title}`, title);
  }

  /** Opens a file by its name. `tab` is the name on its tab. */
  async openFile(name, tab = name.split('/').at(-1)) {
    await this.pick('Control+P', name, tab);
    await this.page.locator(`.tab[data-resource-name="${tab}"]`).waitFor();
    await this.page.locator('.editor-instance .view-line').first().waitFor();
  }

  /**
   * Starts a launch configuration by its name. Until the extension host has registered the debug type, VS Code shows no
   * list, closes the box that was just opened, or loses the start without a word: then anew.
   */
  async startByName(name) {
    const quickInput = this.page.locator('.quick-input-widget');
    const row = this.page.locator('.quick-input-list .monaco-list-row', { hasText: name }).first();
    const started = this.page.locator('.codicon-debug-stop, .codicon-debug-disconnect').first();
    for (let round = 0; ; round++) {
      await this.page.keyboard.press('Control+P');
      try {
        await quickInput.locator('input.input').fill('debug ', { timeout: 3000 });
        await row.click({ timeout: 3000 });
        await started.waitFor({ timeout: 10000 });
        return;
      } catch (error) {
        if (round === 5) throw error;
        if (await quickInput.isVisible()) await this.page.keyboard.press('Escape');
      }
    }
  }

  /**
   * Opens the quick input with a key, types, and takes the first row that has the text. VS Code closes the box when the
   * focus goes elsewhere, as at a stop that comes late: then anew.
   */
  async pick(key, typed, text) {
    const box = this.page.locator('.quick-input-widget input.input');
    const row = this.page.locator('.quick-input-list .monaco-list-row', { hasText: text }).first();
    for (let round = 0; ; round++) {
      await this.page.keyboard.press(key);
      try {
        await box.fill(typed, { timeout: 5000 });
        await row.waitFor({ timeout: 5000 });
        break;
      } catch (error) {
        if (round === 5) throw error;
        if (await box.isVisible()) await this.page.keyboard.press('Escape');
      }
    }
    await this.page.keyboard.press('Enter');
    await this.page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
  }

  /** Shows the debug side bar and waits for the launch configuration: before that, F5 would be lost. */
  async showDebug(configuration) {
    await this.page.keyboard.press('Control+Shift+D');
    await this.page.locator('.start-debug-action-item', { hasText: configuration }).waitFor();
  }

  pane(title) {
    const header = this.page.locator('.pane-header .title', { hasText: new RegExp(`^${title}$`, 'i') });
    return this.page.locator('.pane', { has: header });
  }

  async expand(title) {
    const header = this.pane(title).locator('.pane-header');
    await header.waitFor();
    if ((await header.getAttribute('aria-expanded')) !== 'true') await header.click();
  }

  async collapse(title) {
    const header = this.pane(title).locator('.pane-header');
    if ((await header.getAttribute('aria-expanded')) === 'true') await header.click();
  }

  rows(title) {
    return this.pane(title).locator('.monaco-list-row');
  }

  /** The texts of the rows on screen, each on one line. */
  texts(title) {
    return this.rows(title).evaluateAll((rows) =>
      rows.map((row) => {
        const words = [];
        const walker = document.createTreeWalker(row, 4 /* text */);
        while (walker.nextNode()) words.push(walker.currentNode.textContent);
        return words.join(' ').replace(/\s+/g, ' ').trim();
      }),
    );
  }

  /** Waits until a row of a pane has the text. */
  async waitForRow(title, text) {
    await this.rows(title).filter({ hasText: text }).first().waitFor();
  }

  /** The line that is marked as executing, undefined when none is. */
  stoppedLine() {
    return this.page.evaluate(() => {
      const mark = document.querySelector('.debug-top-stack-frame-line')?.parentElement;
      if (!mark) return undefined;
      return Math.round(parseFloat(mark.style.top) / parseFloat(mark.style.height)) + 1;
    });
  }

  async waitForStop() {
    await this.page.locator('.codicon-debug-continue').first().waitFor();
  }

  async waitForEnd() {
    await this.page.locator('.codicon-debug-stop').first().waitFor({ state: 'hidden' });
  }

  async toggleBreakpoint(line) {
    const number = this.page.locator('.editor-instance .margin-view-overlays .line-numbers', {
      hasText: new RegExp(`^${line}$`),
    });
    const box = await number.first().boundingBox();
    await this.page.mouse.click(box.x - 9, box.y + box.height / 2);
  }

  /** Types into the debug console and waits for an answer that has the text. */
  async evaluate(expression, answer) {
    await this.command('Debug Console: Focus on Debug Console View');
    await this.page.keyboard.type(expression);
    await this.page.keyboard.press('Enter');
    await this.page.locator('.repl .monaco-list-row', { hasText: answer }).first().waitFor();
  }

  screenshot(path) {
    return this.page.screenshot({ path });
  }
}
