import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Folder } from './folder.js';
import { Serac, type Ended, type SeracOptions } from './serac.js';
import { expect } from 'vitest';
import { symbolOf, type LedgerSummary, type SimulatedVenue } from './simulated-venue.js';

/**
 * Writes the configuration of a daemon that records a simulated venue into a folder; returns the file's path.
 * @param more what it says beside, or instead
 */
export function writeConfig(
  folder: Folder,
  { ws, rest, symbols }: Pick<SimulatedVenue, 'ws' | 'rest' | 'symbols'>,
  more: object = {},
): string {
  const path = folder.at('serac.yaml');
  const config = {
    feeds: symbols.map((name) => `binance:${symbolOf(name)}`),
    data: folder.at('data'),
    api: { port: 0 },
    venues: { binance: { ws: [ws], rest: [rest] } },
    log: { level: 'info' },
    ...more,
  };
  // JSON is YAML too.
  writeFileSync(path, JSON.stringify(config, null, 2));
  return path;
}

export interface FeedReport {
  readonly symbol: string;
  readonly connection: string;
  readonly continuity: string;
  readonly degradation: string;
  readonly connection_id: string | null;
  readonly trades: number;
  readonly last_trade_id: string | null;
  readonly unacknowledged: number;
  readonly holes: readonly { readonly first_trade_id: string; readonly last_trade_id: string }[];
}

/** What was sent is taken and stored within a second, on a machine that has time for it. */
const TAKEN_MAX_MS = 30_000;

/** `serac run` in a process of its own. */
export class RecordingDaemon {
  readonly process: Serac;
  readonly #spawnedAt = performance.now();
  #address = '';

  constructor(
    readonly dataDir: string,
    configFile: string,
    options: SeracOptions = {},
  ) {
    this.process = new Serac(['run', '-c', configFile], options);
  }

  get address(): string {
    return this.#address;
  }

  /** Where its own store's process is, while it has one. */
  get storePid(): number | undefined {
    return storePid(this.dataDir);
  }

  /** Resolves, with the time since it was spawned (ms), when it says that all its parts do their job. */
  async ready(maxMs: number): Promise<number> {
    const [, address] = await Promise.race([
      this.process.line(/is at (http:\S+?)\.? /),
      sleep(maxMs, undefined, { ref: false }).then(() =>
        Promise.reject(new Error(`no address after ${maxMs} ms:\n${this.process.stderr}`)),
      ),
    ]);
    this.#address = address!;
    let last = '';
    while (performance.now() - this.#spawnedAt < maxMs) {
      const response = await fetch(`${this.#address}/health/ready`);
      last = await response.text();
      if (response.status === 200) return performance.now() - this.#spawnedAt;
      await sleep(10);
    }
    throw new Error(`not ready after ${maxMs} ms: ${last}\n${this.process.stderr}`);
  }

  async get<T>(path: string): Promise<T> {
    const response = await fetch(`${this.#address}${path}`);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  /** Asks for what changes something, as who may read the data folder. */
  async control(method: 'POST' | 'DELETE', path: string, body?: object): Promise<{ readonly status: number; readonly body: unknown }> {
    const authorization = `Bearer ${readFileSync(`${this.dataDir}/control`, 'utf8').trim()}`;
    const response = await fetch(`${this.#address}${path}`, {
      method,
      headers: { authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json() };
  }

  async feeds(): Promise<readonly FeedReport[]> {
    return (await this.get<{ data: FeedReport[] }>('/v1/feeds')).data;
  }

  /** A metric's value, summed over its labels. */
  async metric(name: string): Promise<number> {
    const text = await (await fetch(`${this.#address}/metrics`)).text();
    const values = text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
    return values.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  }

  /** Resolves when it has taken so many trades of each of these markets since it started. */
  async untilTaken(trades: number, symbols: readonly string[]): Promise<void> {
    const behind = async (): Promise<string[]> => {
      const taken = new Map((await this.feeds()).map((feed) => [feed.symbol, feed.trades]));
      return symbols.filter((symbol) => (taken.get(symbol) ?? 0) < trades);
    };
    await expect.poll(behind, { timeout: TAKEN_MAX_MS, interval: 25, message: `fewer than ${trades} trades` }).toEqual([]);
  }

  /** Resolves when all that the venue has sent until it was paused is acknowledged. */
  async untilCaughtUp({ symbols }: LedgerSummary): Promise<void> {
    const newest = new Map(symbols.map(({ symbol, emitted_ids: ids }) => [symbolOf(symbol), ids.at(-1)?.[1] ?? 0]));
    const behind = async (): Promise<string[]> =>
      (await this.feeds())
        .filter(({ symbol, last_trade_id: last, unacknowledged }) => unacknowledged > 0 || Number(last ?? 0) < newest.get(symbol)!)
        .map(({ symbol }) => symbol);
    await expect.poll(behind, { timeout: TAKEN_MAX_MS, interval: 25, message: 'not all that was sent is acknowledged' }).toEqual([]);
  }

  async kill(): Promise<void> {
    await this.process.end('SIGKILL');
  }

  async stop(): Promise<Ended> {
    return await this.process.end('SIGTERM');
  }
}

/** The process of the store that runs on a data folder, by its record. */
export function storePid(dataDir: string): number | undefined {
  const path = `${dataDir}/store.json`;
  if (!existsSync(path)) return undefined;
  return (JSON.parse(readFileSync(path, 'utf8')) as { pid: number }).pid;
}
