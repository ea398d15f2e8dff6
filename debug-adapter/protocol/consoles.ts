// The consoles of the host and of the guests.

/** `host`, or `guest 1`, `guest 2` … by the number of the VM. */
export type ConsoleName = 'host' | `guest ${number}`;

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
