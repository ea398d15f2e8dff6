/**
 * Stops at events: exception filters with their conditions, and the launch attribute `stopOn`. An event that nobody
 * asked for has no listener; a false condition is decided without leaving the machine.
 */
import type { MachineEvent } from '../../emulator';
import { STOP_EVENTS } from '../protocol/stop-events';
import { STOP_SOURCES, type EventFields, type EventSite } from './event-fields';
import type { HitCondition } from './hit-condition';

export interface EventStop {
  /** A name of STOP_EVENTS. */
  readonly name: string;
  readonly condition?: (fields: EventFields, event: MachineEvent) => boolean;
  readonly hitCondition?: HitCondition;
  hits: number;
}

export interface EventHit {
  readonly stop: EventStop;
  readonly event: MachineEvent;
  readonly fields: EventFields;
  /** A condition that could not be evaluated. */
  readonly problem?: string;
}

export class EventStops {
  private readonly groups = new Map<string, readonly EventStop[]>();
  private unsubscribe: (() => void)[] = [];
  /** The first stop of the present piece of running; taken by whoever runs the machine. */
  hit: EventHit | undefined;

  constructor(private readonly site: EventSite) {}

  /** Replaces the stops of one origin (`filters`, `stopOn`). @throws Error in words for a name that is not known */
  set(group: string, stops: readonly EventStop[]): void {
    for (const { name } of stops)
      if (STOP_SOURCES[name] === undefined)
        throw new Error(
          `there is no event '${name}'; known are ${STOP_EVENTS.map((event) => event.name).join(', ')}`,
        );
    this.groups.set(group, stops);
    for (const end of this.unsubscribe) end();
    this.unsubscribe = [...this.groups.values()].flat().map((stop) => this.listen(stop));
  }

  private listen(stop: EventStop): () => void {
    const source = STOP_SOURCES[stop.name]!;
    return this.site.machine.events.subscribe(source.kinds, (event) => {
      if (source.applies?.(event) === false) return false;
      const fields = source.fields(event, this.site);
      let problem: string | undefined;
      try {
        if (stop.condition !== undefined && !stop.condition(fields, event)) return false;
      } catch (error) {
        problem = error instanceof Error ? error.message : String(error);
      }
      stop.hits++;
      if (stop.hitCondition !== undefined && !stop.hitCondition(stop.hits)) return false;
      this.hit ??= { stop, event, fields, ...(problem !== undefined && { problem }) };
      return true;
    });
  }
}
