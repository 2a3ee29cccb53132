import type { Ledger } from '../../../src/simulator/ledger/ledger.js';
import { startSimulator, type Simulator } from '../../../src/simulator/start-simulator.js';
import { defaultSymbolsOf } from '../../../src/simulator/venues.js';
import { fetchRest } from '../../../src/sources/rest/fetch-rest.js';
import type { Fetch } from '../../../src/sources/rest/rest-client.js';
import { dialWebSocket } from '../../../src/sources/websocket/dial-websocket.js';
import type { Dial } from '../../../src/sources/websocket/dial.js';
import type { ReachableExchange } from '../../support/simulation/daemon-life.js';
import type { FrameWitness } from '../../support/simulation/frame-witness.js';
import type { JudgedExchange } from '../../support/simulation/judge.js';
import type { VenueRun } from '../../support/simulation/plan.js';
import type { ProcessLife } from '../../support/simulation/process-life.js';

const HISTORY_MS = 30_000;

/** A simulated venue on real sockets. */
export class SocketExchange implements ReachableExchange, JudgedExchange {
  disconnects = 0;

  private constructor(
    readonly run: VenueRun,
    readonly simulator: Simulator,
    readonly witness: FrameWitness,
  ) {}

  static async start(run: VenueRun, seed: number, witness: FrameWitness): Promise<SocketExchange> {
    const { venue, rate, faults, markets } = run;
    const names = markets.map(({ venueSymbol }) => venueSymbol);
    const symbols = defaultSymbolsOf(venue).filter(({ symbol }) => names.includes(symbol));
    return new SocketExchange(run, await startSimulator({ venue, seed, rate, faults, symbols, historyMs: HISTORY_MS }), witness);
  }

  get ledger(): Ledger {
    return this.simulator.ledger;
  }

  dial(life: ProcessLife): Dial {
    const dial = dialWebSocket({ nowMs: () => Date.now() });
    return (url, handlers) => {
      let isOpen = false;
      const connection = dial(url, {
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
      const takeBack = life.onKill(() => connection.terminate());
      return connection;
    };
  }

  fetch(life: ProcessLife): Fetch {
    const fetch = fetchRest();
    return (url, ask) => life.heard(fetch(url, ask));
  }
}
