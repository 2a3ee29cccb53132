import { parseTrade } from './parse-trade.js';
import { PlainCandles } from './plain-candles.js';

/** The shortest program there is: JSON.parse of each message, and a float candle of each symbol and interval. */
export function plainProgram(messages: readonly Buffer[]): PlainCandles {
  const candles = new PlainCandles();
  for (const message of messages) {
    const trade = parseTrade(message);
    candles.add(trade.s, Number(trade.p), Number(trade.q), trade.T);
  }
  return candles;
}
