import { createActor, type ActorRefFrom, type StateValue } from 'xstate';
import type { Clock } from '../domain/clock.js';
import { feedMachine } from '../machines/feed/feed.machine.js';
import type { Tier } from '../machines/feed/degradation.js';
import {
  feedOwnership,
  type FeedEvent,
  type FeedOptions,
  type FeedRequest,
  type Suspension,
  type Trouble,
} from '../machines/feed/feed-types.js';
import type { Transition } from '../machines/transition.js';
import type { FeedTallies } from './feed-tallies.js';
import { recordTransitions, regionPaths, TransitionRing } from './record-transitions.js';

export interface FeedActorOptions {
  readonly exchange: string;
  /** Canonical. */
  readonly symbol: string;
  readonly tier: Tier;
  /** Whether the venue's ids can prove that nothing is missing. */
  readonly provable: boolean;
  readonly feed: FeedOptions;
}

export interface FeedActorPorts {
  readonly clock: Clock;
  /** Where its trades are counted. */
  readonly tallies: FeedTallies;
  onRequest(request: FeedRequest): void;
  onTransition(transition: Transition): void;
}

export type FeedRegion = keyof typeof feedOwnership;

/** Full status of a feed. */
export interface FeedReport {
  readonly exchange: string;
  readonly symbol: string;
  readonly tier: Tier;
  readonly connection: string;
  readonly continuity: string;
  readonly degradation: string;
  /** When each region entered its state, ms since the epoch. */
  readonly since: Readonly<Record<FeedRegion, number>>;
  readonly suspension: Suspension | null;
  readonly trouble: Trouble | null;
  readonly connectionId: number | null;
  readonly trades: number;
  readonly lastTradeId: string | null;
  /** us since the epoch. */
  readonly lastEventTime: number | null;
  /** When the last trade was counted, ms since the epoch: distinguishes a quiet symbol from a stale socket. */
  readonly lastTradeAtMs: number | null;
  /** The last 50, oldest first. */
  readonly transitions: readonly Transition[];
}

/** States in which the symbol's trades arrive. */
const LIVE: readonly string[] = ['live', 'rollingOver'];

/** States in which a trade is evidence about the current connection. */
const CONNECTED: readonly string[] = [...LIVE, 'subscribing'];

/** Runs one feed's machine, and keeps its last transitions and its tallies. */
export class FeedActor {
  readonly #actor: ActorRefFrom<typeof feedMachine>;
  readonly #ring = new TransitionRing();
  readonly #since: Record<FeedRegion, number>;
  #states: Readonly<Record<FeedRegion, string>>;
  /** Its slot in the tallies. */
  readonly place: number;
  /** Frequently used parts of the machine's context. */
  #firstTradeSeen = false;
  #connectionId: number | null = null;

  constructor(
    readonly options: FeedActorOptions,
    readonly ports: FeedActorPorts,
  ) {
    const { tier, provable, feed } = options;
    const now = (): number => ports.clock.now();
    this.place = ports.tallies.admit();
    this.#since = { connection: now(), continuity: now(), degradation: now() };
    this.#actor = createActor(feedMachine, {
      input: { tier, provable, options: feed, now },
      clock: ports.clock,
      inspect: recordTransitions(
        { owned: feedOwnership, statesOf: feedStates, now, onTransition: (transition) => this.#record(transition) },
        () => this.#actor,
      ),
    });
    this.#states = feedStates(this.#actor.getSnapshot().value);
    this.#actor.subscribe(({ context }) => {
      this.#firstTradeSeen = context.firstTradeSeen;
      this.#connectionId = context.connectionId;
      this.#await();
    });
    this.#actor.on('*', (request) => ports.onRequest(request));
    this.#actor.start();
  }

  /** Whether the symbol's trades arrive. */
  get isLive(): boolean {
    return LIVE.includes(this.#states.connection);
  }

  send(event: FeedEvent): void {
    this.#actor.send(event);
  }

  get symbol(): string {
    return this.options.symbol;
  }

  /** The symbol's connection, whether or not its trades arrive yet. */
  get connectionId(): number | null {
    return this.#connectionId;
  }

  /** The connection that delivers the symbol's trades, or null while none does. */
  get liveOn(): number | null {
    return this.isLive ? this.#connectionId : null;
  }

  /** Trades arrived: called while the tallies say that the feed waits for them. */
  tradesCame(): void {
    this.#actor.send({ type: 'trade.first' });
  }

  /** Sets in the tallies whether the feed waits for trades. */
  #await(): void {
    this.ports.tallies.await(this.place, !this.#firstTradeSeen && CONNECTED.includes(this.#states.connection));
  }

  report(): FeedReport {
    const { exchange, symbol } = this.options;
    const { connectionId, suspension, tier, trouble } = this.#actor.getSnapshot().context;
    const { trades, lastTradeId, lastEventTime, lastTradeAtMs } = this.ports.tallies.of(this.place);
    const isCounted = trades > 0;
    return {
      exchange,
      symbol,
      tier,
      ...this.#states,
      since: { ...this.#since },
      suspension,
      trouble,
      connectionId,
      trades,
      lastTradeId: isCounted ? String(lastTradeId) : null,
      lastEventTime: isCounted ? lastEventTime : null,
      lastTradeAtMs: isCounted ? lastTradeAtMs : null,
      transitions: this.#ring.list(),
    };
  }

  #record(transition: Transition): void {
    const region = transition.region as FeedRegion;
    if (transition.from !== transition.to) {
      this.#since[region] = transition.at;
      this.#states = { ...this.#states, [region]: transition.to };
      this.#await();
    }
    this.#ring.push(transition);
    this.ports.onTransition(transition);
  }
}

/** `online` groups states in the chart; readers do not need it. */
function feedStates(value: StateValue): Readonly<Record<FeedRegion, string>> {
  const { connection = '', continuity = '', degradation = '' } = regionPaths(value);
  return { connection: connection.replace('online.', ''), continuity, degradation };
}
