import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startSimulator, type Simulator } from '../../src/simulator/start-simulator.js';
import { temporaryFolder, type Folder } from '../support/integration/folder.js';
import { seeded } from '../support/integration/seed.js';
import { endAll, Serac, serac, seracJson, type Ended } from '../support/integration/serac.js';
import { Stored } from '../support/integration/stored.js';

const MARKET = 'kraken:BTC-USD';
/** Some pages of the market's trades. */
const HISTORY_MS = 100_000;
const RATE = 150;
const STARTED_MAX_MS = 30_000;

interface Summary {
  readonly ok: boolean;
  readonly stopped: string | null;
  readonly expected: number;
  readonly filled: number;
  readonly missing: number;
}

let folder: Folder;
let simulator: Simulator | undefined;
let between: Server | undefined;

beforeEach(() => {
  folder = temporaryFolder();
});

afterEach(async () => {
  between?.close();
  between?.closeAllConnections();
  await endAll();
  await simulator?.stop();
  folder.remove();
});

const documentOf = ({ stdout }: Ended): object => JSON.parse(stdout.toString()) as object;

/** A venue that has traded for a while; each request to its REST API waits for what is to be done before it. */
async function venueWith(before: (request: number) => Promise<void> | void): Promise<string> {
  simulator = await startSimulator({ venue: 'kraken', seed: seeded('stopped backfill').seed, rate: RATE, historyMs: HISTORY_MS });
  simulator.pause();
  const { restUrl } = simulator;
  let requests = 0;
  between = createServer((request, response) => {
    void (async () => {
      await before(++requests);
      const answer = await fetch(restUrl + request.url!);
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
    })();
  });
  between.listen(0, '127.0.0.1');
  await once(between, 'listening');
  const config = folder.at('serac.yaml');
  const rest = [`http://127.0.0.1:${(between.address() as AddressInfo).port}`];
  writeFileSync(config, JSON.stringify({ data: folder.at('data'), venues: { kraken: { rest } } }));
  return config;
}

describe('a backfill that is told to stop', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'at %s stores the page in hand, says what is missing, and the next one fetches that',
    async (signal) => {
      let running: Serac | undefined;
      const config = await venueWith(async (request) => {
        if (request !== 4) return;
        running!.child.kill(signal);
        await expect.poll(() => running!.stderr, { timeout: STARTED_MAX_MS }).toContain(`${signal}: storing what was fetched.`);
      });
      const trades = [...simulator!.ledger.trades('BTC/USD', 0)];
      const range = [
        '--from',
        String(Math.floor(trades[0]!.timeUs / 1_000)),
        '--to',
        String(Math.floor(trades.at(-1)!.timeUs / 1_000) - 500),
      ];
      const call = ['backfill', MARKET, ...range, '-c', config, '--json'];
      running = new Serac(call);
      const ended = await running.ended;
      expect(ended.code, ended.stderr).toBe(signal === 'SIGINT' ? 130 : 143);
      const first = documentOf(ended) as Summary;
      expect(first).toMatchObject({ ok: false, stopped: signal });
      expect([first.filled > 0, first.missing > 0], ended.stderr).toEqual([true, true]);
      expect(first.filled + first.missing).toBe(first.expected);
      expect(await seracJson(['verify', '--data', folder.at('data'), '--json'])).toMatchObject({
        ok: true,
        markets: [{ trades: first.filled }],
      });
      running = undefined;
      const second = await seracJson<Summary>(call);
      expect(second).toMatchObject({ ok: true, stopped: null, expected: first.expected, filled: first.missing, missing: 0 });
    },
  );

  it('does not wait for a venue that has it wait', async () => {
    const config = await venueWith((request) => {
      if (request === 1) running.child.kill('SIGINT');
      return new Promise(() => undefined);
    });
    const running = new Serac(['backfill', MARKET, '--from', '0', '--to', String(Date.now()), '-c', config]);
    const ended = await running.ended;
    expect(ended.code, ended.stderr).toBe(130);
    expect(ended.stdout.toString()).toContain('STOPPED by SIGINT: 0 trades of kraken:BTC-USD fetched and stored');
    expect(ended.stdout.toString()).toContain('The same command fetches the rest.');
  });
});

it('verify --fix that is told to stop says how far it came, and the next one goes on', async () => {
  const data = folder.at('data');
  const frame = (id: number): string => {
    const time = 1_723_161_300_000 + id * 500;
    const trade = `{"e":"trade","E":${time},"s":"BTCUSDT","t":${id},"p":"10.${id}","q":"1.0","T":${time},"m":true,"M":true}`;
    return `${time}000000 {"stream":"btcusdt@trade","data":${trade}}\n`;
  };
  writeFileSync(folder.at('capture.txt'), Array.from({ length: 100 }, (_, at) => frame(at + 1)).join(''));
  await seracJson(['replay', folder.at('capture.txt'), '--venue', 'binance', '--data', data, '--json', '--threads', '0']);
  const stored = await Stored.open(data);
  await stored.command('ALTER TABLE candles_data DELETE WHERE 1 SETTINGS mutations_sync = 1');
  await stored.close();

  const verify = ['verify', '--data', data, '--json', '--fix'];
  const running = new Serac(verify);
  await expect.poll(() => existsSync(`${data}/store.json`), { timeout: STARTED_MAX_MS, interval: 5 }).toBe(true);
  const ended = await running.end('SIGINT');
  expect(ended.stderr).toContain('SIGINT: storing what was recomputed.');
  expect(ended.code, ended.stderr).toBe(130);
  expect(documentOf(ended)).toMatchObject({ ok: false, stopped: 'SIGINT' });
  const { code, stdout } = await serac(verify);
  expect([code, JSON.parse(stdout.toString())]).toMatchObject([0, { ok: true, stopped: null, markets: [{ missing: 0 }] }]);
});
