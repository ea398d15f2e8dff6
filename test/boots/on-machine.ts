/** Boots on the emulated machine and talks to its console until it powers off. */
import { makeTarget } from '../../debug-adapter/launch/target';
import { nodeHost } from '../../debug-adapter/node/node-host';
import type { LaunchConfiguration } from '../../debug-adapter/protocol/launch-attributes';
import type { Machine } from '../../emulator';
import { conversationOf, type Conversation, type Script } from './conversation';

/** More than any of these boots needs. */
const LIMIT = 15e9;
/** Instructions between looks at other things that happen, such as QEMU running beside. */
const SLICE = 5_000_000;

export interface Boot {
  readonly conversation: Conversation;
  readonly machine: Machine;
  /** What was measured, for people. */
  readonly figures: string;
}

/** WORLDSWITCH_ENGINE chooses how instructions are executed, as the attribute `engine` does. */
const ENGINE = process.env['WORLDSWITCH_ENGINE'];

/** A machine with everything of a launch configuration loaded. */
export async function machineFor(configuration: LaunchConfiguration): Promise<Machine> {
  const given = { ...configuration, ...(ENGINE !== undefined && { engine: ENGINE }) };
  return (await makeTarget(given, nodeHost(), { symbols: false })).machine;
}

/** Holds a conversation with the machine's console: keys come at the very instruction after which the prompt is there. */
export function converse(machine: Machine, script: Script | Conversation): Conversation {
  const conversation = conversationOf(script);
  const [console] = machine.consoles;
  console!.onOutput = (byte) => {
    const line = conversation.hear(String.fromCharCode(byte));
    if (line !== '') console!.input(Buffer.from(line));
  };
  return conversation;
}

/** @throws Error with the end of the console when it does not come to the power-off */
export async function bootHere(
  configuration: LaunchConfiguration,
  script: Script | Conversation,
): Promise<Boot> {
  return runToPowerOff(await machineFor(configuration), script);
}

/** @throws Error as `bootHere` */
export async function runToPowerOff(machine: Machine, script: Script | Conversation): Promise<Boot> {
  const conversation = converse(machine, script);
  const begin = performance.now();
  for (;;) {
    const { end } = machine.run(SLICE);
    if (end === 'powered off') break;
    if (end !== 'budget' || machine.retired > LIMIT)
      throw new Error(
        `came to '${end}' after ${machine.retired} instructions${waiting(conversation)}:\n${conversation.text.slice(-2000)}`,
      );
    await new Promise((resolve) => setImmediate(resolve));
  }
  const seconds = (performance.now() - begin) / 1000;
  const atOnce =
    machine.compiler === undefined ? '' : `, ${machine.compiler.mostAtOnce} compiled at once at most`;
  const figures = `${machine.retired} instructions, ${seconds.toFixed(1)} s, ${(machine.retired / seconds / 1e6).toFixed(0)} MIPS${atOnce}`;
  return { conversation, machine, figures };
}

function waiting({ waitingFor }: Conversation): string {
  return waitingFor === undefined ? '' : `, waiting for '${waitingFor}'`;
}
