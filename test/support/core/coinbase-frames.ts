import { allDigits, referenceIsoTime, referenceItem, type FrameReading, type ReadItem } from './frame-reading.js';
import type { Random } from './random.js';
import { shallow } from './shallow.js';

/** 2026-08-09T21:05:00Z, us. */
export const COINBASE_BASE_US = Date.UTC(2026, 7, 9, 21, 5) * 1_000;
export const COINBASE_MARKETS = ['BTC-USD', 'BTC-USDT', 'ETH-USDC'];

/** A time with so many digits of a fraction at most, trailing zeros trimmed as the venue does. */
export function trimmedIso(us: number, nanoDigits = ''): string {
  const seconds = new Date(Math.floor(us / 1e6) * 1_000).toISOString().slice(0, 19);
  const fraction = `${String(us % 1e6).padStart(6, '0')}${nanoDigits}`.replace(/0+$/, '');
  return `${seconds}${fraction === '' ? '' : `.${fraction}`}Z`;
}

export interface CoinbaseTrade {
  readonly product: string;
  readonly id: number | string;
  readonly price: string;
  readonly size: string;
  readonly time: string;
  readonly side: string;
}

const coinbaseTrade = ({ product, id, price, size, time, side }: CoinbaseTrade): string =>
  `{"product_id":"${product}","trade_id":"${id}","price":"${price}","size":"${size}","time":"${time}","side":"${side}"}`;

/** A frame exactly as the venue writes it. */
export function coinbaseFrame(type: string, sequence: number, timestamp: string, trades: readonly CoinbaseTrade[]): string {
  const events = `[{"type":"${type}","trades":[${trades.map(coinbaseTrade).join(',')}]}]`;
  return `{"channel":"market_trades","timestamp":"${timestamp}","sequence_num":${sequence},"events":${events}}`;
}

/** A frame of any content that the venue might send. */
export function usualCoinbaseFrame(random: Random, sequence: number): string {
  const sent = COINBASE_BASE_US + random.below(60_000_000);
  const first = random.between(1_000_000_000, 1_000_001_000);
  const mixed = random.chance(0.2);
  const product = random.pick(COINBASE_MARKETS);
  const trades = Array.from({ length: random.between(1, 6) }, (_, at): CoinbaseTrade => {
    const digits = random.pick([0, 1, 2, 3, 6, 8, 8, 12]);
    return {
      product: mixed ? random.pick(COINBASE_MARKETS) : product,
      id: random.chance(0.1) ? first + random.below(4) : first - at,
      price: `${random.digits(random.between(1, 6))}.${random.digits(2)}`,
      size: random.chance(0.04)
        ? '0'
        : `${random.below(20)}${digits === 0 ? '' : `.${'0'.repeat(random.below(3))}${random.digits(digits)}`.slice(0, 13)}`,
      time: trimmedIso(sent - random.below(1_000) * random.pick([1, 1_000, 10_000])),
      side: random.pick(['BUY', 'SELL']),
    };
  });
  const nanos = random.pick(['', '000', '100', '804', '999']);
  return coinbaseFrame(random.pick(['update', 'update', 'snapshot']), sequence, trimmedIso(sent, nanos), trades);
}

const STAMP = '"timestamp":"2026-08-09T21:05:48.228568804Z"';

export const COINBASE_OTHERS = [
  `{"channel":"subscriptions",${STAMP},"sequence_num":2,"events":[{"subscriptions":{"market_trades":["BTC-USD","ETH-USD"]}}]}`,
  `{"channel":"subscriptions",${STAMP},"sequence_num":3,"events":[{"subscriptions":{"heartbeats":["heartbeats"]}}]}`,
  `{"channel":"subscriptions",${STAMP},"sequence_num":3,"events":[{"subscriptions":{"market_trades":7}},{"subscriptions":{}},{},5]}`,
  '{"channel":"subscriptions","events":{}}',
  `{"channel":"heartbeats",${STAMP},"sequence_num":9,"events":[{"current_time":"2026-08-09 21:05:49.0 +0000 UTC m=+1.0","heartbeat_counter":17}]}`,
  '{"channel":"heartbeats","timestamp":"soon","sequence_num":-1,"events":[]}',
  '{"channel":"heartbeats","timestamp":"2008-01-01T00:00:00Z","sequence_num":4}',
  '{"type":"error","message":"product not found"}',
  '{"type":"error"}',
  `{"channel":"ticker",${STAMP},"sequence_num":5,"events":[]}`,
  `{"channel":"market_trades",${STAMP},"sequence_num":6,"events":[]}`,
  `{"channel":"market_trades",${STAMP},"sequence_num":6,"events":[null,{"type":"update"},{"type":"update","trades":{}},{"trades":[]}]}`,
  `{"channel":"market_trades",${STAMP},"sequence_num":6,"events":[{"type":"update","trades":[null,5,[],{}]}]}`,
  `{"channel":"market_trades",${STAMP},"sequence_num":6,"events":{}}`,
  `{"channel":"market_trades",${STAMP},"sequence_num":"6","events":[]}`,
  `{"channel":"market_trades",${STAMP},"sequence_num":-1,"events":[]}`,
  '{"channel":"market_trades","sequence_num":6,"events":[]}',
  `{"channel":"market_trades",${STAMP}}`,
  ...['{}', '[]', 'null', '0', '"market_trades"', '', ' ', '{', '{"channel":', '\u0000', `${'['.repeat(5_000)}${']'.repeat(5_000)}`],
];

/** Reads a frame of Coinbase with JSON.parse alone. */
export function readCoinbase(text: string, markets: readonly string[]): FrameReading {
  let frame: Record<string, unknown>;
  try {
    frame = shallow(JSON.parse(text)) as Record<string, unknown>;
  } catch {
    return { kind: 'reject', faults: new Set(['malformed_json']) };
  }
  if (!plain(frame)) return { kind: 'reject', faults: new Set(['wrong_type']) };
  const sentAt = referenceIsoTime(frame['timestamp']);
  const number = frame['sequence_num'];
  const counts = typeof number === 'number' && allDigits(String(number)) && number <= 9_007_199_254_740_991 && 1 / number !== -Infinity;
  if (frame['channel'] !== 'market_trades') {
    const isError = frame['type'] === 'error';
    const isAnswer = frame['channel'] === 'subscriptions';
    const lists = isAnswer && Array.isArray(frame['events']) ? (frame['events'] as Record<string, unknown>[]) : [];
    const listed = lists.filter((event) => {
      const channels = plain(event) ? (event['subscriptions'] as Record<string, unknown>) : undefined;
      return (
        plain(channels) &&
        (channels['market_trades'] === undefined || channels['market_trades'] === null || Array.isArray(channels['market_trades']))
      );
    });
    return {
      ...{ kind: 'quiet', sentAt: typeof sentAt === 'string' ? -1 : sentAt, sequence: counts ? number : -1 },
      ...{ controls: isError ? 1 : listed.length, isOther: !isError && !isAnswer && frame['channel'] !== 'heartbeats' },
    };
  }
  const faults = new Set<string>();
  if (typeof sentAt === 'string') faults.add(sentAt);
  if (!counts) faults.add(number === undefined ? 'missing_field' : 'wrong_type');
  const events = frame['events'];
  if (!Array.isArray(events)) faults.add(events === undefined ? 'missing_field' : 'wrong_type');
  if (faults.size > 0) return { kind: 'reject', faults };
  const items: ReadItem[] = [];
  for (const event of events as unknown[]) {
    const wrong = (...some: string[]): ReadItem => ({ kind: 'reject', faults: new Set(some) });
    if (!plain(event)) items.push(wrong('wrong_type'));
    else if ((event['type'] !== 'snapshot' && event['type'] !== 'update') || !Array.isArray(event['trades']))
      items.push(wrong('wrong_type', 'missing_field'));
    else {
      for (const trade of event['trades'] as unknown[]) {
        if (!plain(trade)) {
          items.push(wrong('wrong_type'));
          continue;
        }
        const { product_id: symbol, trade_id: id, time, price, size: quantity, side } = trade;
        const bought = side === 'SELL' ? true : side === 'BUY' ? false : undefined;
        items.push(
          referenceItem({ symbol, id, time, price, quantity, bought }, event['type'] === 'snapshot', (name) =>
            markets.includes(name) ? name : undefined,
          ),
        );
      }
    }
  }
  return { kind: 'trades', sentAt: sentAt as number, sequence: number as number, items };
}

function plain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
