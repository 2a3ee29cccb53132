import { createHash } from 'node:crypto';
import { messageOf, SeracError } from '../../../src/errors.js';
import { venueNamed } from '../../../src/exchanges/registry.js';
import { Random } from '../../../src/simulator/random.js';
import { UNWRITTEN } from '../../../src/sinks/batch-files.js';
import { DATA_DIR, daemonConfig } from './daemon-config.js';
import { DaemonLife, type SimulatedMachine } from './daemon-life.js';
import { FeedChanges } from './feed-changes.js';
import { FrameWitness } from './frame-witness.js';
import { judge } from './judge.js';
import { MachineFiles } from './machine-files.js';
import { MemoryTables } from './memory-store/memory-tables.js';
import { notingLog } from './noting-log.js';
import { PoisonedIds } from './poisoned-ids.js';
import type { Episode, Plan } from './plan.js';
import { ProcessLife } from './process-life.js';
import { Sampler } from './sampler.js';
import { SimulatedExchange } from './simulated-exchange.js';
import { StoreProcess } from './store-process.js';
import { StormyStore } from './stormy-store.js';
import { newTally, type Tally } from './tally.js';
import { VirtualClock } from './virtual-clock.js';
import { hasHeardLast, hasHeardSince } from './what-was-heard.js';

const MINUTE_MS = 60_000;

/** Longest wait, after the last fault, until every feed is live and has heard a trade: backoffs grow to two minutes. */
const SETTLE_MAX_MS = 60 * MINUTE_MS;

/** And until all that is owed is repaired: a ban lasts minutes, and requests are few. */
const REPAIR_MAX_MS = 60 * MINUTE_MS;
const LOOK_EVERY_MS = 1_000;

/** Looks in a row at which nothing was owed. */
const LOOKS_AT_REST = 3;
const RESTART_AFTER_MS = 2_000;
const PERSON_EVERY_MS = 5 * MINUTE_MS;

/** By level of pressure, how much of the heap is in use: the daemon's own triggers make the level of it. */
const HEAP_USED_AT = [0, 0.75, 0.85, 0.9, 0.97] as const;

export interface SimulationOptions {
  readonly logLevel?: string;
}

/** One run: exchanges, a store, and a daemon that is killed, stopped, starved and lied to according to a plan, and judged in the end. */
export class Simulation {
  readonly clock: VirtualClock;
  readonly tables = new MemoryTables();
  readonly exchanges: readonly SimulatedExchange[];
  readonly tally: Tally = newTally();
  readonly #random: Random;
  readonly #sampler: Sampler;
  readonly #trace = createHash('sha1');
  readonly #machine: SimulatedMachine;
  readonly #store: StoreProcess;
  readonly #feedChanges: FeedChanges;
  readonly #poison: PoisonedIds | null;
  /** By how much the wall clock was set, ms. */
  #setByMs = 0;
  /** What the log of a life says that ended badly. */
  #hasUncleanStop = false;
  #daemon!: DaemonLife;
  /** No daemon is to run now. */
  #isDown = true;

  constructor(
    readonly plan: Plan,
    options: SimulationOptions = {},
  ) {
    const { seed, startMs, venues } = plan;
    this.clock = new VirtualClock(startMs);
    this.#random = new Random(seed, 'simulation');
    this.exchanges = venues.map((run) => {
      const venue = venueNamed(run.venue);
      const isStored = (venueSymbol: string, id: number): boolean =>
        this.tables.tradesOf(run.venue, venue.toSymbol(venueSymbol)!).byId.has(id);
      return new SimulatedExchange(run, seed, startMs, new FrameWitness(run.venue, isStored));
    });
    this.#sampler = new Sampler(new Random(seed, 'samples'), this.tally);
    this.#poison = plan.poisonEveryIds === undefined ? null : new PoisonedIds(plan.poisonEveryIds);
    const isFull = (): boolean => this.#during(plan.fullDisks).length > 0;
    const files = new MachineFiles(new Random(seed, 'disk'), isFull);
    this.#store = new StoreProcess(this.clock, new Random(seed, 'store process'), files, DATA_DIR);
    const store = new StormyStore(this.tables, this.clock, plan.weather, seed, startMs, this.#poison, this.#store, DATA_DIR, isFull);
    store.onBatch = ({ table, rows, token }) => this.#note(`${table} ${rows} ${token}`);
    this.#machine = {
      ...{ config: daemonConfig(plan), exchanges: this.exchanges, store, files, queueBatchesMax: plan.queueBatchesMax },
      random: () => this.#random.next(),
      heapUsed: () => Math.max(0, ...this.#during(plan.pressure ?? []).map(({ level }) => HEAP_USED_AT[level])),
      log: notingLog(options.logLevel ?? 'silent', () => this.clock.now(), {
        onTrouble: (trouble) => void this.tally.troubles.push(trouble),
        onUncleanStop: () => (this.#hasUncleanStop = true),
      }),
    };
    this.#feedChanges = new FeedChanges(this.clock, this.tally, () => (this.#isDown || !this.#daemon.isRunning ? null : this.#daemon));
  }

  /** A hash of everything that happened, in its order: two runs of one plan have the same. */
  get trace(): string {
    return this.#trace.copy().digest('hex');
  }

  get daemon(): DaemonLife {
    return this.#daemon;
  }

  /** The whole run, to its verdict. */
  async run(): Promise<Tally> {
    await this.play(async () => {
      this.begin();
      await this.clock.sleep(this.plan.activeMs);
      await this.settle();
      await this.end();
    });
    return this.tally;
  }

  /** Plays a script on this run's clock: whatever it waits for, it waits in virtual time. */
  async play(script: () => Promise<void>): Promise<void> {
    await this.clock.run(script());
  }

  /** Sets everything going that the plan has. */
  begin(): void {
    const { clock, plan } = this;
    this.#passTime();
    this.#start();
    this.#look();
    for (const { how, atMs, downMs, losesPower } of plan.upsets)
      clock.setTimeout(() => void (how === 'kill' ? this.kill(downMs, losesPower) : this.stop(downMs)), atMs);
    for (const { atMs, byMs } of plan.wallSteps)
      clock.setTimeout(() => {
        this.#note(`the clock is set by ${byMs}`);
        this.#setByMs += byMs;
      }, atMs);
    for (const { atMs } of plan.storeKills)
      clock.setTimeout(() => {
        if (this.#store.kill()) this.tally.storeKills += 1;
      }, atMs);
    for (const change of plan.feedChanges) clock.setTimeout(() => void this.#feedChanges.make(change), change.atMs);
  }

  /** The faults are over: every feed comes back, and hears a trade, before which nothing can be known to be missing. */
  async settle(): Promise<void> {
    const { clock, plan } = this;
    const episodes = [...plan.weather, ...(plan.pressure ?? []), ...plan.fullDisks, ...plan.feedChanges];
    const lastMs = Math.max(0, ...episodes.map(({ atMs, forMs }) => plan.startMs + atMs + forMs));
    if (lastMs >= clock.now()) await clock.sleep(lastMs - clock.now() + 1);
    const untilMs = clock.now() + SETTLE_MAX_MS;
    let lookedAfterMs = -Infinity;
    let liveSince: readonly number[] | null = null;
    while (clock.now() < untilMs) {
      await clock.sleep(LOOK_EVERY_MS);
      if (this.#isDown) continue;
      if (!this.#daemon.allLive) {
        liveSince = null;
        // Somebody looks now and then after the feeds that only a person brings back.
        if (this.#daemon.anyRefused && clock.now() - lookedAfterMs > PERSON_EVERY_MS) {
          lookedAfterMs = clock.now();
          await this.stop(RESTART_AFTER_MS);
        }
        continue;
      }
      const since = (liveSince ??= this.exchanges.map(({ core }) => core.venueTimeMs(clock.now())));
      if (this.exchanges.every((exchange, at) => hasHeardSince(exchange, since[at]!))) return;
    }
    this.tally.troubles.push(`the feeds did not come back: ${JSON.stringify(this.#daemon.venues.flatMap((venue) => venue.feeds()))}`);
  }

  /** The market halts, all that is owed is repaired, the daemon stops in order, and what is stored is judged. */
  async end(): Promise<void> {
    const { clock, plan, tally } = this;
    for (const { core } of this.exchanges) core.pause(clock.now());
    const untilMs = clock.now() + REPAIR_MAX_MS;
    for (let atRest = 0; atRest < LOOKS_AT_REST;) {
      await clock.sleep(LOOK_EVERY_MS);
      const { gaps, sheds, windows, rows, spooled } = this.#daemon.owed;
      const isRepaired = (gaps === 0 && sheds === 0) || plan.restIsAway === true;
      atRest = isRepaired && windows === 0 && rows === 0 && spooled === 0 && this.exchanges.every(hasHeardLast) ? atRest + 1 : 0;
      if (clock.now() < untilMs) continue;
      tally.troubles.push(
        `something is owed for ever: ${JSON.stringify(this.#daemon.owed)}, last heard: ${this.exchanges.every(hasHeardLast)}`,
      );
      break;
    }
    await this.#stopDaemon();
    tally.disconnects = this.exchanges.reduce((sum, { disconnects }) => sum + disconnects, 0);
    const { opened, closed } = this.tables.gaps.counts;
    tally.gapsOpened = opened;
    tally.gapsClosed = closed;
    tally.spooled = this.#machine.files.spooled;
    tally.virtualMs = clock.now() - plan.startMs;
    for (const exchange of this.exchanges) {
      judge(exchange, this.tables, tally, plan.restIsAway === true, this.#poison);
      if (plan.restIsAway === true) continue;
      for (const gap of this.tables.gaps.open(exchange.run.venue)) {
        // What the store takes no copy of is given up.
        const isGivenUp = gap.state === 'unrepairable' && gap.last !== null && this.#poison?.loses(gap.first, gap.last) === true;
        if (!isGivenUp) tally.troubles.push(`a gap is listed for ever: ${JSON.stringify(gap)}`);
      }
    }
  }

  /** kill -9, and another daemon after a while. */
  async kill(downMs: number, losesPower = false): Promise<void> {
    if (this.#isDown) return;
    this.tally.kills += 1;
    this.#note('killed');
    this.#over(false);
    if (losesPower) this.#machine.files.cut(`${DATA_DIR}/${UNWRITTEN}`);
    await this.clock.sleep(downMs);
    this.#start();
  }

  /** A stop in order, and another daemon after a while. */
  async stop(downMs: number): Promise<void> {
    if (this.#isDown) return;
    this.tally.stops += 1;
    await this.#stopDaemon();
    await this.clock.sleep(downMs);
    this.#start();
  }

  async #stopDaemon(): Promise<void> {
    const daemon = this.#daemon;
    this.#note('stopped');
    this.#isDown = true;
    this.#hasUncleanStop = false;
    await daemon.stop();
    // What a full disk did not take of the last rows is fetched again, as after a kill.
    this.#over(!this.#hasUncleanStop);
  }

  /** The process is gone, and what it waited for never comes. */
  #over(inOrder: boolean): void {
    this.#isDown = true;
    this.#daemon.life.kill();
    for (const { witness } of this.exchanges) witness.lifeEnded(inOrder);
  }

  #start(): void {
    const { clock, plan } = this;
    this.#isDown = false;
    this.#note('started');
    const life = new ProcessLife(clock, plan.clockOffsetMs, () => this.#setByMs);
    try {
      this.#daemon = new DaemonLife(life, this.#machine);
    } catch (error) {
      life.kill();
      this.#failedStart(messageOf(error));
      return;
    }
    const daemon = this.#daemon;
    daemon.start();
    // A daemon that cannot start ends, and whoever looks after it starts it again.
    void daemon.ended.then(({ reason }) => {
      if (!this.#isDown && this.#daemon === daemon) this.#failedStart(reason);
    });
  }

  #failedStart(reason: string): void {
    this.#note(`failed: ${reason}`);
    this.tally.failedStarts += 1;
    this.#over(false);
    this.clock.setTimeout(() => this.#start(), RESTART_AFTER_MS);
  }

  /** Those that are under way. */
  #during<E extends Episode>(episodes: readonly E[]): E[] {
    const elapsedMs = this.clock.now() - this.plan.startMs;
    return episodes.filter(({ atMs, forMs }) => elapsedMs >= atMs && elapsedMs < atMs + forMs);
  }

  #passTime(): void {
    this.clock.setTimeout(() => {
      this.#passTime();
      for (const { transport } of this.exchanges) transport.advance(this.clock.now());
    }, this.plan.stepMs);
  }

  #look(): void {
    const { clock, plan } = this;
    clock.setTimeout(
      () => {
        this.#look();
        const exchange = this.exchanges[this.#random.below(this.exchanges.length)]!;
        if (this.#isDown || !this.#daemon.isRunning) return;
        // A client is told that the store is away, and asks again later.
        void this.#sampler.look(exchange, this.#daemon.daemon.views, clock.now()).catch((error: unknown) => {
          if (!(error instanceof SeracError && error.code === 'store.unavailable')) this.tally.troubles.push(`served: ${String(error)}`);
        });
      },
      1 + this.#random.exponential(plan.sampleEveryMs),
    );
  }

  #note(what: string): void {
    this.#trace.update(`${this.clock.now()} ${what}\n`);
  }
}
