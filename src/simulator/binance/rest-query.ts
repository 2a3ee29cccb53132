import { type Interval, isInterval } from '../interval.js';
import type { Ledger } from '../ledger/ledger.js';
import type { SymbolLedger } from '../ledger/symbol-ledger.js';

const LIMIT_DEFAULT = 500;
const LIMIT_MAX = 1_000;

/** The parameters of a request, read with the venue's own complaints. */
export class RestQuery {
  readonly #params: URLSearchParams;
  readonly #ledger: Ledger;

  constructor(params: URLSearchParams, ledger: Ledger) {
    this.#params = params;
    this.#ledger = ledger;
  }

  get(name: string): string | null {
    return this.#params.get(name);
  }

  symbol(): SymbolLedger {
    return this.#find(this.#mandatory('symbol'));
  }

  /** `symbol`, or `symbols` as a JSON list, or all. */
  symbols(): readonly SymbolLedger[] {
    if (this.#params.has('symbol')) return [this.symbol()];
    const list = this.#params.get('symbols');
    if (list === null) return this.#ledger.symbols().map((symbol) => this.#find(symbol));
    if (!/^\["[^"]+"(,"[^"]+")*\]$/.test(list)) throw illegal('symbols');
    return (JSON.parse(list) as string[]).map((symbol) => this.#find(symbol));
  }

  interval(): Interval {
    const interval = this.#mandatory('interval');
    if (!isInterval(interval)) throw new RestError(-1120, 'Invalid interval.');
    return interval;
  }

  /** More than the venue gives is not refused: it gives what it has. */
  limit(): number {
    const limit = this.integer('limit') ?? LIMIT_DEFAULT;
    if (limit === 0) throw new RestError(-1130, "Data sent for parameter 'limit' is not valid.");
    return Math.min(limit, LIMIT_MAX);
  }

  /** A whole number, not negative; null when it is not there. */
  integer(name: string): number | null {
    const text = this.#params.get(name);
    if (text === null) return null;
    if (!/^\d{1,16}$/.test(text)) throw illegal(name);
    return Number(text);
  }

  #mandatory(name: string): string {
    const text = this.#params.get(name);
    if (text === null || text === '') {
      throw new RestError(-1102, `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`);
    }
    return text;
  }

  #find(symbol: string): SymbolLedger {
    const found = this.#ledger.find(symbol);
    if (found === undefined) throw new RestError(-1121, 'Invalid symbol.');
    return found;
  }
}

function illegal(name: string): RestError {
  return new RestError(-1100, `Illegal characters found in parameter '${name}'.`);
}

/** A refusal as Binance words it: `{"code":-1121,"msg":"Invalid symbol."}` with an HTTP status. */
export class RestError extends Error {
  readonly status: number;
  readonly code: number;

  constructor(code: number, message: string, status = 400) {
    super(message);
    this.name = 'RestError';
    this.code = code;
    this.status = status;
  }
}
