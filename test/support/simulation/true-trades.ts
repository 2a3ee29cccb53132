import { isRepaired } from '../../../src/domain/trade-block.js';
import type { SymbolLedger } from '../../../src/simulator/ledger/symbol-ledger.js';
import type { StoredTrade } from './memory-store/trade-table.js';

const DIGITS = 12;

/** A trade as the ledger knows it, in the units of the store. */
export interface TrueTrade {
  readonly id: number;
  readonly price: bigint;
  readonly quantity: bigint;
  readonly bought: boolean;
  /** us, as exactly as the venue tells it. */
  readonly time: number;
  readonly repaired: boolean;
}

/** The trades of a market from an id on, by id. */
export function* trueTrades(venue: string, { trades, instrument }: SymbolLedger, fromId = 0): Generator<TrueTrade> {
  const priceUnit = 10n ** BigInt(DIGITS - instrument.priceDecimals);
  const quantityUnit = 10n ** BigInt(DIGITS - instrument.quantityDecimals);
  for (let row = trades.firstRowFrom(fromId); row < trades.length; row++) {
    yield {
      id: trades.id(row),
      price: BigInt(trades.price(row)) * priceUnit,
      quantity: BigInt(trades.quantity(row)) * quantityUnit,
      bought: trades.takerBuys(row),
      time: toldTime(venue, trades.timeUs(row)),
      repaired: false,
    };
  }
}

/** Binance tells milliseconds where nobody asks for more. */
function toldTime(venue: string, timeUs: number): number {
  return venue === 'binance' ? timeUs - (timeUs % 1_000) : timeUs;
}

/** What is wrong with a stored trade; null where it is the one that was traded. */
export function differenceOf(stored: StoredTrade, traded: TrueTrade): string | null {
  const names = ['price', 'quantity', 'bought', 'time'] as const;
  const wrong = names.filter((name) => stored[name] !== traded[name]);
  if (wrong.length === 0) return null;
  const by = isRepaired(stored.origin) ? 'repaired' : 'live';
  return `${stored.id} (${by}): ${wrong.map((name) => `${name} is ${stored[name]}, traded was ${traded[name]}`).join(', ')}`;
}
