import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder, type Folder } from '../support/integration/folder.js';
import { PressureTimeline, type PressureMoment } from '../support/integration/pressure-timeline.js';
import { RecordingDaemon, writeConfig } from '../support/integration/recording-daemon.js';
import { seeded } from '../support/integration/seed.js';
import { endAll, Serac } from '../support/integration/serac.js';
import { ServedTruth } from '../support/integration/served-truth.js';
import { SimulatedVenue } from '../support/integration/simulated-venue.js';
import { StallableProxy } from '../support/integration/stallable-proxy.js';
import { Stored } from '../support/integration/stored.js';
import { judge } from '../support/integration/truth.js';

const RATE = 2_000;
const READY_MAX_MS = 30_000;
const STEP_MAX_MS = 15_000;
const REPAID_MAX_MS = 30_000;
/** Dear, middling and cheap ones. */
const TIERS: Readonly<Record<string, 1 | 2 | 3>> = { 'BTC-USDT': 1, 'ETH-USDT': 2, 'SOL-USDT': 2, 'PEPE-USDT': 3, 'QUIET-USDT': 3 };
/** What each level means for a feed, by tier. */
const MEANING = {
  1: ['normal', 'soft', 'soft', 'soft', 'soft'],
  2: ['normal', 'soft', 'graceful', 'graceful', 'circuitBreak'],
  3: ['normal', 'soft', 'graceful', 'aggressive', 'circuitBreak'],
} as const;
const SHEDDING: readonly string[] = ['aggressive', 'circuitBreak'];
const BATCH_AGE_MS = 200;
const FALL_AFTER_MS = 2_000;
/** Levels by the age of what is not acknowledged; a busy machine must not bring any of them about by itself, nor the other signals at all. */
const AGE_MS = { soft: 1_500, graceful: 3_000, aggressive: 4_500, circuitBreak: 6_000 };
const NEVER_MS = { soft: 60_000, graceful: 70_000, aggressive: 80_000, circuitBreak: 90_000 };
const PRESSURE = {
  ...{ sampleEveryMs: 100, riseSamples: 2, fallBelowPart: 0.5, fallAfterMs: FALL_AFTER_MS },
  triggers: { oldestUnacknowledgedMs: AGE_MS, eventLoopDelayP99Ms: NEVER_MS },
};
/** Subscriptions, and the last frames on their way, take this long to follow a level. */
const SETTLED_MS = 500;

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

describe('a store that answers nobody', () => {
  it(`at ${RATE} trades a second has the daemon give up what is cheap, level by level, and repay all of it afterwards`, async () => {
    const random = seeded('stalled-sink');
    const storeDir = folder.at('store');
    proxy = await StallableProxy.start();
    const address = `127.0.0.1:${proxy.port}`;
    const store = new Serac(['store', '--data', storeDir, '--port', '0', '--allow-host', address, '--json']);
    const { port, secretFile } = JSON.parse((await store.line(/^\{.*\}$/))[0]) as { port: number; secretFile: string };
    proxy.targetPort = port;
    const venue = await SimulatedVenue.start(random.seed, RATE, ['--steady']);
    const config = writeConfig(folder, venue, {
      feeds: Object.entries(TIERS).map(([symbol, tier]) => ({ market: `binance:${symbol}`, tier })),
      clickhouse: { url: `http://${address}`, passwordFile: secretFile },
      recording: { batchAgeMs: BATCH_AGE_MS, rawFrames: true },
      pressure: PRESSURE,
    });
    const daemon = new RecordingDaemon(folder.at('data'), config);
    await daemon.ready(READY_MAX_MS);
    const truth = new ServedTruth(daemon.address, venue);
    const timeline = new PressureTimeline(daemon, venue);
    const reaches = async (level: number): Promise<void> =>
      await expect.poll(() => timeline.level, { timeout: STEP_MAX_MS, interval: 20, message: `level ${level}` }).toBe(level);

    await sleep(2_000);
    proxy.stall();
    const stalledAt = Date.now();
    for (const level of [1, 2, 3, 4]) await reaches(level);
    await sleep(2 * SETTLED_MS);
    proxy.resume();
    const resumedAt = Date.now();
    for (const level of [3, 2, 1, 0]) await reaches(level);
    await sleep(FALL_AFTER_MS);
    const calmBatches = batchesPerSecond(timeline.lastOf(0));
    const { symbols, traffic } = await venue.pause();
    await expect
      .poll(() => owed(daemon), { timeout: REPAID_MAX_MS, interval: 50, message: 'everything owed is repaid' })
      .toEqual({ holes: 0, ranges: 0, unacknowledged: 0 });
    const repaidAt = Date.now();
    await timeline.stop();
    await truth.stop();
    const { code, stderr } = await daemon.stop();
    expect(code, stderr).toBe(0);

    expect(timeline.levels).toEqual([0, 1, 2, 3, 4, 3, 2, 1, 0]);
    expectFeedsToFollow(timeline.moments);
    expectSubscriptionsToFollow(timeline);
    for (const level of [3, 2, 1])
      expect(heldMs(timeline.lastOf(level)), `calm before level ${level} ends`).toBeGreaterThan(FALL_AFTER_MS - 300);
    expect(batchesPerSecond(timeline.lastOf(1)), 'larger batches at level 1').toBeLessThan(0.6 * calmBatches);
    expect(truth.problems).toEqual([]);
    expect(truth.claims).toBeGreaterThan(100);

    const stored = await Stored.open(storeDir);
    try {
      const verdict = await judge(stored, venue);
      const sheds = await shedRanges(stored);
      const since = (at: number, from: number): string => `${((at - from) / 1_000).toFixed(1)} s`;
      const began = (level: number): string => since(timeline.lastOf(level)[0]!.at, resumedAt);
      process.stdout.write(
        `stalled-sink: level 4 after ${since(timeline.lastOf(4)[0]!.at, stalledAt)}, level 0 ${began(0)} after the store answered again, ` +
          `${sheds.reduce((sum, { ids }) => sum + Number(ids), 0)} trades shed and repaid ${since(repaidAt, resumedAt)} after it; ` +
          `${verdict.trades} trades, ${verdict.candles} candles, ${verdict.proven} proven, ${truth.claims} served as complete; ` +
          `REST ${JSON.stringify(traffic.rest)}\n`,
      );
      expect(verdict).toMatchObject({
        ...{ different: [], missing: [], owed: [], absent: [], falselyComplete: [], misjudged: [], unnoted: [] },
      });
      expect(Object.keys(traffic.rest), 'REST within its weights').toEqual(['200']);
      expect(traffic).toMatchObject({ refused: {}, closed: {} });
      expect(new Set(sheds.map(({ symbol }) => symbol))).toEqual(new Set(busyOf([2, 3])));
      expect(sheds.filter(({ state }) => state !== 'closed')).toEqual([]);
      await expectCauses(stored);
      await expectRawFramesOff(stored, timeline);
      expect(symbols).toHaveLength(venue.symbols.length);
    } finally {
      await stored.close();
    }
  });
});

/** Each feed does what the level means for its tier, and is suspended exactly where that is to be shed. */
function expectFeedsToFollow(moments: readonly PressureMoment[]): void {
  for (const { level, levelForMs, feeds } of moments) {
    if (levelForMs < SETTLED_MS) continue;
    for (const [symbol, tier] of Object.entries(TIERS)) {
      const meaning = MEANING[tier][level]!;
      expect(feeds[symbol], `${symbol}, level ${level} for ${levelForMs} ms`).toMatchObject({
        degradation: meaning,
        connection: SHEDDING.includes(meaning) ? 'suspended' : 'live',
      });
    }
  }
}

/** The exchange sends what is recorded, and nothing of what is shed: it has been unsubscribed. */
function expectSubscriptionsToFollow(timeline: PressureTimeline): void {
  for (const level of [0, 1, 2, 3, 4]) {
    const moments = timeline.lastOf(level, SETTLED_MS);
    expect(moments.length, `looks at level ${level}`).toBeGreaterThan(3);
    for (const symbol of busyOf([1, 2, 3])) {
      const sent = moments.at(-1)!.feeds[symbol]!.emitted - moments[0]!.feeds[symbol]!.emitted;
      const isShed = SHEDDING.includes(MEANING[TIERS[symbol]!][level]!);
      if (isShed) expect(sent, `sent of ${symbol} at level ${level}`).toBe(0);
      else expect(sent, `sent of ${symbol} at level ${level}`).toBeGreaterThan(0);
    }
  }
}

/** Every change of the level is an event with its cause. */
async function expectCauses(stored: Stored): Promise<void> {
  const rows = await stored.rows<{ from_state: string; to_state: string; context: string }>(
    "SELECT from_state, to_state, context FROM feed_events WHERE machine = 'pressure' ORDER BY at",
  );
  const names = ['normal', 'soft', 'graceful', 'aggressive', 'circuitBreak', 'aggressive', 'graceful', 'soft', 'normal'];
  expect(rows.map(({ from_state, to_state }) => [from_state, to_state])).toEqual(names.slice(1).map((name, at) => [names[at], name]));
  for (const [at, { context }] of rows.entries()) {
    const { cause } = JSON.parse(context) as { cause: readonly [unknown, { signal: string; value: number; threshold: number }] };
    const { signal, value, threshold } = cause[1];
    expect(signal).toBe('oldestUnacknowledgedMs');
    if (at < 4) expect([threshold, value > threshold]).toEqual([Object.values(AGE_MS)[at], true]);
    else expect([threshold, value < threshold]).toEqual([Object.values(AGE_MS)[7 - at]! * PRESSURE.fallBelowPart, true]);
  }
}

/** Raw frames are kept at levels 0 and 1, and at no other. */
async function expectRawFramesOff(stored: Stored, timeline: PressureTimeline): Promise<void> {
  const between = async (from: number, to: number): Promise<number> => {
    const [row] = await stored.rows<{ frames: string }>(
      `SELECT toString(count()) AS frames FROM raw_frames
       WHERE receive_time >= fromUnixTimestamp64Milli({from:Int64}) AND receive_time < fromUnixTimestamp64Milli({to:Int64})`,
      { from: Math.ceil(from), to: Math.floor(to) },
    );
    return Number(row!.frames);
  };
  const off = timeline.moments.filter(({ level }) => level >= 2);
  const [first, last] = [off[0]!.at, off.at(-1)!.at];
  // The last of them came before the level was seen.
  expect(await between(first - 1_500, first - 500), 'raw frames at level 1').toBeGreaterThan(RATE / 4);
  expect(await between(first, last), 'raw frames at levels 2 to 4').toBe(0);
  expect(await between(last + 500, last + 1_500), 'raw frames at level 1 again').toBeGreaterThan(RATE / 4);
}

interface ShedRange {
  readonly symbol: string;
  readonly state: string;
  readonly ids: string;
}

async function shedRanges(stored: Stored): Promise<ShedRange[]> {
  return await stored.rows<ShedRange>(
    `SELECT symbol, toString(state) AS state, toString(assumeNotNull(last_id) - first_id + 1) AS ids
     FROM gaps FINAL WHERE reason = 'shed' AND (last_id IS NOT NULL OR state != 'closed')`,
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

/** Markets of these tiers that trade all the time. */
function busyOf(tiers: readonly number[]): string[] {
  return Object.entries(TIERS).flatMap(([symbol, tier]) => (tiers.includes(tier) && symbol !== 'QUIET-USDT' ? [symbol] : []));
}

function heldMs(moments: readonly PressureMoment[]): number {
  return moments.at(-1)!.levelForMs;
}

/** How often a second the store's acknowledgements come: each is of a batch. */
function batchesPerSecond(moments: readonly PressureMoment[]): number {
  const steps = moments.filter(({ acknowledged }, at) => at > 0 && acknowledged > moments[at - 1]!.acknowledged).length;
  return steps / ((moments.at(-1)!.at - moments[0]!.at) / 1_000);
}
