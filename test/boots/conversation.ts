/** A conversation with a console: each line is typed when the prompt for it has come. The same here and on QEMU. */

/** What is typed at which prompt, in order. */
export type Script = readonly { readonly prompt: string; readonly line: string }[];

/** The lines of a script that has one prompt throughout. */
export const atPrompt = (prompt: string, ...lines: readonly string[]): Script =>
  lines.map((line) => ({ prompt, line }));

export class Conversation {
  /** All that the console has printed. */
  text = '';
  private next = 0;
  /** Where the search for the next prompt begins. */
  private from = 0;

  constructor(private readonly script: Script) {}

  /** What the console printed; gives what is to be typed now. */
  hear(output: string): string {
    this.text += output;
    const step = this.script[this.next];
    if (step === undefined) return '';
    const at = this.text.indexOf(step.prompt, this.from);
    if (at < 0) {
      this.from = Math.max(this.from, this.text.length - step.prompt.length + 1);
      return '';
    }
    this.from = at + step.prompt.length;
    this.next++;
    return `${step.line}\r`;
  }

  /** The prompt that has not come yet. */
  get waitingFor(): string | undefined {
    return this.script[this.next]?.prompt;
  }

  /**
   * What was printed after a line was typed, up to the next prompt, without the echo.
   * @throws Error when its echo is not there: it was not typed, or it is so long that the shell broke it in two
   */
  answer(line: string): readonly string[] {
    const lines = this.text.replaceAll('\r', '').split('\n');
    const at = lines.findIndex((one) => one.endsWith(line));
    if (at < 0) throw new Error(`the console has no echo of '${line}':\n${this.text.slice(-2000)}`);
    const step = this.script.find((one) => one.line === line);
    const end = lines.findIndex((one, index) => index > at && one.includes(step?.prompt ?? ''));
    return lines.slice(at + 1, end < 0 ? undefined : end);
  }
}

/** A script as a conversation that has not begun; a conversation as it is. */
export const conversationOf = (script: Script | Conversation): Conversation =>
  script instanceof Conversation ? script : new Conversation(script);
