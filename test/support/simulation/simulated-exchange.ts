import { FaultyCore } from '../../../src/simulator/faults/faulty-core.js';
import type { InProcessSocket } from '../../../src/simulator/in-process/in-process-socket.js';
import { InProcessTransport } from '../../../src/simulator/in-process/in-process-transport.js';
import type { Ledger } from '../../../src/simulator/ledger/ledger.js';
import { RandomMarket } from '../../../src/simulator/market/random-market.js';
import type { VenueCore } from '../../../src/simulator/venue-core.js';
import { defaultSymbolsOf, newVenueCore } from '../../../src/simulator/venues.js';
import type { Fetch } from '../../../src/sources/rest/rest-client.js';
import type { Dial } from '../../../src/sources/websocket/dial.js';
import type { FrameWitness } from './frame-witness.js';
import type { VenueRun } from './plan.js';
import type { ProcessLife } from './process-life.js';

/** How long a market has traded before a run begins: what snapshots and pages can reach. */
const HISTORY_MS = 60_000;
/** The quiet symbol trades often enough that the end of a run need not wait for it for long. */
const QUIET_TRADES_PER_SECOND = 0.1;

/** A simulated venue that lives through a whole run, with its faults, its ledger, and all the clients that it has had. */
export class SimulatedExchange {
  readonly core: VenueCore;
  readonly transport: InProcessTransport;
  /** Connections that were open and ended, however they did, while their client was alive. */
  disconnects = 0;
  restRequests = 0;

  constructor(
    readonly run: VenueRun,
    seed: number,
    startMs: number,
    readonly witness: FrameWitness,
  ) {
    const names = run.markets.map(({ venueSymbol }) => venueSymbol);
    const symbols = defaultSymbolsOf(run.venue).filter(({ symbol }) => names.includes(symbol));
    const market = new RandomMarket({
      ...{ seed, rate: run.rate, startTimeMs: startMs - HISTORY_MS },
      symbols: symbols.map((symbol) =>
        'share' in symbol.activity ? symbol : { ...symbol, activity: { tradesPerSecond: QUIET_TRADES_PER_SECOND } },
      ),
    });
    const limits = run.connectionMaxMs === undefined ? {} : { limits: { connectionMaxAgeMs: run.connectionMaxMs } };
    this.core = new FaultyCore(newVenueCore({ venue: run.venue, market, ...limits }), run.faults);
    this.transport = new InProcessTransport({ core: this.core });
    this.transport.advance(startMs);
  }

  get ledger(): Ledger {
    return this.core.ledger;
  }

  /** How a daemon reaches the venue by socket, as long as it lives. */
  dial(life: ProcessLife): Dial {
    return (url, handlers) => {
      let isOpen = false;
      const socket: InProcessSocket = this.transport.connect(url, {
        onOpen: () => {
          isOpen = true;
          if (life.alive) handlers.onOpen();
        },
        onFrame: (frame) => {
          if (!life.alive) return;
          this.witness.saw(frame);
          handlers.onFrame(frame);
        },
        onSignOfLife: () => life.alive && handlers.onSignOfLife(),
        onEnd: (end) => {
          if (!life.alive) return;
          takeBack();
          if (isOpen) this.disconnects += 1;
          handlers.onEnd(end);
        },
      });
      const takeBack = life.onKill(() => socket.terminate());
      return socket;
    };
  }

  /** And how by REST. */
  fetch(life: ProcessLife): Fetch {
    return (url, { timeoutMs }) => {
      this.restRequests += 1;
      const patience = new AbortController();
      const timer = life.clock.setTimeout(() => patience.abort(new Error(`no answer in ${timeoutMs} ms`)), timeoutMs);
      const answer = this.transport.rest({ url }, patience.signal).finally(() => life.clock.clearTimeout(timer));
      return life.heard(
        answer.then(({ status, headers, body }) => ({ status, retryAfter: headers['retry-after'] ?? null, location: null, body })),
      );
    };
  }
}
