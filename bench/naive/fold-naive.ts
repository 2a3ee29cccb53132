import { WebSocket } from 'ws';
import { parseTrade } from './parse-trade.js';
import { PlainCandles } from './plain-candles.js';

/** A message event each, JSON.parse, a float candle of each symbol and interval. Gives the number of candles. */
export async function foldNaive(url: string, trades: number, began: () => void): Promise<number> {
  const candles = new PlainCandles();
  const socket = new WebSocket(url, { perMessageDeflate: false });
  socket.once('open', began);
  let taken = 0;
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.on('message', (message: Buffer) => {
      const trade = parseTrade(message);
      candles.add(trade.s, Number(trade.p), Number(trade.q), trade.T);
      taken += 1;
      if (taken === trades) resolve();
    });
  });
  socket.terminate();
  return candles.count();
}
