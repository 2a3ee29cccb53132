import { expect } from 'vitest';
import type { Interval } from '../../../src/domain/candle.js';
import { Serac } from './serac.js';

export interface LedgerSummary {
  /** Whether a capture is over. */
  readonly ended: boolean;
  readonly trades: number;
  readonly emitted: number;
  readonly symbols: readonly {
    readonly symbol: string;
    readonly emitted: number;
    readonly emitted_ids: readonly (readonly [number, number])[];
    readonly first_trade_id: number | null;
    readonly last_trade_id: number | null;
  }[];
  /** What the venue has answered its clients, by status or by code. */
  readonly traffic: {
    readonly connections: number;
    readonly refused: Readonly<Record<string, number>>;
    readonly closed: Readonly<Record<string, number>>;
    readonly rest: Readonly<Record<string, number>>;
  };
}

/** A trade as the ledger tells it, in the order of its ids. */
export interface SentTrade {
  readonly id: number;
  /** `price,quantity,side,time_ms`, as stored trades are written for the comparison. */
  readonly text: string;
}

export interface SentCandle {
  readonly open_time: number;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  readonly volume: string;
  readonly quote_volume: string;
  readonly taker_buy_volume: string;
  readonly taker_buy_quote_volume: string;
  readonly vwap: string;
  readonly trade_count: number;
  readonly first_trade_id: number;
  readonly last_trade_id: number;
}

const TRADED_MAX_MS = 30_000;
const SIMULATED_SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT', 'PEPEUSDT', 'QUIETUSDT'] as const;

/** Serac's name of a simulated market. */
export function symbolOf(venueSymbol: string): string {
  return venueSymbol.replace(/USDT$/, '-USDT');
}

/** A simulated exchange in a process of its own, with its ledger of everything that it has sent. */
export class SimulatedVenue {
  private constructor(
    readonly process: Serac,
    readonly ws: string,
    readonly rest: string,
    /** What it trades, by its own names. */
    readonly symbols: readonly string[],
  ) {}

  /**
   * One that trades at random: so many trades a second, the same for the same seed.
   * @param more what its command line says beside
   */
  static async start(seed: number, rate: number, more: readonly string[] = []): Promise<SimulatedVenue> {
    return await SimulatedVenue.#launch(['--seed', String(seed), '--rate', String(rate), ...more], SIMULATED_SYMBOLS);
  }

  /** One with so many made-up markets, all traded alike and at one rate. */
  static async withMarkets(seed: number, rate: number, markets: number): Promise<SimulatedVenue> {
    const symbols = Array.from({ length: markets }, (_, index) => `M${index + 1}USDT`);
    const args = ['--seed', String(seed), '--rate', String(rate), '--steady', '--symbols', String(markets)];
    return await SimulatedVenue.#launch(args, symbols);
  }

  /** One that plays a capture again, so many times as fast as it was, from the first subscription on. */
  static async replaying(capture: string, speed: string, symbols: readonly string[]): Promise<SimulatedVenue> {
    return await SimulatedVenue.#launch(['--capture', capture, '--speed', speed], symbols);
  }

  static async #launch(args: readonly string[], symbols: readonly string[]): Promise<SimulatedVenue> {
    const running = new Serac(['simulate', '--venue', 'binance', '--port', '0', '--ledger', '--json', ...args]);
    const [line] = await running.line(/^\{.*\}$/);
    const { ws, rest } = JSON.parse(line) as { ws: string; rest: string };
    return new SimulatedVenue(running, ws, rest, symbols);
  }

  async summary(): Promise<LedgerSummary> {
    return JSON.parse(await this.#get('/_ledger/summary')) as LedgerSummary;
  }

  /** Resolves when each of these markets, by the venue's names, has traded so often since it was asked. */
  async trade(times: number, venueSymbols: readonly string[]): Promise<void> {
    const newest = async (): Promise<number[]> => {
      const { symbols } = await this.summary();
      return venueSymbols.map((name) => symbols.find(({ symbol }) => symbol === name)?.last_trade_id ?? 0);
    };
    const before = await newest();
    await expect
      .poll(async () => Math.min(...(await newest()).map((id, at) => id - before[at]!)), { timeout: TRADED_MAX_MS, interval: 50 })
      .toBeGreaterThanOrEqual(times);
  }

  /** Halts the market; what was sent stays on its way. */
  async pause(): Promise<LedgerSummary> {
    return JSON.parse(await this.#get('/_ledger/pause', 'POST')) as LedgerSummary;
  }

  /** Lets the market go on after a pause. */
  async resume(): Promise<void> {
    await this.#get('/_ledger/resume', 'POST');
  }

  /** Everything that was traded, whether it was sent to somebody or not. */
  async trades(venueSymbol: string): Promise<SentTrade[]> {
    const lines = (await this.#get(`/_ledger/trades?symbol=${venueSymbol}`)).trim().split('\n').slice(1);
    return lines.map((line) => {
      const [id, price, quantity, side, timeMs] = line.split(',');
      return { id: Number(id), text: `${price},${quantity},${side},${timeMs}` };
    });
  }

  /** The candles of everything that was traded. */
  async candles(venueSymbol: string, interval: Interval): Promise<SentCandle[]> {
    const lines = (await this.#get(`/_ledger/candles?symbol=${venueSymbol}&interval=${interval}`)).split('\n');
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as SentCandle);
  }

  async stop(): Promise<void> {
    await this.process.end('SIGTERM');
  }

  async #get(path: string, method = 'GET'): Promise<string> {
    // A connection that lay idle for minutes may be closed just when it is used again.
    const response = await fetch(`${this.rest}${path}`, { method, headers: { connection: 'close' } });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return await response.text();
  }
}
