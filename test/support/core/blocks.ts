import { FrameBlock } from '../../../src/domain/frame-block.js';
import { SymbolTable } from '../../../src/domain/symbol-table.js';
import { ORIGIN, type Origin, SIDE, TradeBlock } from '../../../src/domain/trade-block.js';
import { VenueClock } from '../../../src/domain/venue-clock.js';
import { binance } from '../../../src/exchanges/binance/index.js';
import type { Decode } from '../../../src/exchanges/venue.js';
import type { ReferenceTrade } from './reference.js';

const encoder = new TextEncoder();

export interface TimedFrame {
  readonly bytes: Uint8Array;
  /** ns. */
  readonly receiveTime: bigint;
}

export const bytesOf = (text: string): Uint8Array => encoder.encode(text);

/** A block of just these frames. @param spare bytes left free behind them */
export function frameBlock(frames: readonly TimedFrame[], spare = 0, origin: Origin = 'live'): FrameBlock {
  const size = frames.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const block = new FrameBlock(1, origin, frames.length, size + spare);
  for (const { bytes, receiveTime } of frames) if (!block.push(bytes, receiveTime)) throw new Error('the frame does not fit its block');
  return block;
}

export interface Bench {
  readonly symbols: SymbolTable;
  readonly decode: Decode;
  readonly clock: VenueClock;
  readonly resolve: (venueSymbol: string) => number;
}

/** A decoder of Binance frames that takes these markets. */
export function binanceBench(markets: readonly string[], maxSkewUs = 60_000_000): Bench {
  const symbols = new SymbolTable('binance');
  const codes = new Map(markets.map((symbol) => [binance.toVenueSymbol(symbol), symbols.codeOf(symbol)]));
  const clock = new VenueClock(maxSkewUs);
  const resolve = (venueSymbol: string) => codes.get(venueSymbol) ?? -1;
  return { symbols, clock, resolve, decode: binance.decoder({ symbols, resolve, clock }) };
}

/** A row as the reference says it. */
export function rowOf(block: TradeBlock, row: number): ReferenceTrade {
  return {
    symbol: block.symbols.nameOf(block.symbol[row]!),
    id: block.id[row]!,
    time: block.eventTime[row]!,
    price: block.price(row),
    quantity: block.quantity(row),
    bought: block.side[row] === SIDE.buy,
    repaired: block.origin[row] === ORIGIN.backfill,
  };
}

const LIMB = 10n ** 12n;

/** A block of these trades, all of one symbol, its limbs split here and not by the program. */
export function tradeBlock(
  trades: readonly Omit<ReferenceTrade, 'symbol'>[],
  symbols = new SymbolTable('binance'),
  symbol = 'BTC-USDT',
): TradeBlock {
  const block = new TradeBlock(symbols, 1, trades.length);
  const code = symbols.codeOf(symbol);
  trades.forEach(({ id, time, price, quantity, bought, repaired }, row) => {
    block.symbol[row] = code;
    block.id[row] = id;
    block.eventTime[row] = time;
    block.priceWhole[row] = Number((price / LIMB) % LIMB);
    block.priceFraction[row] = Number(price % LIMB);
    block.quantityWhole[row] = Number((quantity / LIMB) % LIMB);
    block.quantityFraction[row] = Number(quantity % LIMB);
    if (price >= LIMB * LIMB) block.setPriceHigh(row, Number(price / (LIMB * LIMB)));
    if (quantity >= LIMB * LIMB) block.setQuantityHigh(row, Number(quantity / (LIMB * LIMB)));
    block.side[row] = bought ? SIDE.buy : SIDE.sell;
    block.origin[row] = repaired ? ORIGIN.backfill : ORIGIN.live;
    block.length += 1;
  });
  return block;
}

/** Row numbers from 0 on. */
export function rowsUpTo(count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, row) => row);
}
