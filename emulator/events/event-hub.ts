import { EVENT_KINDS, type EventKind, type MachineEvent } from './events';

/** Hears an event; `true` asks the machine to stop right there, at the event. */
// A listener that only listens returns nothing.
// eslint-disable-next-line @typescript-eslint/no-invalid-void-type
export type EventListener = (event: MachineEvent) => boolean | void;

/** The list of a kind that nobody listens to. */
const NOBODY: readonly EventListener[] = [];

/** What may happen while a device is accessed, beside the access itself. */
const DURING_ACCESSES: readonly EventKind[] = [
  'list-register',
  'virtual-interrupt-line',
  'maintenance-interrupt',
  'timer-expiry',
];

/** Carries events from the parts of the machine to whoever subscribed. */
export class EventHub {
  /** Who listens to each kind: a new list whenever that changes. */
  private readonly listeners: Record<EventKind, readonly EventListener[]>;
  private readonly interests: Record<EventKind, boolean>;
  /** How many of them do more than count. */
  private readonly watchers: Record<EventKind, number>;
  /** Vectors that a listener need not hear of. */
  private readonly known = new Map<EventListener, ReadonlySet<number>>();
  /**
   * True while somebody who may look at the core's registers, or stop it, hears of what happens in the middle of an access
   * to a device, or anybody of the accesses themselves.
   */
  watchesAccesses = false;
  /** Events that asked for a stop since the run loop last looked (it takes and clears them). */
  readonly stops: MachineEvent[] = [];
  /** Called when a listener asked for a stop, so that the engine ends after the current instruction. */
  onStop: () => void = () => {};

  /** Called when a kind of event has its first listener, or its last one is gone. */
  onInterest: (kind: EventKind, wanted: boolean) => void = () => {};

  /** @param now gives virtual time in ns. */
  constructor(private readonly now: () => number) {
    this.watchers = Object.fromEntries(EVENT_KINDS.map((kind) => [kind, 0])) as typeof this.watchers;
    this.listeners = Object.fromEntries(EVENT_KINDS.map((kind) => [kind, NOBODY])) as typeof this.listeners;
    this.interests = Object.fromEntries(EVENT_KINDS.map((kind) => [kind, false])) as typeof this.interests;
  }

  /** True of a kind that somebody listens to; publishers build no event otherwise. */
  get wants(): Readonly<Record<EventKind, boolean>> {
    return this.interests;
  }

  /** As `wants`, of an exception whose vector is at `address` (signed). */
  wantsAt(kind: EventKind, address: number): boolean {
    if (!this.interests[kind]) return false;
    for (const listener of this.listeners[kind])
      if (this.known.get(listener)?.has(address) !== true) return true;
    return false;
  }

  /**
   * Subscribes to the given kinds. The function returned ends the subscription.
   * @param counts The listener only counts: it looks at no register of a core, and never asks for a stop.
   * @param known Addresses (signed) of vectors, more and more: the listener need not hear of exceptions there.
   */
  subscribe(
    kinds: readonly EventKind[],
    listener: EventListener,
    { counts = false, known }: { readonly counts?: boolean; readonly known?: ReadonlySet<number> } = {},
  ): () => void {
    if (known !== undefined) this.known.set(listener, known);
    const { listeners, watchers, interests } = this;
    for (const kind of kinds) {
      if (listeners[kind].includes(listener)) continue;
      const first = !this.interests[kind];
      listeners[kind] = [...listeners[kind], listener];
      if (!counts) watchers[kind]++;
      interests[kind] = true;
      if (first) this.onInterest(kind, true);
    }
    this.interestChanged();
    return () => {
      for (const kind of kinds) {
        if (!listeners[kind].includes(listener)) continue;
        const others = listeners[kind].filter((other) => other !== listener);
        listeners[kind] = others.length === 0 ? NOBODY : others;
        if (!counts) watchers[kind]--;
        interests[kind] = others.length !== 0;
        if (others.length === 0) this.onInterest(kind, false);
      }
      this.known.delete(listener);
      this.interestChanged();
    };
  }

  private interestChanged(): void {
    const { interests, watchers } = this;
    this.watchesAccesses = interests.mmio || DURING_ACCESSES.some((kind) => watchers[kind] !== 0);
  }

  /** Tells every listener of the event's kind; a listener that returns true stops the machine at this event. */
  publish(event: MachineEvent): void {
    const listeners = this.listeners[event.kind];
    if (listeners === NOBODY) return;
    event.time = this.now();
    let stop = false;
    for (const listener of listeners) if (listener(event) === true) stop = true;
    if (stop) {
      this.stops.push(event);
      this.onStop();
    }
  }
}
