// The command line's options: made from the table of launch attributes, each mistake answered with what is right.
import assert from 'node:assert/strict';
import {
  COMMANDS,
  CommandLineError,
  attributeOptions,
  helpText,
  parseCommandLine,
  type CommandName,
} from '../../debug-adapter/protocol/command-line-options';

const words = (line: string): string[] => line.split(' ').filter((word) => word !== '');

function refuses(line: string, ...expected: string[]): void {
  assert.throws(
    () => parseCommandLine(words(line)),
    (error: unknown) =>
      error instanceof CommandLineError && expected.every((word) => error.message.includes(word)),
    `${line} should be refused with ${expected.join(', ')}`,
  );
}

describe('command-line options', () => {
  it('set launch attributes', () => {
    assert.deepEqual(
      parseCommandLine(
        words(
          'run --kernel a@b.elf --board virt --virtualization off --cpus 2 --memory 1G --initrd i --dtb d --append=x --load f@0x48000000 --load g@h@64 --serial out.txt --max-instructions 1_000_000',
        ),
      ),
      {
        command: 'run',
        help: false,
        events: [],
        launch: {
          kernel: 'a@b.elf',
          board: 'virt',
          virtualization: false,
          cpus: 2,
          memory: '1G',
          initrd: 'i',
          dtb: 'd',
          append: 'x',
          load: [
            { file: 'f', address: '0x48000000' },
            { file: 'g@h', address: '64' },
          ],
          consoles: { host: 'out.txt' },
          instructionLimit: 1000000,
        },
      },
    );
  });

  it('name the modules of Xen, a command line behind the kind', () => {
    const { launch } = parseCommandLine([
      ...words('run --kernel xen --module i@linux-initrd --module'),
      'a@b z@linux-zimage console=hvc0 root=x@y',
    ]);
    assert.deepEqual(launch.modules, [
      { file: 'i', kind: 'linux-initrd' },
      { file: 'a@b z', kind: 'linux-zimage', append: 'console=hvc0 root=x@y' },
    ]);
  });

  it('may be given again and again where an attribute is a list', () => {
    assert.deepEqual(
      parseCommandLine(
        words(
          'run --firmware f --secure on --disk a --disk b --virtio console --virtio entropy --serial stdio --serial second.txt',
        ),
      ).launch,
      {
        firmware: 'f',
        secure: true,
        disks: ['a', 'b'],
        virtio: ['console', 'entropy'],
        consoles: { host: 'terminal', 'host 2': 'second.txt' },
      },
    );
    refuses('run --kernel a --virtio disk', '--virtio', '"console"');
  });

  it('have some of their own', () => {
    const line = parseCommandLine(
      words(
        'kvm --guest-kernel z --guest-append q --serial stdio --until login: --events a,b --events c --stats -',
      ),
    );
    assert.deepEqual(line, {
      command: 'kvm',
      help: false,
      launch: { sample: 'kvm-arm', guest: { kernel: 'z', append: 'q' }, consoles: { host: 'terminal' } },
      until: 'login:',
      events: ['a', 'b', 'c'],
      stats: '-',
    });
    assert.equal(parseCommandLine(words('dap --port 4711')).port, 4711);
  });

  it('say what guests there are', () => {
    assert.deepEqual(
      parseCommandLine(words('kvm --vms 2 --guest-cpus 2 --guest-memory 32M --cpus 2')).launch,
      { sample: 'kvm-arm', cpus: 2, guest: { count: 2, cpus: 2, memory: '32M' } },
    );
    refuses('kvm --vms 5', '--vms', 'from 1 to 4');
    refuses('kvm --guest-memory 1M', '--guest-memory', '4M to 768M');
    refuses('kvm --guest-append quiet', '--guest-append', '--guest-kernel');
    refuses('run --kernel a --vms 2', "'worldswitch kvm'");
  });

  it('are explained by help, every one', () => {
    for (const command of Object.keys(COMMANDS) as CommandName[]) {
      const help = helpText(command);
      for (const { option } of attributeOptions(command))
        assert.ok(help.includes(`--${option.name} ${option.value}`));
      assert.ok(parseCommandLine([command, '--help']).help);
    }
    assert.ok(parseCommandLine([]).help);
    assert.ok(helpText().includes('worldswitch COMMAND'));
  });

  it('answer mistakes with what is right', () => {
    refuses('rum', "Did you mean 'run'?");
    refuses('run', '--kernel FILE');
    refuses('run image.elf', '--kernel image.elf');
    refuses('run --kernel', '--kernel FILE');
    refuses('run --kernel --cpus 1', '--kernel FILE');
    refuses('run --kernel a --bord virt', 'Did you mean --board?');
    refuses('run --kernel a --cpus many', 'from 1 to 8');
    refuses('run --kernel a --virtualization yes', 'on or off');
    refuses('run --kernel a --load blob', 'FILE@ADDRESS');
    refuses('run --kernel a --load blob@here', 'address');
    refuses('run --kernel a --module vmlinuz', 'FILE@KIND');
    refuses('run --kernel a --module vmlinuz@linux-zImage', '"linux-zimage"');
    refuses('run --kernel a --board vexpress', '"virt"');
    refuses('run --guest-kernel a', "'worldswitch kvm'");
    refuses('kvm --kernel a', "'worldswitch run'");
    refuses('dap --port 65536', '65535');
    refuses('run --kernel a --virtualization off --list-registers 4', '--list-registers', '--virtualization');
    refuses('run --kernel a --format raw', '--load-address');
  });
});
