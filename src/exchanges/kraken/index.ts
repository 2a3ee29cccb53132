import { frameDecoder } from '../shared/frame-decoder.js';
import type { Venue } from '../venue.js';
import { KrakenScanner } from './frame-scanner.js';
import { readFrame } from './general-frame.js';
import { krakenRest } from './rest.js';
import { toSymbol, toVenueSymbol } from './symbols.js';

/**
 * Kraken spot, WebSocket v2. Facts from the venue's documentation. Unsure: the limit of connections and of messages, how many pairs one
 * connection may carry, how long it may live, and whether a refusal names its symbol outside of its text (else all of the request is
 * taken to be refused, and asked for in halves). Its frames of trades carry no time of sending: the venue's time is that of the newest
 * trade, and that of each answer.
 */
export const kraken: Venue = {
  name: 'kraken',
  endpoints: {
    ws: ['wss://ws.kraken.com'],
    rest: ['https://api.kraken.com'],
  },
  limits: {
    messagesPerSecond: 5,
    streamsPerConnection: 200,
    // About 150 in ten minutes.
    connectionsPerFiveMinutes: 75,
    connectionMaxMs: 24 * 3_600_000,
    // A heartbeat comes each second in which nothing else does: so many missed are no accident.
    silenceMaxMs: 15_000,
  },
  proof: 'contiguous-ids',
  numbersFrames: false,
  toVenueSymbol,
  toSymbol,
  streamPath: '/v2',
  // Its heartbeats carry no time; the answer to this does.
  keepAlive: { everyMs: 20_000, message: JSON.stringify({ method: 'ping', req_id: 0 }) },
  // The last 50 trades of each pair come with it: after a short outage they leave no hole for REST to fill.
  subscribe: (venueSymbols, requestId) => control('subscribe', { channel: 'trade', symbol: venueSymbols, snapshot: true }, requestId),
  unsubscribe: (venueSymbols, requestId) => control('unsubscribe', { channel: 'trade', symbol: venueSymbols }, requestId),
  decoder: frameDecoder({ newestFirst: false, scanner: (lookup) => new KrakenScanner(lookup), read: readFrame }),
  rest: krakenRest,
};

function control(method: 'subscribe' | 'unsubscribe', params: Record<string, unknown>, requestId: number): string {
  return JSON.stringify({ method, params, req_id: requestId });
}
