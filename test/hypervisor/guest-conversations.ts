/** Conversations with several VMs over the host's one console: lines come after "vm1| ", keys go after Ctrl-A and a number. */
import { Conversation, type Script } from '../boots/conversation';

const OF_A_VM = /^vm(\d)\| (.*)$/s;

class GuestConversations extends Conversation {
  /** One for each VM, the first VM's first. */
  readonly of: readonly Conversation[];
  private line = '';

  constructor(script: Script, vms: number) {
    super([]);
    this.of = Array.from({ length: vms }, () => new Conversation(script));
  }

  override hear(output: string): string {
    this.text += output;
    const lines = (this.line + output).split('\n');
    this.line = lines.pop()!;
    return lines.map((line) => this.hearLine(`${line}\n`)).join('');
  }

  override get waitingFor(): string | undefined {
    return this.of.map(({ waitingFor }) => waitingFor).find((prompt) => prompt !== undefined);
  }

  private hearLine(line: string): string {
    const [, vm, text] = OF_A_VM.exec(line) ?? [];
    const keys = vm === undefined ? '' : (this.of[Number(vm) - 1]?.hear(text!) ?? '');
    return keys === '' ? '' : `\x01${vm}${keys}`;
  }
}

/** How many physical CPUs, VMs, and vCPUs of each VM. */
export interface Shape {
  readonly cpus: number;
  readonly vms: number;
  readonly vcpus: number;
}

export const nameOf = ({ cpus, vms, vcpus }: Shape): string => {
  const guests = vms === 1 ? 'one VM' : `${vms} VMs`;
  const each = vcpus === 1 ? 'one vCPU' : `${vcpus} vCPUs`;
  return `${guests} of ${each} on ${cpus === 1 ? 'one CPU' : `${cpus} CPUs`}`;
};

/** The same script for each VM, over one console; a VM alone has it to itself. */
export function guestConversations(
  script: Script,
  vms: number,
): { readonly all: Conversation; readonly of: readonly Conversation[] } {
  if (vms > 1) {
    const all = new GuestConversations(script, vms);
    return { all, of: all.of };
  }
  const all = new Conversation(script);
  return { all, of: [all] };
}
