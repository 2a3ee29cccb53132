import { setTimeout as sleep } from 'node:timers/promises';

const EVERY_MS = 40;
const LIMIT = 1_000;
const PROBLEMS_MAX = 20;

interface Numbered {
  readonly first: number;
  readonly last: number;
  readonly name: string;
}

/**
 * Reads the newest trades and candles of a running daemon again and again: at no moment may an answer have a hole, a double or
 * an end that lies before an earlier answer's. While the store is down the daemon may say so (503), and nothing else.
 */
export class ContinuityWatch {
  readonly problems: string[] = [];
  readonly #statuses = new Map<number, number>();
  readonly #newest = new Map<string, number>();
  #over = false;
  readonly #done: Promise<unknown>;

  constructor(
    readonly address: string,
    symbols: readonly string[],
  ) {
    this.#done = this.#run(symbols).catch((error: unknown) => this.#note(`the daemon does not answer: ${String(error)}`));
  }

  get summary(): string {
    return `answers ${[...this.#statuses].map(([status, count]) => `${status}: ${count}`).join(', ')}`;
  }

  async stop(): Promise<void> {
    this.#over = true;
    await this.#done;
  }

  async #run(symbols: readonly string[]): Promise<void> {
    while (!this.#over) {
      for (const symbol of symbols) {
        await this.#look(`/v1/trades?market=binance:${symbol}&order=desc&limit=${LIMIT}`, ({ trade_id }) => [trade_id!, trade_id!]);
        for (const interval of ['1s', '1m']) {
          const path = `/v1/candles?market=binance:${symbol}&interval=${interval}&order=desc&limit=${LIMIT}`;
          await this.#look(path, ({ first_trade_id, last_trade_id }) => [first_trade_id!, last_trade_id!]);
        }
      }
      await sleep(EVERY_MS);
    }
  }

  async #look(path: string, idsOf: (row: Record<string, string>) => [string, string]): Promise<void> {
    const response = await fetch(`${this.address}${path}`);
    const text = await response.text();
    this.#statuses.set(response.status, (this.#statuses.get(response.status) ?? 0) + 1);
    if (response.status !== 200) {
      if (response.status !== 503) this.#note(`${path}: ${response.status} ${text}`);
      return;
    }
    const { data } = JSON.parse(text) as { data: Record<string, string>[] };
    const rows = data
      .map((row): Numbered => {
        const [first, last] = idsOf(row);
        return { first: Number(first), last: Number(last), name: JSON.stringify(row) };
      })
      .reverse();
    for (let at = 1; at < rows.length; at++) {
      if (rows[at]!.first !== rows[at - 1]!.last + 1) this.#note(`${path}: ${rows[at - 1]!.name} is followed by ${rows[at]!.name}`);
    }
    const newest = rows[rows.length - 1]?.last ?? 0;
    const before = this.#newest.get(path) ?? 0;
    if (newest < before) this.#note(`${path}: it ended with ${before}, and now with ${newest}`);
    this.#newest.set(path, Math.max(newest, before));
  }

  #note(problem: string): void {
    if (this.problems.length < PROBLEMS_MAX) this.problems.push(problem);
  }
}
