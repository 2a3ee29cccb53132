import type { ClickHouseClient } from '@clickhouse/client';
import { WebSocket } from 'ws';
import { withTrade, type FloatCandle } from './float-candle.js';
import { parseTrade } from './parse-trade.js';

const ROWS_PER_INSERT = 20_000;
const MINUTE_MS = 60_000;

/** The usual program: JSON.parse per message, a row object per trade, JSONEachRow inserts, one candle per symbol in memory. */
export async function recordNaive(url: string, trades: number, client: ClickHouseClient, began: () => void): Promise<void> {
  const candles = new Map<string, FloatCandle>();
  let rows: object[] = [];
  let taken = 0;
  let inserts = Promise.resolve();
  const flush = (): void => {
    const values = rows;
    rows = [];
    inserts = inserts.then(async () => {
      await client.insert({ table: 'trades_data', values, format: 'JSONEachRow' });
    });
  };
  const socket = new WebSocket(url, { perMessageDeflate: false });
  socket.once('open', began);
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.on('message', (message: Buffer) => {
      const trade = parseTrade(message);
      candles.set(trade.s, withTrade(candles.get(trade.s), trade, MINUTE_MS));
      rows.push({
        exchange: 'binance',
        symbol: trade.s,
        trade_id: trade.t,
        price: trade.p,
        quantity: trade.q,
        side: trade.m ? 'sell' : 'buy',
        event_time: (trade.T / 1_000).toFixed(3),
        receive_time: (Date.now() / 1_000).toFixed(3),
        sequence: null,
        connection_id: 1,
        origin: 'live',
      });
      taken += 1;
      if (rows.length >= ROWS_PER_INSERT) flush();
      if (taken === trades) resolve();
    });
  });
  flush();
  await inserts;
  socket.terminate();
}
