import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { INTERVALS } from '../../src/domain/candle.js';
import { temporaryFolder, type Folder } from '../support/integration/folder.js';
import { processMemory } from '../support/integration/process-memory.js';
import { RecordingDaemon, writeConfig } from '../support/integration/recording-daemon.js';
import { seeded } from '../support/integration/seed.js';
import { endAll } from '../support/integration/serac.js';
import { SimulatedVenue, symbolOf } from '../support/integration/simulated-venue.js';
import { Stored } from '../support/integration/stored.js';

const SYMBOLS = 1_000;
const PER_SOCKET = 100;
const RATE = 2_000;
const RECORDED_MS = 3_000;
const READY_MAX_MS = 60_000;

let folder: Folder;

beforeEach(() => {
  folder = temporaryFolder();
});

afterEach(async () => {
  await endAll();
  folder.remove();
});

describe('one daemon', () => {
  it(`brings ${SYMBOLS} markets up within the venue's limits, and records each of them whole`, async () => {
    const venue = await SimulatedVenue.withMarkets(seeded('many-symbols').seed, RATE, SYMBOLS);
    const dataDir = folder.at('data');
    const daemon = new RecordingDaemon(dataDir, writeConfig(folder, venue, { recording: { streamsPerSocket: PER_SOCKET } }));
    // Ready means that every market is live.
    const liveAfterMs = await daemon.ready(READY_MAX_MS);
    const { nowMb: atLiveMb } = processMemory(daemon.process.pid);
    await sleep(RECORDED_MS);

    const { emitted, symbols, traffic } = await venue.pause();
    const acknowledged = (): Promise<number> => daemon.metric('serac_trades_acknowledged_total');
    await expect.poll(acknowledged, { timeout: READY_MAX_MS, interval: 50 }).toBe(emitted);
    const feeds = await daemon.feeds();
    const { nowMb, mostMb } = processMemory(daemon.process.pid);
    expect(await daemon.metric('serac_rejects_total')).toBe(0);
    const { code, stderr } = await daemon.stop();
    expect(code, stderr).toBe(0);
    process.stdout.write(
      `many-symbols: ${SYMBOLS} markets live after ${(liveAfterMs / 1_000).toFixed(1)} s on ${traffic.connections} connections; ` +
        `daemon ${Math.round(atLiveMb)} MB then, ${Math.round(nowMb)} MB later, ${Math.round(mostMb)} MB at most; ` +
        `${emitted} trades; refused ${JSON.stringify(traffic.refused)}, closed ${JSON.stringify(traffic.closed)}, REST ${JSON.stringify(traffic.rest)}\n`,
    );

    expect(traffic).toMatchObject({ connections: SYMBOLS / PER_SOCKET, refused: {}, closed: {} });
    expect(Object.keys(traffic.rest)).toEqual(['200']);
    expect(feeds.filter(({ connection, holes }) => connection !== 'live' || holes.length > 0)).toEqual([]);
    const stored = await Stored.open(dataDir);
    try {
      const rows = await stored.rows<{ symbol: string; first: string; last: string; ids: string; seen: string }>(
        `SELECT symbol, toString(min(trade_id)) AS first, toString(max(trade_id)) AS last,
           toString(uniqExact(trade_id)) AS ids, toString(count()) AS seen
         FROM trades GROUP BY symbol`,
      );
      const own = rows.map(({ symbol, first, last, ids, seen }) => [symbol, [[Number(first), Number(last)]], Number(ids), Number(seen)]);
      const sent = symbols.filter(({ emitted }) => emitted > 0);
      expect(new Set(own.map((row) => JSON.stringify(row)))).toEqual(
        new Set(sent.map(({ symbol, emitted, emitted_ids }) => JSON.stringify([symbolOf(symbol), emitted_ids, emitted, emitted]))),
      );
      // Each trade is counted by one candle of each interval.
      const miscounted = await stored.rows(
        `SELECT symbol, interval, sum(trade_count) AS counted, any(ids) AS ids
         FROM candles INNER JOIN (SELECT symbol, uniqExact(trade_id) AS ids FROM trades GROUP BY symbol) AS kept USING symbol
         GROUP BY symbol, interval HAVING counted != ids`,
      );
      expect(miscounted).toEqual([]);
      const series = await stored.rows('SELECT symbol, interval FROM candles GROUP BY symbol, interval');
      expect(series).toHaveLength(INTERVALS.length * sent.length);
    } finally {
      await stored.close();
    }
  });
});
