// The consoles of the host and of the guests.

/**
 * `host`, the machine's first console; `host 2`, `host 3` … its others; or `guest 1`, `guest 2` … by the number of the
 * VM. All but the first appear when something is printed to them.
 */
export type ConsoleName = 'host' | `host ${number}` | `guest ${number}`;

/** Body of the event `worldswitch/consoleOutput`. */
export interface ConsoleOutput {
  console: ConsoleName;
  /** Decoded from UTF-8; a character split over two outputs arrives whole in the second. */
  text: string;
}

/** Body of the event `worldswitch/consoles`: sent after launch and whenever a console appears or goes. */
export interface ConsolesChanged {
  consoles: ConsoleName[];
}

export interface ConsoleInputArguments {
  console: ConsoleName;
  /** Sent to the console's device as UTF-8. Enter is `\r`. */
  text: string;
}
