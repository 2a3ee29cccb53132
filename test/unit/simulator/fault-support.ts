import type { FaultInput } from '../../../src/simulator/faults/fault-plan.js';
import { faultPlan } from '../../../src/simulator/faults/fault-plan.js';
import { FaultyCore } from '../../../src/simulator/faults/faulty-core.js';
import { InProcessTransport } from '../../../src/simulator/in-process/in-process-transport.js';
import type { InProcessSocket, SocketEnd } from '../../../src/simulator/in-process/in-process-socket.js';
import { RandomMarket } from '../../../src/simulator/market/random-market.js';
import type { VenueCore } from '../../../src/simulator/venue-core.js';
import type { VenueName } from '../../../src/simulator/venues.js';
import { defaultSymbolsOf, newVenueCore } from '../../../src/simulator/venues.js';
import { START_MS } from './support.js';

export function venueCore(venue: VenueName, seed = 1, rate = 200): VenueCore {
  return newVenueCore({ venue, market: new RandomMarket({ seed, startTimeMs: START_MS, rate, symbols: defaultSymbolsOf(venue) }) });
}

export function faulty(faults: readonly FaultInput[], venue: VenueName = 'binance', seed = 1): FaultyCore {
  return new FaultyCore(venueCore(venue, seed), faultPlan(seed, faults));
}

/** Where trades of the busiest symbol of a venue are had, and how they are asked for. */
export const listening: Readonly<
  Record<VenueName, { readonly url: string; readonly symbol: string; readonly subscribe: readonly object[] }>
> = {
  binance: { url: '/ws', symbol: 'BTCUSDT', subscribe: [{ method: 'SUBSCRIBE', params: ['btcusdt@trade'], id: 1 }] },
  coinbase: {
    url: '/',
    symbol: 'BTC-USD',
    subscribe: [
      { type: 'subscribe', channel: 'heartbeats' },
      { type: 'subscribe', channel: 'market_trades', product_ids: ['BTC-USD'] },
    ],
  },
  kraken: {
    url: '/v2',
    symbol: 'BTC/USD',
    subscribe: [{ method: 'subscribe', params: { channel: 'trade', symbol: ['BTC/USD'], snapshot: false }, req_id: 1 }],
  },
};

/** A client that notes all that it hears, and when. */
export class Listener {
  readonly frames: string[] = [];
  readonly bytes: number[] = [];
  readonly signs: number[] = [];
  readonly ends: SocketEnd[] = [];
  readonly events: string[] = [];
  readonly socket: InProcessSocket;
  nowMs = START_MS;

  constructor(transport: InProcessTransport, url: string, messages: readonly object[] = []) {
    this.socket = transport.connect(`ws://venue${url}`, {
      onOpen: () => {
        this.#note('open');
        for (const message of messages) this.socket.send(JSON.stringify(message));
      },
      onFrame: (frame) => {
        this.frames.push(Buffer.from(frame).toString('latin1'));
        this.bytes.push(frame.length);
        this.#note(`frame ${this.frames.at(-1)!.slice(0, 60)}`);
      },
      onSignOfLife: () => {
        this.signs.push(this.nowMs);
        this.#note('sign of life');
      },
      onEnd: (end) => {
        this.ends.push(end);
        this.#note(`end ${end.kind}`);
      },
    });
  }

  /** The ids of the trades that could be read, in the order of arrival. */
  ids(): readonly number[] {
    return this.frames.flatMap((frame) => [...frame.matchAll(/"(?:t|trade_id)":"?(\d+)"?[,}]/g)].map(([, id]) => Number(id)));
  }

  #note(what: string): void {
    this.events.push(`${this.nowMs - START_MS} ${what}`);
  }
}

export interface Run {
  readonly core: VenueCore;
  readonly transport: InProcessTransport;
  readonly listener: Listener;
  /** Lets time pass in steps of 10 ms up to so long after the start. */
  readonly to: (afterMs: number, stepMs?: number) => void;
}

/** A venue with faults, and one client that listens to its busiest symbol. */
export function runOf(faults: readonly FaultInput[], venue: VenueName = 'binance', seed = 1): Run & { readonly core: FaultyCore } {
  const core = faulty(faults, venue, seed);
  const transport = new InProcessTransport({ core });
  transport.advance(START_MS);
  const { url, subscribe } = listening[venue];
  const listener = new Listener(transport, url, subscribe);
  let nowMs = START_MS;
  return {
    core,
    transport,
    listener,
    to(afterMs, stepMs = 10) {
      while (nowMs < START_MS + afterMs) {
        nowMs = Math.min(nowMs + stepMs, START_MS + afterMs);
        listener.nowMs = nowMs;
        transport.advance(nowMs);
      }
    },
  };
}
