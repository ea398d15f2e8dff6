/**
 * GICH once more, with a frame for each core: through it any core reaches the virtual interface of any other, where the
 * frame at GICH's own address is always the accessing core's (Cortex-A15 TRM, DDI 0438I, 8.2.1, table 8-1).
 */
import type { AccessSize, BusAccess, Device, DeviceState } from '../devices/device';

/** Bytes of a core's frame. */
const FRAME_BYTES = 0x200;

export class HypervisorFrames implements Device {
  readonly size = 0x1000;
  readonly selfContained = true;

  /** @param gich answers for the core that an access names. */
  constructor(
    readonly name: string,
    private readonly gich: Device,
    private readonly cores: number,
  ) {}

  read(offset: number, size: AccessSize, access: BusAccess): number {
    const core = this.coreOf(offset);
    return core === undefined ? 0 : this.gich.read(offset % FRAME_BYTES, size, { ...access, core });
  }
  write(offset: number, size: AccessSize, value: number, access: BusAccess): boolean {
    const core = this.coreOf(offset);
    return core === undefined || this.gich.write(offset % FRAME_BYTES, size, value, { ...access, core });
  }
  peek(offset: number, size: AccessSize, access: BusAccess): number | undefined {
    const core = this.coreOf(offset);
    return core === undefined ? 0 : this.gich.peek(offset % FRAME_BYTES, size, { ...access, core });
  }

  private coreOf(offset: number): number | undefined {
    const core = Math.floor(offset / FRAME_BYTES);
    return core < this.cores ? core : undefined;
  }

  reset(): void {
    // The state is GICH's.
  }
  save(): DeviceState {
    return {};
  }
  restore(): void {
    // The state is GICH's.
  }
}
