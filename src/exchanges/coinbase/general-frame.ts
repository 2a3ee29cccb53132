import type { Side } from '../../domain/trade-block.js';
import type { GeneralFrame } from '../shared/frame-format.js';
import { readDecimal, readIdText, Refusal } from '../shared/general-trade.js';
import { readIsoTime } from '../shared/iso-time.js';
import { isRecord } from '../shared/json-text.js';
import { parseJson } from '../shared/parse-json.js';
import { readTrade, refused, type ReadTrade, type RefusedTrade } from '../shared/read-trade.js';
import type { Control } from '../venue.js';

type Resolve = (venueSymbol: string) => number;

/*
 * Frames that are no trades (shapes as captured, values made up):
 *   {"channel":"subscriptions","timestamp":"..","sequence_num":2,"events":[{"subscriptions":{"market_trades":["BTC-USD","ETH-USD"]}}]}
 *   {"channel":"heartbeats","timestamp":"..","sequence_num":9,"events":[{"current_time":"2026-08-09 21:05:49.0 +0000 UTC m=+1.0","heartbeat_counter":17}]}
 *   {"type":"error","message":".."}
 */

/** Reads one frame with JSON.parse: any key order, spaces, escapes, unknown keys. On the scanner's own shape both agree. */
export function readFrame(text: string, resolve: Resolve): GeneralFrame | Refusal {
  let frame: unknown;
  try {
    frame = parseJson(text);
  } catch {
    return new Refusal('malformed_json', text.slice(0, 64));
  }
  if (!isRecord(frame)) return new Refusal('wrong_type', 'a frame is an object');
  if (frame['channel'] === 'market_trades') return readTrades(frame, resolve);
  const isKnown = frame['channel'] === 'subscriptions' || frame['channel'] === 'heartbeats' || frame['type'] === 'error';
  // Their time and number are used if readable: the number runs across all channels.
  const sentAt = readIsoTime(frame['timestamp']);
  const sequence = readSequence(frame['sequence_num']);
  return {
    sentAt: sentAt instanceof Refusal ? -1 : sentAt,
    sequence: sequence instanceof Refusal ? -1 : sequence,
    trades: [],
    controls: readControls(frame),
    isOther: !isKnown,
  };
}

/** A refused subscription does not name its request: the venue has no request ids. */
function readControls(frame: Record<string, unknown>): Control[] {
  if (frame['type'] === 'error') {
    const reason = frame['message'];
    return [{ type: 'refused', requestId: null, reason: typeof reason === 'string' ? reason : 'no reason given' }];
  }
  const events = frame['events'];
  if (frame['channel'] !== 'subscriptions' || !Array.isArray(events)) return [];
  return (events as unknown[]).flatMap((event): Control[] => {
    const channels = isRecord(event) ? event['subscriptions'] : undefined;
    if (!isRecord(channels)) return [];
    const products = channels['market_trades'] ?? [];
    if (!Array.isArray(products)) return [];
    return [{ type: 'listed', venueSymbols: (products as unknown[]).filter((product) => typeof product === 'string') }];
  });
}

function readTrades(frame: Record<string, unknown>, resolve: Resolve): GeneralFrame | Refusal {
  const sentAt = readIsoTime(frame['timestamp']);
  if (sentAt instanceof Refusal) return sentAt;
  const sequence = readSequence(frame['sequence_num']);
  if (sequence instanceof Refusal) return sequence;
  const events = frame['events'];
  if (!Array.isArray(events)) return new Refusal(events === undefined ? 'missing_field' : 'wrong_type', 'events');
  const trades = (events as unknown[]).flatMap((event) => readEvent(event, resolve));
  return { sentAt, sequence, trades, controls: [], isOther: false };
}

/** An unreadable event does not affect the others of the frame. */
function readEvent(event: unknown, resolve: Resolve): (ReadTrade | RefusedTrade)[] {
  if (!isRecord(event)) return [refused(new Refusal('wrong_type', 'an event is an object'))];
  const { type, trades } = event;
  if (type !== 'snapshot' && type !== 'update') {
    return [refused(new Refusal(type === undefined ? 'missing_field' : 'wrong_type', 'type of the event'))];
  }
  if (!Array.isArray(trades)) return [refused(new Refusal(trades === undefined ? 'missing_field' : 'wrong_type', 'trades'))];
  return (trades as unknown[]).map((trade) => readOne(trade, type === 'snapshot', resolve));
}

function readOne(trade: unknown, isSnapshot: boolean, resolve: Resolve): ReadTrade | RefusedTrade {
  if (!isRecord(trade)) return refused(new Refusal('wrong_type', 'a trade is an object'));
  const name = trade['product_id'];
  if (typeof name !== 'string') return refused(new Refusal(name === undefined ? 'missing_field' : 'wrong_type', 'product'));
  const code = resolve(name);
  if (code < 0) return refused(new Refusal('unknown_symbol', name.slice(0, 64)), name.slice(0, 64));
  const fields = {
    id: readIdText(trade['trade_id']),
    time: readIsoTime(trade['time']),
    quantity: readDecimal(trade['size'], 'bad_quantity'),
    price: readDecimal(trade['price'], 'bad_price'),
    side: takerOf(trade['side']),
  };
  return readTrade(name, code, fields, isSnapshot);
}

/** If the maker sold, the taker bought. */
function takerOf(maker: unknown): Side | Refusal {
  if (maker === 'SELL') return 'buy';
  return maker === 'BUY' ? 'sell' : new Refusal('bad_side', 'side is BUY or SELL');
}

function readSequence(value: unknown): number | Refusal {
  if (typeof value !== 'number') return new Refusal(value === undefined ? 'missing_field' : 'wrong_type', 'sequence_num');
  const isNumber = Number.isSafeInteger(value) && value >= 0 && !Object.is(value, -0);
  return isNumber ? value : new Refusal('wrong_type', `sequence_num ${value}`);
}
