import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AuditJson } from '../../src/codec/json/audit-json.js';
import { venueNamed } from '../../src/exchanges/registry.js';
import { startSimulator, type Simulator } from '../../src/simulator/start-simulator.js';
import { temporaryFolder, type Folder } from '../support/integration/folder.js';
import { RecordingDaemon, writeConfig } from '../support/integration/recording-daemon.js';
import { seeded } from '../support/integration/seed.js';
import { endAll, serac, seracJson } from '../support/integration/serac.js';
import { SimulatedVenue, symbolOf } from '../support/integration/simulated-venue.js';
import { askStore, Stored } from '../support/integration/stored.js';
import { judge, type Verdict } from '../support/integration/truth.js';

const RATE = 400;
const READY_MAX_MS = 30_000;
/** Of each market, before a recording is stopped. */
const RECORDED_TRADES = 150;
/** Of each market, while nothing records. */
const MISSED_TRADES = 60;
const CHECKPOINT_MAX_MS = 30_000;
/** Markets that trade so often that some of it is missed for sure. */
const BUSY = ['BTCUSDT', 'ETHUSDT'];
/** Nobody listens there: a daemon that has only this cannot repair anything. */
const NO_REST = 'http://127.0.0.1:9';
const WELL = { different: [], missing: [], falselyComplete: [], misjudged: [], unnoted: [] };

interface Summary {
  readonly ok: boolean;
  readonly expected: number;
  readonly filled: number;
  readonly missing: number;
  readonly gapsClosed: number;
  readonly candles: number;
  readonly besideDaemon: boolean;
}

let folder: Folder;
const simulators: Simulator[] = [];

beforeEach(() => {
  folder = temporaryFolder();
});

afterEach(async () => {
  await endAll();
  await Promise.all(simulators.splice(0).map((simulator) => simulator.stop()));
  folder.remove();
});

const backfill = async (market: string, config: string, from: Date, to: Date): Promise<Summary> =>
  await seracJson<Summary>(['backfill', market, '--from', from.toISOString(), '--to', to.toISOString(), '-c', config, '--json']);

/** Records twice with a pause in between that no REST can fill; the daemon of the second time goes on. */
async function recordWithHole(venue: SimulatedVenue): Promise<{ readonly daemon: RecordingDaemon; readonly config: string }> {
  const broken = writeConfig(folder, venue, { venues: { binance: { ws: [venue.ws], rest: [NO_REST] } } });
  const first = new RecordingDaemon(folder.at('data'), broken);
  await first.ready(READY_MAX_MS);
  await first.untilTaken(RECORDED_TRADES, BUSY.map(symbolOf));
  await first.stop();
  await venue.trade(MISSED_TRADES, BUSY);
  const daemon = new RecordingDaemon(folder.at('data'), broken);
  await daemon.ready(READY_MAX_MS);
  await daemon.untilTaken(RECORDED_TRADES, BUSY.map(symbolOf));
  const config = folder.at('backfill.yaml');
  writeFileSync(config, JSON.stringify({ data: folder.at('data'), venues: { binance: { rest: [venue.rest] } } }));
  return { daemon, config };
}

/** Resolves when a checkpoint of each market is stored that is of a later time (ms): the daemon makes one every ten seconds. */
async function untilNoted(since: number): Promise<void> {
  const noted = `SELECT uniqExact(symbol) FROM checkpoints WHERE toUnixTimestamp64Milli(saved_at) > ${since} FORMAT TSV`;
  const count = async (): Promise<number> => Number(await askStore(folder.at('data'), noted));
  await expect.poll(count, { timeout: CHECKPOINT_MAX_MS, interval: 100 }).toBe(BUSY.length);
}

async function verdictOf(venue: SimulatedVenue): Promise<Verdict> {
  const stored = await Stored.open(folder.at('data'));
  try {
    return await judge(stored, venue);
  } finally {
    await stored.close();
  }
}

describe('a backfill', () => {
  it('fills what no repair could, and what a store has lost; a daemon then finds nothing missing', async () => {
    const venue = Object.assign(await SimulatedVenue.start(seeded('backfill').seed, RATE, ['--steady']), { symbols: BUSY });
    const began = new Date(Date.now() - 1_000);
    const { daemon, config } = await recordWithHole(venue);
    await daemon.untilCaughtUp(await venue.pause());
    expect((await daemon.stop()).code).toBe(0);
    const stored = await Stored.open(folder.at('data'));
    // Rows that somebody has removed, though a checkpoint vouches for them.
    const ids = [...(await stored.trades('ETH-USDT')).keys()];
    const [lost, lostLast] = [ids[50]!, ids[80]!];
    await stored.command(
      `ALTER TABLE trades_data DELETE WHERE symbol = 'ETH-USDT' AND trade_id BETWEEN ${lost} AND ${lostLast} SETTINGS mutations_sync = 2`,
    );
    await stored.close();

    // Candles of trades that were there once say so still: the trades are the same.
    const wasComplete = (name: string): boolean => /^ETH-USDT .*\(final, complete, .* the ids prove backfilled$/.test(name);
    const fullVerdict = async (): Promise<Verdict> => {
      const { misjudged, ...verdict } = await verdictOf(venue);
      return { ...verdict, misjudged: misjudged.filter((name) => !wasComplete(name)) };
    };

    const to = new Date(Date.now() + 1_000);
    const gapsBefore = await seracJson<{ data: { symbol: string; state: string }[] }>(['gaps', '--data', folder.at('data'), '--json']);
    expect(gapsBefore.data.filter(({ state }) => state === 'open').map(({ symbol }) => symbol)).toContain('BTC-USDT');
    for (const venueSymbol of venue.symbols) {
      const market = `binance:${symbolOf(venueSymbol)}`;
      const summary = await backfill(market, config, began, to);
      expect(summary, market).toMatchObject({ ok: true, missing: 0, besideDaemon: false });
      expect([market, summary.filled > 0, summary.gapsClosed]).toEqual([market, true, 1]);
      expect(await backfill(market, config, began, to), 'again').toMatchObject({ ok: true, filled: 0, expected: summary.expected });
    }

    expect(await fullVerdict()).toMatchObject({ ...WELL, owed: [], absent: [] });
    expect(await seracJson<{ data: unknown[] }>(['gaps', '--data', folder.at('data'), '--json'])).toEqual({ data: [], next: null });
    expect(await seracJson<{ ok: boolean }>(['verify', '--data', folder.at('data'), '--json'])).toMatchObject({ ok: true });
    const again = new RecordingDaemon(folder.at('data'), folder.at('serac.yaml'));
    await again.ready(READY_MAX_MS);
    expect((await again.feeds()).flatMap(({ holes }) => holes)).toEqual([]);
    expect((await again.get<{ data: unknown[] }>('/v1/gaps')).data).toEqual([]);
    await again.stop();
    expect(await fullVerdict()).toMatchObject({ ...WELL, owed: [], absent: [] });
  });

  it('runs beside a daemon, which audits what is stored at once, and knows of it after its next start', async () => {
    const venue = Object.assign(await SimulatedVenue.start(seeded('backfill beside').seed, RATE, ['--steady']), { symbols: BUSY });
    const began = new Date(Date.now() - 1_000);
    const { daemon, config } = await recordWithHole(venue);
    const to = new Date(Date.now() - 500);
    const audit = async (): Promise<AuditJson> =>
      await daemon.get<AuditJson>(`/v1/audit?market=binance:BTC-USDT&from=${from}&to=${to.toISOString()}`);
    const { data } = await daemon.get<{ data: { event_time: string }[] }>('/v1/trades?market=binance:BTC-USDT&from=0');
    // Several trades may be of one moment: none before it proves nothing.
    const from = data.find(({ event_time }) => event_time !== data[0]!.event_time)!.event_time;
    const before = await audit();
    expect(before).toMatchObject({ proven: false, doubts: ['ids_missing'] });
    expect(before.missing_ranges).toMatchObject([{ reason: 'down', state: 'open' }]);

    for (const venueSymbol of venue.symbols) {
      expect(await backfill(`binance:${symbolOf(venueSymbol)}`, config, began, to)).toMatchObject({ ok: true, besideDaemon: true });
    }
    expect(await audit()).toMatchObject({ proven: true, expected: before.expected, present: before.expected, missing: 0 });

    // It goes on recording, notes what it knows, and ends in disorder.
    await untilNoted(Date.now());
    await daemon.kill();
    const again = new RecordingDaemon(folder.at('data'), folder.at('serac.yaml'));
    await again.ready(READY_MAX_MS);
    await again.untilTaken(RECORDED_TRADES, BUSY.map(symbolOf));
    const holesBefore = (to.getTime() - 2_000) * 1_000;
    const gaps = await again.get<{ data: { opened_at: number; state: string }[] }>('/v1/gaps?time=us');
    expect(gaps.data.filter(({ opened_at }) => opened_at < holesBefore)).toEqual([]);
    await again.untilCaughtUp(await venue.pause());
    await again.stop();
    // What the kill lost is a hole that no REST can fill; the rest is all there, and no candle says more than is true.
    expect(await verdictOf(venue)).toMatchObject({ different: [], falselyComplete: [], misjudged: [], unnoted: [] });
    expect(await seracJson<{ ok: boolean }>(['verify', '--data', folder.at('data'), '--json'])).toMatchObject({ ok: true });
  });

  it.each(['binance', 'coinbase', 'kraken'] as const)('reaches before the first and after the last stored trade of %s', async (name) => {
    const simulator = await startSimulator({ venue: name, seed: seeded(`backfill ${name}`).seed, rate: 150, historyMs: 40_000 });
    simulators.push(simulator);
    const venueSymbol = simulator.ledger.symbols()[0]!;
    const market = `${name}:${venueNamed(name).toSymbol(venueSymbol)!}`;
    const config = folder.at('serac.yaml');
    const venues = { [name]: { ws: [simulator.wsUrl], rest: [simulator.restUrl] } };
    writeFileSync(config, JSON.stringify({ feeds: [market], data: folder.at('data'), api: { port: 0 }, venues }));
    const daemon = new RecordingDaemon(folder.at('data'), config);
    await daemon.ready(READY_MAX_MS);
    await daemon.untilTaken(RECORDED_TRADES, [market.slice(name.length + 1)]);
    await daemon.stop();
    const before = simulator.ledger.tradeCount(venueSymbol);
    await expect
      .poll(() => simulator.ledger.tradeCount(venueSymbol) - before, { timeout: READY_MAX_MS, interval: 25 })
      .toBeGreaterThan(MISSED_TRADES);
    simulator.pause();

    const traded = [...simulator.ledger.trades(venueSymbol, 0)];
    const from = new Date(traded[0]!.timeUs / 1_000 + 10_000);
    const to = new Date(Math.floor(traded.at(-1)!.timeUs / 1_000) - 700);
    const inside = traded.filter(({ timeUs }) => timeUs >= from.getTime() * 1_000 && timeUs < to.getTime() * 1_000);
    const summary = await backfill(market, config, from, to);
    expect(summary).toMatchObject({ ok: true, expected: inside.length, missing: 0 });
    expect(summary.filled).toBeGreaterThan(0);

    const stored = await Stored.open(folder.at('data'));
    const symbol = market.slice(name.length + 1);
    try {
      const trades = await stored.trades(symbol);
      const withTime = inside.map(
        ({ id, price, quantity, side, timeUs }) => [id, `${price},${quantity},${side},${Math.floor(timeUs / 1_000)}`] as const,
      );
      expect(withTime.filter(([id, text]) => trades.get(id) !== text)).toEqual([]);
      // What lies outside was not asked for: only what the daemon had recorded.
      const repaired = new Set(await stored.repairedIds(symbol));
      expect([...repaired].filter((id) => !inside.some((trade) => trade.id === id))).toEqual([]);
      const seconds = await stored.candles(symbol, '1s');
      // Nothing is stored before the first one.
      const middle = seconds.filter(({ open_ms, first_id }) => first_id > inside[0]!.id && open_ms < from.getTime() + 20_000);
      expect(middle.length).toBeGreaterThan(10);
      expect([...new Set(middle.map(({ completeness }) => completeness))]).toEqual(['backfilled']);
    } finally {
      await stored.close();
    }
    expect(await seracJson<{ ok: boolean }>(['verify', '--data', folder.at('data'), '--json'])).toMatchObject({ ok: true });
  });

  it('says of a market of which nothing is stored, and of a range that makes no sense, what to do', async () => {
    const call = ['backfill', 'binance:BTC-USDT', '--data', folder.at('data')];
    const none = await serac([...call, '--from', '2026-01-01', '--to', '2026-01-02']);
    expect([none.code, none.stderr]).toEqual([1, expect.stringContaining('record the market for a moment first')]);
    const turned = await serac([...call, '--from', '2026-01-02', '--to', '2026-01-01']);
    expect([turned.code, turned.stderr]).toEqual([2, expect.stringContaining('must be after --from')]);
    expect((await serac([...call, '--from', '2026-01-02'])).code).toBe(2);
    expect((await serac(['backfill', 'nowhere:BTC-USDT', '--from', '1', '--to', '2'])).code).toBe(2);
  });
});
