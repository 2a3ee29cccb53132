import type { Ledger } from '../ledger/ledger.js';
import { Random } from '../random.js';
import type { ConnectionId, ConnectRequest, ConnectResult, Outgoing, RestRequest, RestResponse, VenueCore } from '../venue-core.js';
import { ActiveFaults } from './active-faults.js';
import { askForEarlier, askForFewer, cutBody, tellWrongTotals } from './damage.js';
import type { FaultName } from './fault-kinds.js';
import { FaultLink } from './fault-link.js';
import type { Fault, FaultOf, FaultPlan } from './fault-plan.js';
import { type DueFault, FaultSchedule } from './fault-schedule.js';
import { SkewedClock } from './skewed-clock.js';

const EXPIRED = 1001;

/** Any venue's way to subscribe. */
const SUBSCRIBE = /"(?:method|type|op)"\s*:\s*"subscribe"/i;

/** What happens at once to a connection. */
type Strike = FaultOf<'disconnect' | 'dayCut' | 'reset' | 'silence' | 'oversize'>;

/**
 * A venue behind a network, and with a mood, that keep to a plan: a pure layer between the venue's core and whatever carries
 * its frames. The market and the ledger know nothing of it: what got lost here was traded, and stands in the ledger as sent.
 */
export class FaultyCore implements VenueCore {
  readonly ledger: Ledger;
  readonly #core: VenueCore;
  readonly #plan: FaultPlan;
  readonly #schedule: FaultSchedule;
  readonly #active: ActiveFaults;
  readonly #random: Random;
  readonly #clock = new SkewedClock();
  readonly #links = new Map<ConnectionId, FaultLink>();
  #startMs: number | null = null;
  #reachedMs = 0;

  constructor(core: VenueCore, plan: FaultPlan) {
    this.ledger = core.ledger;
    this.#core = core;
    this.#plan = plan;
    this.#schedule = new FaultSchedule(plan);
    this.#active = new ActiveFaults(plan.seed);
    this.#random = new Random(plan.seed, 'faults');
  }

  /** How many frames, messages, requests or connections each fault has met so far. */
  get met(): ReadonlyMap<FaultName, number> {
    return this.#active.counts;
  }

  get behind(): boolean {
    return this.#core.behind;
  }

  get ended(): boolean {
    return this.#core.ended;
  }

  get unpaced(): boolean {
    return this.#core.unpaced;
  }

  connect(request: ConnectRequest, nowMs: number): ConnectResult {
    this.#start(nowMs);
    const refuse = this.#active.meeting('refuseConnect');
    if (refuse !== null) return { accepted: false, response: this.#core.restRefusal(refuse.status, null) };
    const result = this.#core.connect(request, this.#clock.read(nowMs));
    if (result.accepted) this.#links.set(result.connection, new FaultLink(result.connection, nowMs, this.#active, this.#plan.seed));
    return result;
  }

  disconnect(id: ConnectionId): void {
    this.#links.delete(id);
    this.#core.disconnect(id);
  }

  receive(id: ConnectionId, text: string, nowMs: number): readonly Outgoing[] {
    return this.#incoming(id, nowMs, (venueMs) => {
      if (SUBSCRIBE.test(text)) {
        if (this.#active.meeting('loseSubscribe') !== null) return [];
        if (this.#active.meeting('refuseSubscribe') !== null) return this.#core.refuse(id, text, venueMs);
      }
      return this.#core.receive(id, text, venueMs);
    });
  }

  refuse(id: ConnectionId, text: string, nowMs: number): readonly Outgoing[] {
    return this.#incoming(id, nowMs, (venueMs) => this.#core.refuse(id, text, venueMs));
  }

  ping(id: ConnectionId, nowMs: number): readonly Outgoing[] {
    return this.#incoming(id, nowMs, (venueMs) => this.#core.ping(id, venueMs));
  }

  pong(id: ConnectionId, payload: string, nowMs: number): readonly Outgoing[] {
    return this.#incoming(id, nowMs, (venueMs) => this.#core.pong(id, payload, venueMs));
  }

  /** Stops at each moment where a fault begins or ends, so that it meets what it should however large the step is. */
  advance(nowMs: number, maxTrades?: number): readonly Outgoing[] {
    const out: Outgoing[] = [];
    out.push(...this.#start(nowMs));
    for (;;) {
      const stepMs = this.#nextStop(nowMs);
      for (const link of this.#links.values()) link.release(stepMs, out);
      this.#pass(this.#core.advance(this.#clock.read(stepMs), maxTrades), stepMs, out);
      // Trades of this step are still to come: it is not over.
      if (this.#core.behind) break;
      this.#reachedMs = stepMs;
      this.#beginDue(stepMs, out);
      if (stepMs >= nowMs) break;
    }
    return out;
  }

  pause(nowMs: number): void {
    this.#start(nowMs);
    this.#core.pause(this.#clock.read(nowMs));
  }

  resume(nowMs: number): void {
    this.#start(nowMs);
    this.#core.resume(this.#clock.read(nowMs));
  }

  shutdown(nowMs: number, graceMs: number): void {
    this.#start(nowMs);
    this.#core.shutdown(this.#clock.read(nowMs), graceMs);
  }

  venueTimeMs(nowMs: number): number {
    return this.#core.venueTimeMs(this.#clock.read(nowMs));
  }

  rest(request: RestRequest, nowMs: number): RestResponse {
    this.#start(nowMs);
    const refusal = this.#active.meeting('restStatus');
    if (refusal !== null) return this.#core.restRefusal(refusal.status, refusal.retryAfterMs === 0 ? null : refusal.retryAfterMs);
    let { url } = request;
    if (this.#active.meeting('restShortPage') !== null) url = askForFewer(url, this.#random);
    const overlap = this.#active.meeting('restOverlap');
    if (overlap !== null) url = askForEarlier(url, overlap.rows);
    let response = this.#core.rest({ ...request, url }, this.#clock.read(nowMs));
    if (this.#active.meeting('restWrongTotals') !== null) response = tellWrongTotals(response);
    if (this.#active.meeting('restTruncate') !== null) response = cutBody(response, this.#random);
    const delay = this.#active.meeting('restDelay');
    if (delay !== null) response = { ...response, delayMs: delay.delayMs };
    return this.#active.meeting('restTimeout') === null ? response : { ...response, delayMs: Infinity };
  }

  restRefusal(status: number, retryAfterMs: number | null): RestResponse {
    return this.#core.restRefusal(status, retryAfterMs);
  }

  /** The plan begins with the first thing that happens. */
  #start(nowMs: number): readonly Outgoing[] {
    const out: Outgoing[] = [];
    if (this.#startMs === null) {
      this.#startMs = nowMs;
      this.#reachedMs = nowMs;
      this.#beginDue(nowMs, out);
    }
    return out;
  }

  #nextStop(nowMs: number): number {
    const reachedMs = this.#reachedMs;
    const untilMs = this.#schedule.untilNextMs(reachedMs - this.#startMs!, this.venueTimeMs(reachedMs));
    const stops = [reachedMs + untilMs, this.#active.nextEndMs()].filter((timeMs) => timeMs > reachedMs);
    return Math.min(nowMs, ...stops);
  }

  #beginDue(nowMs: number, out: Outgoing[]): void {
    this.#active.expire(nowMs);
    for (const due of this.#schedule.takeDue(nowMs - this.#startMs!, this.#dueVenueTimeMs(nowMs))) this.#begin(due, nowMs, out);
    for (const link of this.#links.values()) if (link.overfull) this.#break(link, out);
  }

  /** The clock may be set before it is first read: then nothing is due by it yet. */
  #dueVenueTimeMs(nowMs: number): number {
    return nowMs === this.#startMs ? -Infinity : this.venueTimeMs(nowMs);
  }

  #begin({ fault, label }: DueFault, nowMs: number, out: Outgoing[]): void {
    if ('forMs' in fault) {
      const targets = fault.pick === 'one' ? new Set(this.#picked(fault).map(({ id }) => id)) : null;
      this.#active.begin(fault, label, nowMs + fault.forMs, targets);
      return;
    }
    if (fault.fault === 'clockSkew') {
      this.#clock.moveTo(fault.offsetMs, fault.overMs, nowMs);
      this.#active.count('clockSkew');
    } else if (fault.fault === 'serverShutdown') {
      this.#core.shutdown(this.#clock.read(nowMs), fault.graceMs);
      this.#active.count('serverShutdown');
    } else {
      for (const link of this.#picked(fault)) this.#strike(fault, link, nowMs, out);
    }
  }

  /** A fault that happens at once to one connection. */
  #strike(fault: Strike, link: FaultLink, nowMs: number, out: Outgoing[]): void {
    const { id: connection } = link;
    if (fault.fault === 'dayCut' && nowMs - link.openedMs < fault.olderThanMs) return;
    this.#active.count(fault.fault);
    switch (fault.fault) {
      case 'disconnect':
      case 'dayCut':
        this.#core.disconnect(connection);
        link.pass({ connection, kind: 'close', code: fault.fault === 'dayCut' ? EXPIRED : fault.code, reason: '' }, nowMs, out);
        return;
      case 'reset':
        this.#break(link, out);
        return;
      case 'silence':
        link.frozen = true;
        link.drop();
        out.push({ connection, kind: 'freeze' });
        return;
      case 'oversize':
        link.oversizeBytes = fault.bytes;
    }
  }

  #break(link: FaultLink, out: Outgoing[]): void {
    link.drop();
    this.#core.disconnect(link.id);
    out.push({ connection: link.id, kind: 'reset' });
  }

  /** The living connections that a fault is for. */
  #picked({ pick }: Fault): readonly FaultLink[] {
    const living = [...this.#links.values()].filter(({ frozen, ended }) => !frozen && !ended);
    return pick === 'one' && living.length > 1 ? [living[this.#random.below(living.length)]!] : living;
  }

  #incoming(id: ConnectionId, nowMs: number, tell: (venueMs: number) => readonly Outgoing[]): readonly Outgoing[] {
    const link = this.#links.get(id);
    if (link === undefined || link.frozen || link.ended) return [];
    const out: Outgoing[] = [];
    this.#pass(tell(this.#clock.read(nowMs)), nowMs, out);
    return out;
  }

  #pass(items: readonly Outgoing[], nowMs: number, out: Outgoing[]): void {
    for (const item of items) this.#links.get(item.connection)?.pass(item, nowMs, out);
  }
}
