import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder, type Folder } from '../support/integration/folder.js';
import { processMemory } from '../support/integration/process-memory.js';
import { RecordingDaemon, writeConfig } from '../support/integration/recording-daemon.js';
import { seeded } from '../support/integration/seed.js';
import { endAll, Serac } from '../support/integration/serac.js';
import { ServedTruth } from '../support/integration/served-truth.js';
import { SimulatedVenue } from '../support/integration/simulated-venue.js';
import { StallableProxy } from '../support/integration/stallable-proxy.js';
import { Stored } from '../support/integration/stored.js';
import { judge } from '../support/integration/truth.js';

const RATE = 2_000;
/** Markets that trade all the time: what is owed ends with the next trade. */
const SYMBOLS = ['BTC-USDT', 'ETH-USDT', 'SOL-USDT', 'PEPE-USDT'];
const CALM_MS = 4_000;
const OVERLOAD_MS = 15_000;
/** The exchange sends so many times as much as the store takes. */
const FASTER = 10;
/** Small batches, so that the room for them is taken within the test: 256, of trades and of candles. */
const BATCH_AGE_MS = 50;
/** The store takes a batch in 500 ms then, and two at a time: a socket that waits is mostly paused for longer than this. */
const PAUSE_MAX_MS = 200;
/** What the daemon may hold, itself and all that waits: 190 MB were seen, 140 of them before anything waited. */
const RSS_MAX_MB = 300;
const READY_MAX_MS = 30_000;
const REPAID_MAX_MS = 60_000;
/** Pausing alone is looked at: pressure must not shed first, whatever else the machine does. */
const NEVER = { soft: 1e12, graceful: 2e12, aggressive: 3e12, circuitBreak: 4e12 };
const SIGNALS = ['eventLoopDelayP99Ms', 'bufferFill', 'oldestUnacknowledgedMs', 'heapUsedFraction', 'spoolBytes'];
const NO_PRESSURE = { triggers: Object.fromEntries(SIGNALS.map((signal) => [signal, NEVER])) };

let folder: Folder;
let proxy: StallableProxy | undefined;

beforeEach(() => {
  folder = temporaryFolder();
});

afterEach(async () => {
  await proxy?.close();
  await endAll();
  folder.remove();
});

describe('an exchange that sends more than the store takes', () => {
  it(`at ${FASTER} times the rate for ${OVERLOAD_MS / 1_000} s costs no trade, no order and no unbounded memory`, async () => {
    const random = seeded('overload');
    const storeDir = folder.at('store');
    proxy = await StallableProxy.start();
    const address = `127.0.0.1:${proxy.port}`;
    const store = new Serac(['store', '--data', storeDir, '--port', '0', '--allow-host', address, '--json']);
    const { port, secretFile } = JSON.parse((await store.line(/^\{.*\}$/))[0]) as { port: number; secretFile: string };
    proxy.targetPort = port;
    const venue = await SimulatedVenue.start(random.seed, RATE, ['--steady']);
    const config = writeConfig(folder, venue, {
      feeds: SYMBOLS.map((symbol) => `binance:${symbol}`),
      clickhouse: { url: `http://${address}`, passwordFile: secretFile },
      // What comes in a few seconds at that rate: more is not kept in memory.
      recording: { batchAgeMs: BATCH_AGE_MS, pauseMaxMs: PAUSE_MAX_MS, queueMaxBytes: 800_000 },
      pressure: NO_PRESSURE,
    });
    const daemon = new RecordingDaemon(folder.at('data'), config);
    await daemon.ready(READY_MAX_MS);
    const truth = new ServedTruth(daemon.address, venue);

    const passed = proxy.passedBytes;
    await sleep(CALM_MS);
    const bytesPerSecond = (proxy.passedBytes - passed) / (CALM_MS / 1_000);
    const calmMb = processMemory(daemon.process.pid).nowMb;
    proxy.throttle(bytesPerSecond / FASTER);
    const queued: number[] = [];
    for (const endAt = performance.now() + OVERLOAD_MS; performance.now() < endAt;) {
      queued.push(await daemon.metric('serac_sink_batches_queued'));
      await sleep(100);
    }
    const sheds = await daemon.metric('serac_sheds_total');
    proxy.unthrottle();
    const liftedAt = performance.now();
    await expect
      .poll(async () => (await daemon.feeds()).map(({ connection }) => connection), { timeout: REPAID_MAX_MS, interval: 50 })
      .toEqual(SYMBOLS.map(() => 'live'));
    await sleep(2_000);
    const { traffic } = await venue.pause();
    await expect
      .poll(() => owed(daemon), { timeout: REPAID_MAX_MS, interval: 50, message: 'everything owed is repaid' })
      .toEqual({ holes: 0, ranges: 0, unacknowledged: 0 });
    const repaidMs = performance.now() - liftedAt;
    const { mostMb } = processMemory(daemon.process.pid);
    await truth.stop();
    const { code, stderr } = await daemon.stop();
    expect(code, stderr).toBe(0);

    const stored = await Stored.open(storeDir);
    try {
      const verdict = await judge(stored, venue);
      const flow = await stepsOf(stored);
      const ranges = await shedRanges(stored);
      process.stdout.write(
        `overload: ${Math.round(bytesPerSecond / 1_000)} kB/s throttled to a ${FASTER}th for ${OVERLOAD_MS / 1_000} s; ` +
          `memory ${Math.round(calmMb)} MB before, ${Math.round(mostMb)} MB at most; batches queued at most ${Math.max(...queued)}; ` +
          `sockets paused ${flow.paused} times, closed ${flow.shedding} times, ${sheds} sheds of markets; ` +
          `${ranges.reduce((sum, { ids }) => sum + Number(ids), 0)} trades owed and repaid ${(repaidMs / 1_000).toFixed(1)} s after; ` +
          `${verdict.trades} trades, ${verdict.candles} candles, ${verdict.proven} proven, ${truth.claims} served as complete; ` +
          `REST ${JSON.stringify(traffic.rest)}\n`,
      );
      expect(verdict).toMatchObject({
        ...{ different: [], missing: [], owed: [], absent: [], falselyComplete: [], misjudged: [], unnoted: [] },
      });
      expect(truth.problems).toEqual([]);
      expect(truth.claims).toBeGreaterThan(100);
      expect(await outOfOrder(stored), 'trades that were received before one with a lower id').toBe(0);
      expect(mostMb, 'memory of the daemon, MB').toBeLessThan(RSS_MAX_MB);
      expect(Math.max(...queued), 'batches that wait').toBeLessThanOrEqual(256);
      expect(flow.paused, 'pauses').toBeGreaterThan(1);
      expect(flow.shedding, 'sockets closed after a pause that was too long').toBeGreaterThan(0);
      expect(sheds).toBeGreaterThan(0);
      expect(ranges.length).toBeGreaterThan(0);
      expect(ranges.filter(({ state }) => state !== 'closed')).toEqual([]);
      expect(Object.keys(traffic.rest), 'REST within its weights').toEqual(['200']);
    } finally {
      await stored.close();
    }
  });
});

/** How often a socket came into a state of its flow. */
async function stepsOf(stored: Stored): Promise<Readonly<Record<'paused' | 'shedding', number>>> {
  const rows = await stored.rows<{ to_state: string; times: string }>(
    `SELECT to_state, toString(count()) AS times FROM feed_events
     WHERE machine = 'socket' AND region = 'flow' AND from_state != to_state GROUP BY to_state`,
  );
  const times = (state: string): number => Number(rows.find(({ to_state }) => to_state === state)?.times ?? 0);
  return { paused: times('paused'), shedding: times('shedding') };
}

/** Live trades of a market come in the order of their ids. */
async function outOfOrder(stored: Stored): Promise<number> {
  const [row] = await stored.rows<{ trades: string }>(
    `SELECT toString(countIf(receive_time < before)) AS trades FROM (
       SELECT receive_time, lagInFrame(receive_time, 1, receive_time) OVER (PARTITION BY symbol ORDER BY trade_id
         ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS before
       FROM trades WHERE origin = 'live')`,
  );
  return Number(row!.trades);
}

interface ShedRange {
  readonly symbol: string;
  readonly state: string;
  readonly ids: string;
}

async function shedRanges(stored: Stored): Promise<ShedRange[]> {
  return await stored.rows<ShedRange>(
    "SELECT symbol, toString(state) AS state, toString(assumeNotNull(last_id) - first_id + 1) AS ids FROM gaps FINAL WHERE reason = 'shed'",
  );
}

async function owed(daemon: RecordingDaemon): Promise<{ holes: number; ranges: number; unacknowledged: number }> {
  const feeds = await daemon.feeds();
  return {
    holes: feeds.reduce((sum, { holes }) => sum + holes.length, 0),
    ranges: await daemon.metric('serac_owed_ranges'),
    unacknowledged: feeds.reduce((sum, { unacknowledged }) => sum + unacknowledged, 0),
  };
}
