import type { MachineStep } from '../actors/venue-actor-types.js';
import { formatUs } from '../codec/json/time.js';
import type { Transition } from '../machines/transition.js';
import { rowsParcel, type Outlet } from './parcel.js';

/** Transitions that wait to be written; beyond it the oldest are dropped and counted. */
const WAITING_MAX = 10_000;

/** Collects every transition of every machine for the table `feed_events`. */
export class EventLog {
  #rows: object[] = [];
  dropped = 0;

  step({ exchange, machine, subject, transition }: MachineStep): void {
    this.#add(`${exchange}:${subject}`, machine, transition);
  }

  part(machine: string, transition: Transition): void {
    this.#add('', machine, transition);
  }

  #add(feed: string, machine: string, { at, region, event, from, to, changed, guards }: Transition): void {
    if (this.#rows.length >= WAITING_MAX) {
      this.#rows.shift();
      this.dropped += 1;
    }
    this.#rows.push({
      at: formatUs(Math.round(at * 1_000), 6, 'rfc3339'),
      ...{ feed, machine, region, event },
      ...{ from_state: from, to_state: to, context: JSON.stringify(changed), guards: [...guards] },
    });
  }

  /** Sends the collected rows; they wait for the next call while the outlet is full. */
  flush(outlet: Outlet): void {
    if (this.#rows.length === 0 || outlet.isFull) return;
    outlet.send(rowsParcel('feed_events', this.#rows));
    this.#rows = [];
  }
}
