import type { EventKind, MachineEvent } from './events';

/** Hears an event; `true` asks the machine to stop right there, at the event. */
// A listener that only listens returns nothing.
// eslint-disable-next-line @typescript-eslint/no-invalid-void-type
export type EventListener = (event: MachineEvent) => boolean | void;

/** Carries events from the parts of the machine to whoever subscribed. */
export class EventHub {
  private readonly listeners = new Map<EventKind, Set<EventListener>>();
  /** Events that asked for a stop since the run loop last looked (it takes and clears them). */
  readonly stops: MachineEvent[] = [];
  /** Called when a listener asked for a stop, so that the engine ends after the current instruction. */
  onStop: () => void = () => {};

  /** Called when a kind of event has its first listener, or its last one is gone. */
  onInterest: (kind: EventKind, wanted: boolean) => void = () => {};

  /** @param now gives virtual time in ns. */
  constructor(private readonly now: () => number) {}

  /** True when somebody listens to `kind`; publishers build no event otherwise. */
  wanted(kind: EventKind): boolean {
    return this.listeners.has(kind);
  }

  /** Subscribes to the given kinds. The function returned ends the subscription. */
  subscribe(kinds: readonly EventKind[], listener: EventListener): () => void {
    for (const kind of kinds) {
      const set = this.listeners.get(kind) ?? new Set();
      set.add(listener);
      const first = !this.listeners.has(kind);
      this.listeners.set(kind, set);
      if (first) this.onInterest(kind, true);
    }
    return () => {
      for (const kind of kinds) {
        const set = this.listeners.get(kind);
        set?.delete(listener);
        if (set?.size === 0 && this.listeners.delete(kind)) this.onInterest(kind, false);
      }
    };
  }

  /** Tells every listener of the event's kind; a listener that returns true stops the machine at this event. */
  publish(event: MachineEvent): void {
    const set = this.listeners.get(event.kind);
    if (set === undefined) return;
    event.time = this.now();
    let stop = false;
    for (const listener of [...set]) if (listener(event) === true) stop = true;
    if (stop) {
      this.stops.push(event);
      this.onStop();
    }
  }
}
