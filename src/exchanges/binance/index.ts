import type { Venue } from '../venue.js';
import { binanceDecoder } from './decode.js';
import { binanceRest } from './rest.js';
import { toSymbol, toVenueSymbol } from './symbols.js';

/**
 * Binance spot. Facts from the venue's documentation and from captures. Unsure: whether historicalTrades needs an API key on every host.
 */
export const binance: Venue = {
  name: 'binance',
  endpoints: {
    ws: ['wss://stream.binance.com:9443', 'wss://data-stream.binance.vision'],
    rest: ['https://api.binance.com', 'https://data-api.binance.vision'],
  },
  limits: {
    messagesPerSecond: 5,
    streamsPerConnection: 1_024,
    connectionsPerFiveMinutes: 300,
    connectionMaxMs: 24 * 3_600_000,
    // The server pings every 20 s and closes after 60 s without a pong: after three missed pings the connection is dead.
    silenceMaxMs: 60_000,
  },
  proof: 'contiguous-ids',
  numbersFrames: false,
  toVenueSymbol,
  toSymbol,
  streamPath: '/stream',
  subscribe: (venueSymbols, requestId) => control('SUBSCRIBE', venueSymbols, requestId),
  unsubscribe: (venueSymbols, requestId) => control('UNSUBSCRIBE', venueSymbols, requestId),
  decoder: binanceDecoder,
  rest: binanceRest,
};

function control(method: string, venueSymbols: readonly string[], id: number): string {
  return JSON.stringify({ method, params: venueSymbols.map((symbol) => `${symbol.toLowerCase()}@trade`), id });
}
