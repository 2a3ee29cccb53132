import type { GeneralFrame } from '../shared/frame-format.js';
import { readDecimal, readIdText, Refusal } from '../shared/general-trade.js';
import { readIsoTime } from '../shared/iso-time.js';
import { isRecord, JsonText, withoutExponent } from '../shared/json-text.js';
import { readTrade, refused, type ReadTrade, type RefusedTrade } from '../shared/read-trade.js';
import type { Control } from '../venue.js';

type Resolve = (venueSymbol: string) => number;

/*
 * Frames without trades (shapes from the venue's documentation, values made up):
 *   {"channel":"heartbeat"}
 *   {"method":"subscribe","result":{"channel":"trade","symbol":"BTC/USD","snapshot":true},"success":true,"time_in":"..","time_out":"..","req_id":3}
 *   {"method":"subscribe","error":"Currency pair not supported FOO/BAR","symbol":"FOO/BAR","success":false,"time_in":"..","time_out":"..","req_id":3}
 *   {"method":"pong","req_id":0,"time_in":"..","time_out":".."}
 */

/** Longest reason kept, characters. */
const REASON_MAX = 200;

/** A pair in the text of an error. */
const SYMBOL = /[A-Z0-9.]+\/[A-Z0-9.]+/;

/** Reads one frame of any shape, keeping the digits of its numbers. For a frame that the fast scanner can read, both give the same result. */
export function readFrame(text: string, resolve: Resolve): GeneralFrame | Refusal {
  const json = JsonText.read(text);
  if (json === undefined) return new Refusal('malformed_json', text.slice(0, 64));
  const frame = json.value;
  if (!isRecord(frame)) return new Refusal('wrong_type', 'a frame is an object');
  if (frame['channel'] === 'trade') return readTrades(frame, json, resolve);
  const isAnswer = typeof frame['method'] === 'string';
  // A reply has a send time; heartbeats and trades have not.
  const sentAt = isAnswer ? readIsoTime(frame['time_out']) : -1;
  return {
    sentAt: sentAt instanceof Refusal ? -1 : sentAt,
    sequence: -1,
    trades: [],
    controls: readAnswer(frame, json),
    isOther: !isAnswer && frame['channel'] !== 'heartbeat',
  };
}

/** A request gets one reply per symbol. */
function readAnswer(frame: Record<string, unknown>, json: JsonText): Control[] {
  const { method, success, result, error } = frame;
  if (method !== 'subscribe' && method !== 'unsubscribe') return [];
  const requestId = readIdText(json.digits(frame['req_id']));
  // Truncated before it is searched: searching a very long text would take minutes.
  const reason = typeof error === 'string' ? error.slice(0, REASON_MAX) : 'no reason given';
  const named = (isRecord(result) ? result['symbol'] : frame['symbol']) ?? SYMBOL.exec(reason)?.[0];
  const symbols = typeof named === 'string' ? { venueSymbols: [named] } : {};
  // A repeated request, sent because a reply was lost, gets an error although the subscription exists.
  if (success === true || (method === 'subscribe' && /already subscribed/i.test(reason))) {
    return requestId instanceof Refusal ? [] : [{ type: 'acknowledged', requestId, ...symbols }];
  }
  return [{ type: 'refused', requestId: requestId instanceof Refusal ? null : requestId, reason, ...symbols }];
}

function readTrades(frame: Record<string, unknown>, json: JsonText, resolve: Resolve): GeneralFrame | Refusal {
  const { type, data } = frame;
  if (type !== 'snapshot' && type !== 'update') return new Refusal(type === undefined ? 'missing_field' : 'wrong_type', 'type');
  if (!Array.isArray(data)) return new Refusal(data === undefined ? 'missing_field' : 'wrong_type', 'data');
  const trades = (data as unknown[]).map((trade) => readOne(trade, type === 'snapshot', json, resolve));
  return { sentAt: -1, sequence: -1, trades, controls: [], isOther: false };
}

function readOne(trade: unknown, isSnapshot: boolean, json: JsonText, resolve: Resolve): ReadTrade | RefusedTrade {
  if (!isRecord(trade)) return refused(new Refusal('wrong_type', 'a trade is an object'));
  const name = trade['symbol'];
  if (typeof name !== 'string') return refused(new Refusal(name === undefined ? 'missing_field' : 'wrong_type', 'symbol'));
  const code = resolve(name);
  if (code < 0) return refused(new Refusal('unknown_symbol', name.slice(0, 64)), name.slice(0, 64));
  /** The digits of a number field; any other value is left as it is, and is then rejected as not being text. */
  const digits = (field: string): unknown => (typeof trade[field] === 'string' ? null : (json.digits(trade[field]) ?? trade[field]));
  /** The venue writes plain digits; a capture that passed through another program may have exponents. */
  const amount = (field: string): unknown => {
    const text = digits(field);
    return typeof text === 'string' ? withoutExponent(text) : text;
  };
  const { side } = trade;
  const fields = {
    id: readIdText(digits('trade_id')),
    time: readIsoTime(trade['timestamp']),
    quantity: readDecimal(amount('qty'), 'bad_quantity'),
    price: readDecimal(amount('price'), 'bad_price'),
    side: side === 'buy' || side === 'sell' ? side : new Refusal('bad_side', 'side is buy or sell'),
  } as const;
  return readTrade(name, code, fields, isSnapshot);
}
