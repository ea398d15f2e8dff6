// What a person sees at a stop, read from the screen.

/** A scene of the session saw something else than it should. */
export class NotSeen extends Error {}

export class Screen {
  constructor(workbench) {
    this.workbench = workbench;
    this.page = workbench.page;
    this.last = '';
  }

  /** The status bar's words on where the machine stands, e.g. `hyp PL2 4,127,733`. */
  async status() {
    const item = this.page.locator('.statusbar-item[id*="worldswitch.status"]');
    return (await item.count()) === 0 ? '' : (await item.first().innerText()).replace(/\s+/g, ' ').trim();
  }

  /** Whether the machine leaves its last stop within this time, in milliseconds. */
  async moved(limit) {
    const deadline = performance.now() + limit;
    while ((await this.status()) === this.last) {
      if (performance.now() > deadline) return false;
      await this.page.waitForTimeout(20);
    }
    return true;
  }

  /** Waits until the machine stands at another position than at the stop before. */
  async nextStop(limit = 60000) {
    const deadline = performance.now() + limit;
    for (;;) {
      const status = await this.status();
      if (status !== '' && !status.includes('running') && status !== this.last) {
        this.last = status;
        return status;
      }
      if (this.last !== '' && status === '') throw new NotSeen('the session ended before the next stop');
      if (performance.now() > deadline)
        throw new NotSeen(`no stop within ${limit / 1000} s; the status bar says "${status}"`);
      await this.page.waitForTimeout(20);
    }
  }

  /** The exception widget's title and sentence, waited for; its details stay on the screen. */
  async exception() {
    const widget = this.page.locator('.exception-widget').first();
    await widget.waitFor();
    const title = await widget.locator('.title .label').first().innerText();
    const description = await widget.locator('.description').first().innerText();
    return `${title.replace(/^Exception has occurred: /, '')}: ${description}`.replace(/\s+/g, ' ').trim();
  }

  /** `function file line` of the selected frame; with one thread alone no row is selected, and the first is meant. */
  async frame() {
    const frames = this.workbench
      .pane('Call Stack')
      .locator('.monaco-list-row', { has: this.page.locator('.stack-frame') });
    await frames.first().waitFor();
    const selected = this.workbench
      .pane('Call Stack')
      .locator('.monaco-list-row.selected', { has: this.page.locator('.stack-frame') });
    const row = (await selected.count()) > 0 ? selected.first() : frames.first();
    return (await row.innerText()).replace(/\s+/g, ' ').trim();
  }

  /** The rows of one of our views. */
  rows(view) {
    return this.workbench.texts(view);
  }

  /** The row of a view that matches, waited for. */
  async row(view, pattern) {
    for (let round = 0; round < 100; round++) {
      const found = (await this.rows(view)).find((text) => pattern.test(text));
      if (found) return found;
      await this.page.waitForTimeout(50);
    }
    throw new NotSeen(`${view} has no row ${pattern}: ${(await this.rows(view)).join(' | ')}`);
  }
}
