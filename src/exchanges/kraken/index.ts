import { frameDecoder } from '../shared/frame-decoder.js';
import type { Venue } from '../venue.js';
import { KrakenScanner } from './frame-scanner.js';
import { readFrame } from './general-frame.js';
import { krakenRest } from './rest.js';
import { toSymbol, toVenueSymbol } from './symbols.js';

/**
 * Kraken spot, WebSocket v2. Facts from the venue's documentation. Unsure: the limits on connections and messages, how many pairs one
 * connection may carry, how long it may live, and whether a refusal names its symbol outside of its text (if not, the whole request is
 * taken as refused, and is retried in halves). Its trade frames have no send time: the venue's time is that of the newest trade, and that
 * of each reply.
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
    // A heartbeat comes in each second without other frames: this many missing is a dead connection.
    silenceMaxMs: 15_000,
  },
  proof: 'contiguous-ids',
  numbersFrames: false,
  toVenueSymbol,
  toSymbol,
  streamPath: '/v2',
  // Its heartbeats carry no time; the reply to this does.
  keepAlive: { everyMs: 20_000, message: JSON.stringify({ method: 'ping', req_id: 0 }) },
  // The snapshot has the last 50 trades of each pair: after a short outage no hole is left for REST to fill.
  subscribe: (venueSymbols, requestId) => control('subscribe', { channel: 'trade', symbol: venueSymbols, snapshot: true }, requestId),
  unsubscribe: (venueSymbols, requestId) => control('unsubscribe', { channel: 'trade', symbol: venueSymbols }, requestId),
  decoder: frameDecoder({ newestFirst: false, scanner: (lookup) => new KrakenScanner(lookup), read: readFrame }),
  rest: krakenRest,
};

function control(method: 'subscribe' | 'unsubscribe', params: Record<string, unknown>, requestId: number): string {
  return JSON.stringify({ method, params, req_id: requestId });
}
