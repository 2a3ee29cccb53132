import type { JudgedExchange } from './judge.js';

/** Whether every market of an exchange has traded since a moment (ms by its clock), and the daemon that lives now has been told of it. */
export function hasHeardSince({ run, ledger, witness }: JudgedExchange, sinceMs: number): boolean {
  return run.markets.every(({ venueSymbol }) => {
    const { trades } = ledger.find(venueSymbol)!;
    for (let row = trades.length - 1; row >= 0 && trades.timeUs(row) > sinceMs * 1_000; row--) {
      if (witness.hasHad(venueSymbol, trades.id(row))) return true;
    }
    return false;
  });
}

/** Whether it has been told the last trade of every market: none comes after it that could show that it is missing. */
export function hasHeardLast({ run, ledger, witness }: JudgedExchange): boolean {
  return run.markets.every(({ venueSymbol }) => {
    const { trades } = ledger.find(venueSymbol)!;
    return witness.hasHad(venueSymbol, trades.id(trades.length - 1));
  });
}
