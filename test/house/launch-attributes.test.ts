// The table of launch attributes: what is refused, and with which words.
import assert from 'node:assert/strict';
import { parseAddress, parseSize } from '../../debug-adapter/protocol/attribute-shapes';
import { launchProblems } from '../../debug-adapter/protocol/launch-validation';
import { withAbsolutePaths } from '../../extension/launch/configuration-paths';
import { posix } from 'node:path';

const messages = (given: unknown): string[] => launchProblems(given).map(({ message }) => message);

/** Exactly one problem, of this attribute, whose message has all these words. */
function refuses(given: unknown, attribute: string, ...words: string[]): void {
  const problems = launchProblems(given);
  assert.deepEqual(
    problems.map((problem) => problem.attribute),
    [attribute],
    JSON.stringify(problems),
  );
  for (const word of words)
    assert.ok(problems[0].message.includes(word), `${problems[0].message} lacks ${word}`);
}

describe('launch attributes', () => {
  it('accept a configuration with none of them, and what the editor adds', () => {
    assert.deepEqual(messages({}), []);
    assert.deepEqual(
      messages({ type: 'worldswitch', request: 'launch', name: 'x', preLaunchTask: 'y', __sessionId: 'z' }),
      [],
    );
  });

  it('name the nearest attribute for an unknown one', () => {
    refuses({ kernal: 'a' }, 'kernal', "Did you mean 'kernel'?");
    refuses({ StopOnEntry: true }, 'StopOnEntry', "Did you mean 'stopOnEntry'?");
    refuses({ guest: { kernle: 'a' } }, 'guest.kernle', "Did you mean 'kernel'?");
  });

  it('say what a value must be', () => {
    refuses({ cpus: 9 }, 'cpus', '9', 'from 1 to 8');
    refuses({ cpus: 1.5 }, 'cpus');
    refuses({ memory: '1M' }, 'memory', 'from 16M');
    refuses({ memory: 'lots' }, 'memory');
    refuses({ board: 'vert' }, 'board', '"virt"', 'Did you mean "virt"');
    refuses({ stopOn: 'hypTrap' }, 'stopOn', 'a list');
    refuses({ stopOn: ['hyptrap'] }, 'stopOn[0]', '"hypTrap"');
    refuses({ stopOn: [{ event: 'hypTrap', hitCount: 0 }] }, 'stopOn[0].hitCount', 'from 1');
    refuses({ load: [{ file: 'a' }] }, 'load[0].address', 'missing');
    refuses({ consoles: { 'gest 1': 'terminal' } }, 'consoles.gest 1', 'guest 1');
    refuses({ kernel: '' }, 'kernel', 'a path');
    refuses('kernel', '', 'object');
    refuses(null, '', 'object');
    refuses({ cpus: JSON.parse('"__proto__"') as string }, 'cpus');
  });

  it('refuse contradictions and say which attribute to remove', () => {
    refuses({ sample: 'kvm-arm', kernel: 'a' }, 'sample', 'remove one');
    refuses({ kernel: 'a', guest: { kernel: 'b' } }, 'guest', "remove 'kernel'");
    refuses({ append: 'console=ttyAMA0' }, 'append', "'guest.append'");
    refuses({ loadAddress: '0x40008000' }, 'loadAddress', "no 'kernel'");
    refuses({ kernel: 'a', format: 'elf', entry: 0 }, 'entry', '"raw"');
    refuses({ kernel: 'a', format: 'raw' }, 'format', "'loadAddress'");
    refuses({ virtualization: false }, 'virtualization', 'hypervisor');
    refuses({ kernel: 'a', virtualization: false, listRegisters: 4 }, 'listRegisters', 'remove one');
    refuses({ firmware: 'f', kernel: 'a' }, 'firmware', "'kernel'", 'remove one');
    refuses({ firmware: 'f', sample: 'kvm-arm' }, 'firmware', "'sample'");
    refuses({ firmware: 'f', append: 'x' }, 'append', "no 'kernel'");
    refuses({ secure: true }, 'secure', 'sample');
    refuses({ dtb: 'd' }, 'dtb', "'firmware'");
    refuses({ virtio: ['network'] }, 'virtio[0]', '"entropy"');
    refuses({ disks: Array.from({ length: 33 }, () => 'd') }, 'disks', '32');
    refuses({ guest: { initrd: 'a' } }, 'guest', "'guest.kernel'");
    refuses({ guest: { disk: 'a' } }, 'guest', "'guest.disk'", "'guest.kernel'");
    const dom0 = [{ file: 'z', kind: 'linux-zimage' }];
    refuses({ modules: dom0 }, 'modules', "no 'kernel'");
    refuses({ kernel: 'a', modules: dom0, virtualization: false }, 'modules', 'Hyp mode');
    refuses({ kernel: 'a', modules: [] }, 'modules', 'exactly one', 'linux-zimage');
    refuses({ kernel: 'a', modules: [...dom0, ...dom0] }, 'modules', 'exactly one');
    refuses({ kernel: 'a', modules: dom0, initrd: 'i' }, 'initrd', "'modules'", 'linux-initrd');
    refuses(
      { kernel: 'a', modules: [...dom0, { file: 'i', kind: 'linux-initrd', append: 'x' }] },
      'modules',
      'belongs to the kernel',
    );
  });

  it('accept every attribute in its right place', () => {
    assert.deepEqual(
      messages({
        kernel: 'a.bin',
        format: 'raw',
        loadAddress: '0x40008000',
        entry: 0x40008000,
        load: [{ file: 'b', address: '0x48000000' }],
        board: 'virt',
        cpus: 2,
        memory: '1G',
        virtualization: true,
        secure: true,
        disks: ['disk.img', 'other.img'],
        virtio: ['console', 'entropy', 'console'],
        listRegisters: 8,
        dtb: 'generated',
        initrd: 'c',
        append: '',
        symbols: [{ file: 'd', world: 'guest 1', privilege: 'PL0', slide: '0x1000', phase: 'virtual' }],
        sourceMap: { '/build/linux': '../linux' },
        stopOnEntry: true,
        runTo: 'hyp:0x40008000',
        stopOn: ['worldEnter', { event: 'hypTrap', condition: 'ec == 0x12', hitCount: 3 }],
        consoles: { host: 'terminal', 'host 2': 'hvc0.log', 'guest 1': 'guest.log' },
        instructionLimit: 1e9,
        protocolTrace: 'trace.log',
      }),
      [],
    );
  });

  it('accept an address for an Image, which has no header to say it', () => {
    assert.deepEqual(messages({ kernel: 'a', format: 'Image', loadAddress: '0x40208000' }), []);
  });

  it('accept Xen with its modules', () => {
    const modules = [
      { file: 'z', kind: 'linux-zimage', append: 'console=hvc0' },
      { file: 'i', kind: 'linux-initrd' },
    ];
    assert.deepEqual(messages({ kernel: 'xen', append: 'dom0_mem=128M', modules }), []);
  });

  it('read sizes and addresses', () => {
    assert.equal(parseSize('512M'), 2 ** 29);
    assert.equal(parseSize('1GiB'), 2 ** 30);
    assert.equal(parseSize('0x1000'), 4096);
    assert.equal(parseSize(-1), undefined);
    assert.equal(parseSize('12T'), undefined);
    assert.equal(parseAddress('0xff_ff'), undefined);
    assert.equal(parseAddress('0x10000000000'), undefined);
    assert.equal(parseAddress('0xffffffffff'), 2 ** 40 - 1);
    assert.equal(parseAddress(' 64 '), 64);
  });

  it('are made absolute where they are paths, and only there', () => {
    assert.deepEqual(
      withAbsolutePaths(
        {
          name: 'kernel',
          kernel: 'build/hyp.elf',
          dtb: 'generated',
          append: 'root=/dev/vda',
          load: [{ file: 'blob', address: '0x40000000' }],
          modules: [{ file: 'vmlinuz', kind: 'linux-zimage' }],
          guest: { kernel: '/abs/zImage', append: 'quiet' },
          consoles: { host: 'terminal', 'guest 1': 'out.log' },
          sourceMap: { 'src/': 'sources' },
        },
        '/ws',
        posix,
      ),
      {
        name: 'kernel',
        kernel: '/ws/build/hyp.elf',
        dtb: 'generated',
        append: 'root=/dev/vda',
        load: [{ file: '/ws/blob', address: '0x40000000' }],
        modules: [{ file: '/ws/vmlinuz', kind: 'linux-zimage' }],
        guest: { kernel: '/abs/zImage', append: 'quiet' },
        consoles: { host: 'terminal', 'guest 1': '/ws/out.log' },
        sourceMap: { 'src/': '/ws/sources' },
      },
    );
    assert.deepEqual(withAbsolutePaths({ dtb: 'a.dtb' }, '/ws', posix), { dtb: '/ws/a.dtb' });
  });
});
