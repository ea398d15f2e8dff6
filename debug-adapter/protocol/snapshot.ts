// The one request that the views make at a stop. Every view asks for its part only while it is visible.
//
// Stops are numbered from 1 in the order in which they are reported; the `stopped` event's body carries the
// number as `stopNumber`. A snapshot carries the number of the stop it shows, so a client that has meanwhile
// seen a later stop, or a resume, drops the late answer.
import type { GuestsPart } from './guests-view';
import type { HostPart } from './host-view';
import type { ListRegistersPart } from './list-registers-view';
import type { Stage2Part } from './stage2-view';
import type { Status } from './status';

export interface SnapshotParts {
  guests: GuestsPart;
  host: HostPart;
  stage2: Stage2Part;
  listRegisters: ListRegistersPart;
}

export interface SnapshotArguments {
  /** The stop the client wants to show. Another stop, or a running machine, answers without any part. */
  stopNumber: number;
  /** The parts wanted; none gives the status alone. */
  parts: (keyof SnapshotParts)[];
}

export interface Snapshot extends Partial<SnapshotParts> {
  /** The machine's present stop, 0 while it runs. Parts and status are present only when it is the one asked for. */
  stopNumber: number;
  status?: Status;
}

/** What the body of DAP's `stopped` event holds besides DAP's own members. */
export interface StoppedEventExtra {
  stopNumber: number;
}
