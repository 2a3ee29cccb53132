import { trimmedIso, COINBASE_BASE_US } from './coinbase-frames.js';
import { allDigits, referenceIsoTime, referenceItem, type FrameReading, type ReadItem } from './frame-reading.js';
import { NumberText, parseKeepingNumbers } from './number-text.js';
import type { Random } from './random.js';
import { shallow } from './shallow.js';

export const KRAKEN_MARKETS = ['BTC-USD', 'DOGE-USDT', 'ETH-BTC'];

export interface KrakenTrade {
  readonly symbol: string;
  readonly side: string;
  readonly price: string;
  readonly qty: string;
  readonly id: number | string;
  readonly time: string;
}

/** A frame exactly as the venue writes it. */
export function krakenFrame(type: string, trades: readonly KrakenTrade[]): string {
  const data = trades.map(
    ({ symbol, side, price, qty, id, time }) =>
      `{"symbol":"${symbol}","side":"${side}","price":${price},"qty":${qty},"ord_type":"market","trade_id":${id},"timestamp":"${time}"}`,
  );
  return `{"channel":"trade","type":"${type}","data":[${data.join(',')}]}`;
}

/** A frame of any content that the venue might send. */
export function usualKrakenFrame(random: Random): string {
  const time = COINBASE_BASE_US + random.below(60_000_000);
  const first = random.between(81_000_000, 81_001_000);
  const mixed = random.chance(0.2);
  const symbol = random.pick(KRAKEN_MARKETS);
  const fraction = (): string => random.pick(['', '.6', '.00043000', '.000000000001', `.${random.digits(random.between(1, 12))}`]);
  const trades = Array.from({ length: random.between(1, 6) }, (_, at): KrakenTrade => {
    const quantity = random.chance(0.04) ? '0.00000000' : `${random.below(20)}${fraction()}`;
    return {
      symbol: (mixed ? random.pick(KRAKEN_MARKETS) : symbol).replace('-', '/'),
      side: random.pick(['buy', 'sell']),
      price: `${random.digits(random.between(1, 6))}${fraction()}`,
      qty: quantity,
      id: random.chance(0.1) ? first + random.below(4) : first + at,
      time: random.chance(0.5)
        ? trimmedIso(time + at * random.below(5_000))
        : trimmedIso(time + at)
            .replace(/Z$/, '')
            .padEnd(19, '0') + 'Z',
    };
  });
  return krakenFrame(random.pick(['update', 'update', 'snapshot']), trades);
}

const TIMES = '"time_in":"2026-08-09T21:05:42.742599Z","time_out":"2026-08-09T21:05:42.742648Z"';

export const KRAKEN_OTHERS = [
  '{"channel":"heartbeat"}',
  '{"channel":"status","type":"update","data":[{"api_version":"v2","connection_id":13834774380200032777,"system":"online","version":"2.0.0"}]}',
  `{"method":"subscribe","result":{"channel":"trade","snapshot":true,"symbol":"BTC/USD"},"success":true,${TIMES},"req_id":3}`,
  `{"method":"unsubscribe","result":{"channel":"trade","symbol":"BTC/USD"},"success":true,${TIMES},"req_id":4}`,
  `{"error":"Currency pair not supported FOO/BAR","method":"subscribe","req_id":5,"success":false,"symbol":"FOO/BAR",${TIMES}}`,
  `{"error":"Currency pair not supported FOO/BAR","method":"subscribe","req_id":5,"success":false,${TIMES}}`,
  '{"method":"subscribe","success":true,"result":{"symbol":"BTC/USD"}}',
  '{"method":"subscribe","success":false}',
  `{"method":"pong","req_id":0,${TIMES}}`,
  '{"method":"pong","time_out":"2199-01-01T00:00:00Z"}',
  '{"method":7}',
  '{"channel":"trade"}',
  '{"channel":"trade","type":"update"}',
  '{"channel":"trade","type":"update","data":{}}',
  '{"channel":"trade","type":"update","data":[]}',
  '{"channel":"trade","type":"update","data":[null,5,"x",[],{}]}',
  '{"channel":"trade","type":"delta","data":[]}',
  '{"channel":"book","type":"update","data":[]}',
  ...['{}', '[]', 'null', '0', '"trade"', '', ' ', '{', '{"channel":', '\u0000', `${'['.repeat(1_000)}${']'.repeat(1_000)}`],
];

/** A number without its exponent, by counting places; as it is where that has none, a sign, or far more digits than fit. */
function withoutExponent(text: string): string {
  const mark = Math.max(text.indexOf('e'), text.indexOf('E'));
  const exponent = Number(text.slice(mark + 1));
  if (mark < 0 || text.startsWith('-') || text.length > 512 || Math.abs(exponent) > 64) return text;
  const [whole = '', fraction = ''] = text.slice(0, mark).split('.');
  const places = fraction.length - exponent;
  const digits = BigInt(whole + fraction);
  if (places <= 0) return String(digits * 10n ** BigInt(-places));
  const padded = String(digits).padStart(places + 1, '0');
  return `${padded.slice(0, -places)}.${padded.slice(-places)}`;
}

/** Reads a frame of Kraken letter by letter. */
export function readKraken(text: string, markets: readonly string[]): FrameReading {
  let frame: unknown;
  try {
    frame = shallow(parseKeepingNumbers(text));
  } catch {
    return { kind: 'reject', faults: new Set(['malformed_json']) };
  }
  if (!(frame instanceof Map)) return { kind: 'reject', faults: new Set(['wrong_type']) };
  const get = (name: string): unknown => (frame as Map<string, unknown>).get(name);
  if (get('channel') !== 'trade') {
    const method = get('method');
    const sentAt = typeof method === 'string' ? referenceIsoTime(get('time_out')) : -1;
    const asks = method === 'subscribe' || method === 'unsubscribe';
    const id = get('req_id');
    const isNamed =
      id instanceof NumberText && allDigits(id.text) && String(Number(id.text)) === id.text && Number.isSafeInteger(Number(id.text));
    return {
      ...{ kind: 'quiet', sentAt: typeof sentAt === 'string' ? -1 : sentAt, sequence: -1 },
      ...{ controls: asks && (get('success') !== true || isNamed) ? 1 : 0 },
      isOther: typeof method !== 'string' && get('channel') !== 'heartbeat',
    };
  }
  const type = get('type');
  const data = get('data');
  const faults = new Set<string>();
  if (type !== 'snapshot' && type !== 'update') faults.add(type === undefined ? 'missing_field' : 'wrong_type');
  if (!Array.isArray(data)) faults.add(data === undefined ? 'missing_field' : 'wrong_type');
  if (faults.size > 0) return { kind: 'reject', faults };
  const items = (data as unknown[]).map((trade): ReadItem => {
    if (!(trade instanceof Map)) return { kind: 'reject', faults: new Set(['wrong_type']) };
    const fields = trade as Map<string, unknown>;
    /** What is to be a number, as text; null where it is something else. */
    const number = (name: string): unknown => {
      const value = fields.get(name);
      return value instanceof NumberText ? value.text : value === undefined ? undefined : null;
    };
    const amount = (name: string): unknown => {
      const text = number(name);
      return typeof text === 'string' ? withoutExponent(text) : text;
    };
    const side = fields.get('side');
    return referenceItem(
      {
        ...{ symbol: fields.get('symbol'), id: number('trade_id'), time: fields.get('timestamp') },
        ...{ price: amount('price'), quantity: amount('qty'), bought: side === 'buy' ? true : side === 'sell' ? false : undefined },
      },
      type === 'snapshot',
      (name) => markets.find((market) => market.replace('-', '/') === name),
    );
  });
  return { kind: 'trades', sentAt: -1, sequence: -1, items };
}
