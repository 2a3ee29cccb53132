import { setTimeout as sleep } from 'node:timers/promises';
import { SeracError } from '../../../src/errors.js';
import { venueNamed } from '../../../src/exchanges/registry.js';
import { Random } from '../../../src/simulator/random.js';
import { daemonConfig } from '../../support/simulation/daemon-config.js';
import { DaemonLife, type SimulatedMachine } from '../../support/simulation/daemon-life.js';
import { FrameWitness } from '../../support/simulation/frame-witness.js';
import { judge } from '../../support/simulation/judge.js';
import { MachineFiles } from '../../support/simulation/machine-files.js';
import { notingLog } from '../../support/simulation/noting-log.js';
import type { Plan } from '../../support/simulation/plan.js';
import { ProcessLife } from '../../support/simulation/process-life.js';
import { Sampler } from '../../support/simulation/sampler.js';
import { newTally, wrongOf, type Tally } from '../../support/simulation/tally.js';
import { hasHeardLast, hasHeardSince } from '../../support/simulation/what-was-heard.js';
import type { EmbeddedStore } from './embedded-store.js';
import { SocketExchange } from './socket-exchange.js';

const LOOK_EVERY_MS = 50;
const SETTLE_MAX_MS = 60_000;
const REPAIR_MAX_MS = 90_000;

/** A run in real time, through sockets and the embedded store: as Simulation does it on a virtual clock, but shorter and with less weather. */
export class SocketSimulation {
  readonly tally: Tally = newTally();
  readonly #random: Random;
  readonly #sampler: Sampler;
  #daemon!: DaemonLife;
  #isOver = false;

  private constructor(
    readonly plan: Plan,
    readonly exchange: SocketExchange,
    readonly store: EmbeddedStore,
  ) {
    this.#random = new Random(plan.seed, 'simulation');
    this.#sampler = new Sampler(new Random(plan.seed, 'samples'), this.tally);
  }

  static async run(plan: Plan, store: EmbeddedStore): Promise<{ readonly tally: Tally; readonly wrong: readonly string[] }> {
    const [run] = plan.venues;
    const venue = venueNamed(run!.venue);
    const isStored = (name: string, id: number): boolean => store.acknowledged.tradesOf(run!.venue, venue.toSymbol(name)!).byId.has(id);
    const exchange = await SocketExchange.start(run!, plan.seed, new FrameWitness(run!.venue, isStored));
    const simulation = new SocketSimulation(plan, exchange, store);
    try {
      await simulation.#play();
    } catch (error) {
      simulation.tally.troubles.push(`thrown: ${String(error)}`);
    } finally {
      simulation.#isOver = true;
      simulation.#daemon.kill();
      await exchange.simulator.stop();
    }
    return { tally: simulation.tally, wrong: wrongOf(simulation.tally) };
  }

  async #play(): Promise<void> {
    const { plan, exchange, tally, store } = this;
    const began = Date.now();
    const machine = this.#machine();
    this.#start(machine);
    void this.#look();
    for (const { how, atMs, downMs } of plan.upsets) {
      await sleep(began + atMs - Date.now());
      if (how === 'stop') await this.#daemon.stop();
      tally[how === 'stop' ? 'stops' : 'kills'] += 1;
      this.#daemon.kill();
      exchange.witness.lifeEnded(how === 'stop');
      await sleep(downMs);
      this.#start(machine);
    }
    await sleep(began + plan.activeMs - Date.now());
    let liveSince: number | null = null;
    await this.#until('the feeds did not come back', SETTLE_MAX_MS, () => {
      if (this.#daemon.allLive) liveSince ??= exchange.simulator.core.venueTimeMs(Date.now());
      else liveSince = null;
      return liveSince !== null && hasHeardSince(exchange, liveSince);
    });
    exchange.simulator.pause();
    await this.#until('something is owed for ever', REPAIR_MAX_MS, () => {
      const { gaps, windows, rows } = this.#daemon.owed;
      return gaps === 0 && windows === 0 && rows === 0 && hasHeardLast(exchange);
    });
    await this.#daemon.stop();
    exchange.witness.lifeEnded(true);
    tally.disconnects = exchange.disconnects;
    tally.virtualMs = Date.now() - began;
    const { opened, closed } = store.acknowledged.gaps.counts;
    tally.gapsOpened = opened;
    tally.gapsClosed = closed;
    const { tables, duplicates } = await store.read();
    if (duplicates > 0) tally.duplicates.push(`${duplicates} rows of the views are there twice`);
    judge(exchange, tables, tally, false);
    for (const gap of await store.openGaps(exchange.run.venue)) tally.troubles.push(`a gap is listed for ever: ${JSON.stringify(gap)}`);
  }

  #machine(): SimulatedMachine {
    const { plan, exchange, store, tally } = this;
    const { wsUrl, restUrl } = exchange.simulator;
    const venues = { [exchange.run.venue]: { ws: [wsUrl], rest: [restUrl] } };
    return {
      ...{ exchanges: [exchange], store, queueBatchesMax: plan.queueBatchesMax, config: daemonConfig(plan, { venues }) },
      files: new MachineFiles(new Random(plan.seed, 'disk'), () => false),
      random: () => this.#random.next(),
      heapUsed: () => 0,
      log: notingLog('silent', () => Date.now(), {
        onTrouble: (trouble) => void tally.troubles.push(trouble),
        onUncleanStop: () => undefined,
      }),
    };
  }

  #start(machine: SimulatedMachine): void {
    const clock = {
      now: () => Date.now(),
      setTimeout: (run: () => void, delayMs: number): unknown => setTimeout(run, delayMs),
      clearTimeout: (timer: unknown): void => clearTimeout(timer as NodeJS.Timeout),
    };
    this.#daemon = new DaemonLife(new ProcessLife(clock, this.plan.clockOffsetMs), machine);
    this.#daemon.start();
  }

  async #look(): Promise<void> {
    for (;;) {
      await sleep(this.plan.sampleEveryMs);
      if (this.#isOver) return;
      // A process that is killed while it is asked never answers.
      if (this.#daemon.isRunning && this.#daemon.life.alive)
        void this.#sampler.look(this.exchange, this.#daemon.daemon.views, Date.now()).catch((error: unknown) => {
          // A daemon beside this one that stops ends the reads of all: a client asks again later.
          const isAway = error instanceof SeracError && error.code === 'store.unavailable';
          if (!this.#isOver && !isAway) this.tally.troubles.push(`served: ${String(error)}`);
        });
    }
  }

  async #until(trouble: string, maxMs: number, what: () => boolean): Promise<void> {
    const untilMs = Date.now() + maxMs;
    while (!what()) {
      if (Date.now() > untilMs) {
        this.tally.troubles.push(`${trouble}: ${JSON.stringify(this.#daemon.owed)}`);
        return;
      }
      await sleep(LOOK_EVERY_MS);
    }
  }
}
