import { frameDecoder } from '../shared/frame-decoder.js';
import type { Venue } from '../venue.js';
import { CoinbaseScanner } from './frame-scanner.js';
import { readFrame } from './general-frame.js';
import { coinbaseRest } from './rest.js';
import { toSymbol, toVenueSymbol } from './symbols.js';

/**
 * Coinbase Advanced Trade, spot. Facts from the venue's documentation and from captures. Unsure: how it refuses an unknown product (an
 * error frame, or a list of subscriptions without it: both are handled), how long a connection may live, how many products one may carry,
 * and whether an `error` frame has a number of its own.
 */
export const coinbase: Venue = {
  name: 'coinbase',
  endpoints: {
    ws: ['wss://advanced-trade-ws.coinbase.com'],
    rest: ['https://api.exchange.coinbase.com'],
  },
  limits: {
    messagesPerSecond: 8,
    messagesCountTogether: true,
    // No limit is published: this many are known to work, and a lost connection affects no more markets.
    streamsPerConnection: 100,
    connectionsPerFiveMinutes: 2_400,
    connectionsPerSecond: 8,
    connectionMaxMs: 24 * 3_600_000,
    // Heartbeats come every second: this many missing is a dead connection.
    silenceMaxMs: 15_000,
  },
  proof: 'contiguous-ids',
  numbersFrames: true,
  toVenueSymbol,
  toSymbol,
  streamPath: '',
  // Channels close after 60 to 90 s without updates; heartbeats keep them open and carry the venue's time.
  greeting: [control('subscribe', [], 'heartbeats')],
  subscribe: (venueSymbols) => control('subscribe', venueSymbols, 'market_trades'),
  unsubscribe: (venueSymbols) => control('unsubscribe', venueSymbols, 'market_trades'),
  decoder: frameDecoder({ newestFirst: true, scanner: (lookup) => new CoinbaseScanner(lookup), read: readFrame }),
  rest: coinbaseRest,
};

function control(type: 'subscribe' | 'unsubscribe', venueSymbols: readonly string[], channel: string): string {
  return JSON.stringify({ type, product_ids: venueSymbols, channel });
}
