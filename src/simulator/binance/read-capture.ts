import type { Instrument } from '../market/market.js';
import type { CapturedTrade, Capture } from '../market/replay-market.js';

/** Quote currencies by which a symbol is taken apart, the longer ones first; Binance does not separate the two. */
const QUOTES = ['FDUSD', 'USDT', 'USDC', 'TUSD', 'BUSD', 'BTC', 'ETH', 'BNB', 'EUR', 'TRY', 'BRL', 'JPY', 'DAI'];

/** What a trade frame says, as text: digits are kept as they are. */
interface FrameFields {
  readonly receivedUs: number;
  readonly verbatim: string;
  readonly symbol: string;
  readonly id: number;
  readonly price: string;
  readonly quantity: string;
  readonly timeUs: number;
  readonly eventTimeUs: number;
  readonly takerBuys: boolean;
}

/**
 * Reads the lines of a capture (`<receive_time_ns> <json>`, combined or raw frames). Frames that are not trades, and lines
 * that cannot be read, are left out. The tick and the lot of a symbol are the finest that its trades show.
 */
export function readCapture(lines: Iterable<string>): Capture {
  const frames: FrameFields[] = [];
  for (const line of lines) {
    const frame = readLine(line);
    if (frame !== null) frames.push(frame);
  }

  const decimals = new Map<string, { price: number; quantity: number }>();
  for (const { symbol, price, quantity } of frames) {
    const finest = decimals.get(symbol) ?? { price: 0, quantity: 0 };
    decimals.set(symbol, {
      price: Math.max(finest.price, fractionOf(price).length),
      quantity: Math.max(finest.quantity, fractionOf(quantity).length),
    });
  }
  const instruments = [...decimals].map(([symbol, finest]) => toInstrument(symbol, finest.price, finest.quantity));
  const indexes = new Map(instruments.map(({ symbol }, index) => [symbol, index]));
  const trades = frames.map((frame) => {
    const index = indexes.get(frame.symbol)!;
    return toTrade(frame, index, instruments[index]!);
  });
  return { instruments, trades };
}

function readLine(line: string): FrameFields | null {
  const space = line.indexOf(' ');
  // Most lines of a capture are of other streams: they need not be parsed to be left out.
  if (space === -1 || !line.includes('"e":"trade"')) return null;
  const verbatim = line.slice(space + 1).trimEnd();
  const received = Number(line.slice(0, Math.max(0, space - 3)));
  try {
    const frame = JSON.parse(verbatim) as Record<string, unknown>;
    const { e, E, s, t, p, q, T, m } = (frame['data'] ?? frame) as Record<string, unknown>;
    if (e !== 'trade' || typeof s !== 'string' || typeof m !== 'boolean') return null;
    if (!isDecimal(p) || !isDecimal(q) || !isCount(t) || !isCount(T) || !isCount(E) || !isCount(received)) return null;
    const timeUs = toMicroseconds(T);
    return {
      receivedUs: received,
      verbatim,
      symbol: s,
      id: t,
      price: p,
      quantity: q,
      timeUs,
      eventTimeUs: toMicroseconds(E),
      takerBuys: !m,
    };
  } catch {
    return null;
  }
}

function toTrade(frame: FrameFields, instrument: number, { priceDecimals, quantityDecimals }: Instrument): CapturedTrade {
  return {
    receivedUs: frame.receivedUs,
    trade: {
      instrument,
      id: frame.id,
      price: toUnits(frame.price, priceDecimals),
      quantity: toUnits(frame.quantity, quantityDecimals),
      takerBuys: frame.takerBuys,
      timeUs: frame.timeUs,
      eventTimeUs: frame.eventTimeUs,
      verbatim: frame.verbatim,
    },
  };
}

function toInstrument(symbol: string, priceDecimals: number, quantityDecimals: number): Instrument {
  const quote = QUOTES.find((name) => symbol.endsWith(name) && symbol.length > name.length) ?? '';
  return { symbol, base: symbol.slice(0, symbol.length - quote.length), quote, priceDecimals, quantityDecimals };
}

/** The digits after the point, without trailing zeros. */
function fractionOf(decimal: string): string {
  return (decimal.split('.')[1] ?? '').replace(/0+$/, '');
}

function toUnits(decimal: string, decimals: number): number {
  const units = Number(BigInt(decimal.split('.')[0]! + fractionOf(decimal).padEnd(decimals, '0')));
  if (!Number.isSafeInteger(units)) throw new Error(`The capture holds ${decimal}, which is too large to be replayed exactly.`);
  return units;
}

/** Binance gives milliseconds, or microseconds where the client asked for them: 13 or 16 digits for centuries. */
function toMicroseconds(time: number): number {
  return time < 1e14 ? time * 1_000 : time;
}

function isDecimal(value: unknown): value is string {
  return typeof value === 'string' && /^\d+(\.\d+)?$/.test(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
