import { from, groupBy, map, merge, mergeMap, scan } from 'rxjs';
import { INTERVAL_US } from '../../src/domain/candle.js';
import { withTrade, type FloatCandle } from './float-candle.js';
import { parseTrade } from './parse-trade.js';

/** A program as RxJS tutorials write it: a trade at a time, a stream per symbol, a float candle per interval. No dedup, no gap check. */
export function rxjsCandles(messages: readonly Buffer[]): { readonly emitted: number; readonly last: FloatCandle | undefined } {
  let emitted = 0;
  let last: FloatCandle | undefined;
  from(messages)
    .pipe(
      map(parseTrade),
      groupBy((trade) => trade.s),
      mergeMap((trades$) =>
        merge(
          ...INTERVAL_US.map((lengthUs) =>
            trades$.pipe(scan((candle: FloatCandle | undefined, trade) => withTrade(candle, trade, lengthUs / 1_000), undefined)),
          ),
        ),
      ),
    )
    .subscribe((candle) => {
      emitted += 1;
      last = candle;
    });
  return { emitted, last };
}
