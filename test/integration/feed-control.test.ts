import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AuditJson } from '../../src/codec/json/audit-json.js';
import type { FeedJson, FeedStepJson } from '../../src/codec/json/feed-json.js';
import type { GapJson } from '../../src/codec/json/gap-json.js';
import { startSimulator, type Simulator } from '../../src/simulator/start-simulator.js';
import { temporaryFolder, type Folder } from '../support/integration/folder.js';
import { RecordingDaemon, writeConfig } from '../support/integration/recording-daemon.js';
import { seeded } from '../support/integration/seed.js';
import { endAll, seracJson } from '../support/integration/serac.js';
import { SimulatedVenue } from '../support/integration/simulated-venue.js';
import { askStore, Stored } from '../support/integration/stored.js';
import { judge } from '../support/integration/truth.js';

const RATE = 400;
const READY_MAX_MS = 30_000;
/** So many trades of a market are missed while it is not recorded. */
const MISSED_TRADES = 20;

let folder: Folder;
let kraken: Simulator | undefined;

beforeEach(() => {
  folder = temporaryFolder();
});

afterEach(async () => {
  await endAll();
  await kraken?.stop();
  kraken = undefined;
  folder.remove();
});

const until = async (what: () => Promise<void> | void): Promise<void> => vi.waitFor(what, { timeout: 20_000, interval: 50 });
const names = (feeds: readonly { readonly exchange?: string; readonly symbol: string }[]): string[] =>
  feeds.map(({ symbol }) => symbol).sort();

/** A daemon that records one market of a simulated venue. */
async function start(seed: number) {
  const venue = Object.assign(await SimulatedVenue.start(seed, RATE), { symbols: ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'] });
  kraken = await startSimulator({ venue: 'kraken', seed, rate: 50 });
  const venues = { binance: { ws: [venue.ws], rest: [venue.rest] }, kraken: { ws: [kraken.wsUrl], rest: [kraken.restUrl] } };
  const configure = (feeds: readonly unknown[], more: object = {}): string => writeConfig(folder, venue, { feeds, venues, ...more });
  const config = configure(['binance:BTC-USDT']);
  const daemon = new RecordingDaemon(folder.at('data'), config);
  await daemon.ready(READY_MAX_MS);
  const feed = async (id: string) =>
    await daemon.get<FeedJson & { transitions: FeedStepJson[]; transitions_whole: boolean }>(`/v1/feeds/${id}`);
  const untilLive = async (id: string): Promise<void> =>
    until(async () => {
      const { connection, trades } = await feed(id);
      expect([connection, trades > 0]).toEqual(['live', true]);
    });
  const gaps = async (query: string): Promise<GapJson[]> => (await daemon.get<{ data: GapJson[] }>(`/v1/gaps?${query}`)).data;
  return { venue, daemon, config, configure, feed, untilLive, gaps };
}

describe('feeds of a running daemon', () => {
  it('come, pause, go on and go, and nothing that was sent is lost', async () => {
    const { venue, daemon, feed, untilLive, gaps } = await start(seeded('feed-control').seed);
    expect(statSync(folder.at('data', 'control')).mode & 0o777).toBe(0o600);
    const asStranger = await fetch(`${daemon.address}/v1/feeds/binance:BTC-USDT`, { method: 'DELETE' });
    expect(asStranger.status).toBe(401);

    expect((await daemon.control('POST', '/v1/feeds', { feed: 'binance:ETH-USDT', tier: 3 })).status).toBe(201);
    expect((await daemon.control('POST', '/v1/feeds', { feed: 'binance:ETH-USDT' })).status).toBe(200);
    for (const [wrong, code] of [
      ['binance:NO-USDT', 'input.invalid'],
      ['nowhere:BTC-USDT', 'input.invalid'],
    ]) {
      const { status, body } = await daemon.control('POST', '/v1/feeds', { feed: wrong });
      expect([status, (body as { error: { code: string } }).error.code]).toEqual([400, code]);
    }
    // The first feed of a venue that had none.
    expect((await daemon.control('POST', '/v1/feeds', { feed: 'kraken:BTC-USD' })).status).toBe(201);
    await untilLive('binance:ETH-USDT');
    await untilLive('kraken:BTC-USD');
    expect(await feed('binance:ETH-USDT')).toMatchObject({ tier: 3 });

    const reasons = async (): Promise<string[]> =>
      [...new Set((await gaps('symbol=ETH-USDT&state=all')).map(({ reason, state }) => `${reason} ${state}`))].sort();
    const paused = await daemon.control('POST', '/v1/feeds/binance:ETH-USDT/pause');
    expect(paused).toMatchObject({ status: 200, body: { connection: 'suspended', suspension: { kind: 'paused' } } });
    await venue.trade(MISSED_TRADES, ['ETHUSDT']);
    expect(await gaps('symbol=ETH-USDT')).toMatchObject([{ reason: 'shed', state: 'open', last_id: null }]);
    expect((await fetch(`${daemon.address}/health/ready`)).status).toBe(200);
    const { trades } = await feed('binance:ETH-USDT');
    await sleep(300);
    expect((await feed('binance:ETH-USDT')).trades, 'while it is paused').toBe(trades);
    expect((await daemon.control('POST', '/v1/feeds/binance:ETH-USDT/reconnect')).status).toBe(409);
    await daemon.control('POST', '/v1/feeds/binance:ETH-USDT/resume');
    await untilLive('binance:ETH-USDT');
    // Trades that were on their way when it was paused move the beginning of what is owed: each range is closed.
    await until(async () => expect(await reasons()).toEqual(['shed closed']));

    const before = (await feed('binance:BTC-USDT')).connection_id;
    await daemon.control('POST', '/v1/feeds/binance:BTC-USDT/reconnect');
    await until(async () => {
      const { connection, connection_id } = await feed('binance:BTC-USDT');
      expect([connection, connection_id === before]).toEqual(['live', false]);
    });
    await sleep(500);
    const { transitions, transitions_whole } = await feed('binance:BTC-USDT');
    expect(transitions_whole).toBe(true);
    expect(transitions.map(({ event }) => event)).toEqual(expect.arrayContaining(['reconnect', 'socket.rollingOver', 'socket.rolledOver']));
    expect(transitions.map(({ event }) => event)).not.toContain('socket.lost');
    expect(await gaps('symbol=BTC-USDT&state=all')).toEqual([]);
    const [, second] = (await daemon.get<{ data: { event_time: string }[] }>('/v1/trades?market=binance:ETH-USDT&from=0&limit=200')).data
      .map(({ event_time }) => event_time)
      .filter((time, at, all) => time !== all[at - 1]);
    const to = new Date(Date.now() - 300).toISOString();
    // Proven once the trade after the range has come.
    await until(async () => {
      const audit = await daemon.get<AuditJson>(`/v1/audit?market=binance:ETH-USDT&from=${second!}&to=${to}`);
      expect(audit).toMatchObject({ proven: true, missing: 0, rejected: 0 });
    });

    const removed = await daemon.control('DELETE', '/v1/feeds/binance:ETH-USDT');
    expect(removed).toMatchObject({ status: 200, body: { connection: 'stopped', unacknowledged: 0 } });
    expect((await daemon.control('DELETE', '/v1/feeds/kraken:BTC-USD')).status).toBe(200);
    expect(names(await daemon.feeds())).toEqual(['BTC-USDT']);
    expect((await daemon.control('DELETE', '/v1/feeds/kraken:BTC-USD')).status).toBe(404);
    // It comes back, and what nobody recorded meanwhile is fetched. The venue is told only so many things a second: it may go on for one.
    const newest = Number(await askStore(folder.at('data'), "SELECT max(trade_id) FROM trades_data WHERE symbol = 'ETH-USDT' FORMAT TSV"));
    await until(async () => {
      const { symbols } = await venue.summary();
      const { emitted_ids: sent, last_trade_id: last } = symbols.find(({ symbol }) => symbol === 'ETHUSDT')!;
      expect(last! - Math.max(newest, sent.at(-1)![1])).toBeGreaterThan(MISSED_TRADES);
    });
    await daemon.control('POST', '/v1/feeds', { feed: 'binance:ETH-USDT' });
    await untilLive('binance:ETH-USDT');
    await until(async () => expect(await reasons()).toEqual(['down closed', 'shed closed']));
    await daemon.control('POST', '/v1/feeds/binance:BTC-USDT/pause');
    await venue.pause();
    await sleep(500);
    expect((await daemon.stop()).code).toBe(0);
    expect(readFileSync(folder.at('serac.yaml'), 'utf8')).not.toContain('ETH-USDT');

    const stored = await Stored.open(folder.at('data'));
    try {
      const verdict = await judge(stored, Object.assign(venue, { symbols: ['BTCUSDT', 'ETHUSDT'] }));
      expect(verdict).toMatchObject({ different: [], missing: [], falselyComplete: [], misjudged: [], unnoted: [] });
      // BTC was paused in the end: that is owed, and listed.
      expect(verdict.owed.filter((name) => name.startsWith('ETH'))).toEqual([]);
      const sent = new Set(kraken!.ledger.emittedIds('BTC/USD').flatMap(([first, last]) => [first, last]));
      const kept = await stored.rows<{ id: string }>("SELECT toString(trade_id) AS id FROM trades WHERE exchange = 'kraken'");
      const ids = new Set(kept.map(({ id }) => Number(id)));
      expect(sent.size).toBeGreaterThan(0);
      expect([...sent].filter((id) => !ids.has(id))).toEqual([]);
    } finally {
      await stored.close();
    }
    expect(await seracJson<{ ok: boolean }>(['verify', '--data', folder.at('data'), '--json'])).toMatchObject({ ok: true });
  });

  it('follow the configuration when it is read again, and stay as they are where it is not valid', async () => {
    const { daemon, config, configure, feed, untilLive } = await start(seeded('reload').seed);
    await daemon.control('POST', '/v1/feeds', { feed: 'binance:ETH-USDT' });
    configure([{ market: 'binance:BTC-USDT', tier: 1 }, 'binance:SOL-USDT', 'kraken:BTC-USD'], { log: { level: 'debug' } });
    process.kill(daemon.process.pid, 'SIGHUP');
    await until(async () => expect(names(await daemon.feeds())).toEqual(['BTC-USD', 'BTC-USDT', 'SOL-USDT']));
    expect((await feed('binance:BTC-USDT')).tier).toBe(1);
    await untilLive('binance:SOL-USDT');
    await untilLive('kraken:BTC-USD');
    const logged = (): { msg: string; settings?: string[]; error?: string }[] =>
      daemon.process.stderr
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line) as { msg: string });
    expect(logged().find(({ settings }) => settings !== undefined)).toMatchObject({ settings: ['log.level'] });

    for (const [wrong, why] of [
      ['feeds: {', 'Cannot read'],
      ['feeds: [nonsense]', 'is not valid'],
      ['feeds: ["nowhere:BTC-USDT"]', 'Unknown venue "nowhere"'],
    ]) {
      writeFileSync(config, wrong!);
      process.kill(daemon.process.pid, 'SIGHUP');
      await until(() => expect(logged().at(-1)?.error).toContain(why));
      expect(names(await daemon.feeds())).toEqual(['BTC-USD', 'BTC-USDT', 'SOL-USDT']);
    }
    await daemon.stop();
  });
});
