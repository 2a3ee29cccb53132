import { Type } from 'typebox';
import { INTERVALS } from '../../domain/interval.js';
import { Field } from './common.js';
import { rangeParameters } from './query.js';

export const CandleSchema = Type.Object({
  exchange: Type.String(),
  symbol: Type.String(),
  interval: Type.Enum([...INTERVALS]),
  open_time: Field.time('Start of the window, inclusive.'),
  close_time: Field.time('End of the window, exclusive.'),
  open: Field.decimal('Price of the first trade.'),
  high: Field.decimal('Highest price.'),
  low: Field.decimal('Lowest price.'),
  close: Field.decimal('Price of the last trade.'),
  volume: Field.decimal('Sum of the quantities.'),
  quote_volume: Field.decimal('Sum of price times quantity.'),
  taker_buy_volume: Field.decimal('Sum of the quantities of trades whose taker bought.'),
  taker_buy_quote_volume: Field.decimal('Sum of price times quantity of trades whose taker bought.'),
  vwap: Field.decimal(
    'quote_volume / volume to 12 digits, rounded half to even. In a quiet candle the price of the last trade, as in open, high, low and close.',
  ),
  trade_count: Field.count('Number of trades.'),
  first_trade_id: Field.idOrNull('null in a quiet candle.'),
  last_trade_id: Field.idOrNull('null in a quiet candle.'),
  revision: Field.count('Number of times the stored numbers of this candle were replaced.'),
  state: Type.Enum(['forming', 'final']),
  completeness: Type.Enum(['complete', 'quiet', 'backfilled', 'unproven', 'gap'], {
    description:
      'What is proven of its trades. complete: all are present, all live. backfilled: all are present, some backfilled. quiet: proven that there ' +
      'was no trade. unproven: no trade is known to be missing. gap: trades are known to be missing.',
  }),
});
const MAX_CANDLES = 5_000;

export const CandlesQuery = Type.Object(
  {
    ...rangeParameters(MAX_CANDLES),
    interval: Type.Enum([...INTERVALS], { description: `one of ${INTERVALS.join(', ')}` }),
    fill: Type.Enum(['none', 'previous'], {
      default: 'none',
      description: 'previous to add a quiet candle wherever it is proven that nothing was traded, or none',
    }),
  },
  { additionalProperties: false },
);
