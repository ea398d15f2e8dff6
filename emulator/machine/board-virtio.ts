/**
 * What is plugged into the virtio-mmio transports of a board. As QEMU does with the devices on its command line, the
 * first one goes to the last transport, the next one to the transport before it, and so on.
 */
import type { BusMaster } from '../devices/bus-master';
import type { Device, InterruptLine } from '../devices/device';
import { EmptyVirtioTransport } from '../devices/empty-devices';
import { VirtioBlock } from '../devices/virtio/block';
import { VirtioConsole } from '../devices/virtio/console';
import { CopyOnWriteDisk } from '../devices/virtio/disk';
import { VirtioEntropy } from '../devices/virtio/entropy';
import { VirtioMmio } from '../devices/virtio/mmio-transport';
import type { VirtioDevice } from '../devices/virtio/virtio-device';
import type { Clock } from '../state/clock';
import type { ConsolePort } from './console-port';

/** A virtio device to be plugged in. */
export type VirtioPlug =
  | {
      readonly kind: 'block';
      /** The disk's bytes; they are never written. */
      readonly image: Uint8Array;
    }
  | { readonly kind: 'console' }
  | { readonly kind: 'entropy' };

/** One transport of a board. */
export interface VirtioSlot {
  /** The device's name, for example `virtio_mmio@a003e00`. */
  readonly name: string;
  readonly line: InterruptLine;
}

export interface VirtioSlots {
  /** One for each slot, in their order. */
  readonly transports: readonly Device[];
  readonly consoles: readonly ConsolePort[];
  /** Disks as their images, and nothing typed: beside the reset of the transports, power-on. */
  powerOn(): void;
}

interface Plugged {
  readonly device: VirtioDevice;
  readonly console?: ConsolePort;
  powerOn(): void;
}

/** @throws RangeError when there are more devices than slots */
export function plugVirtio(
  plugs: readonly VirtioPlug[],
  slots: readonly VirtioSlot[],
  surroundings: { readonly clock: Clock; readonly memory: BusMaster; readonly entropySeed: number },
): VirtioSlots {
  if (plugs.length > slots.length)
    throw new RangeError(`the board has ${slots.length} virtio transports, not ${plugs.length}`);
  const plugged = plugs.map((plug) => make(plug, surroundings.entropySeed));
  const transports = slots.map(({ name, line }, slot) => {
    const device = plugged[slots.length - 1 - slot]?.device;
    return device === undefined
      ? new EmptyVirtioTransport(name)
      : new VirtioMmio(name, device, { ...surroundings, line });
  });
  return {
    transports,
    consoles: plugged.flatMap(({ console }) => (console === undefined ? [] : [console])),
    powerOn: () => {
      for (const one of plugged) one.powerOn();
    },
  };
}

function make(plug: VirtioPlug, entropySeed: number): Plugged {
  switch (plug.kind) {
    case 'block': {
      const disk = new CopyOnWriteDisk(plug.image);
      return { device: new VirtioBlock(disk), powerOn: () => disk.discardChanges() };
    }
    case 'console': {
      const device = new VirtioConsole((byte) => console.onOutput(byte));
      const console: ConsolePort = {
        name: 'virtio-console',
        onOutput: () => {},
        input: (bytes) => device.receive(bytes),
      };
      return { device, console, powerOn: () => device.restart() };
    }
    case 'entropy': {
      const device = new VirtioEntropy(entropySeed);
      return { device, powerOn: () => device.restart() };
    }
  }
}
