import { Type } from 'typebox';
import { GAP_STATES } from '../../domain/gap.js';
import { pageParameters, text, TimeParameter } from './query.js';

const MAX_GAPS = 5_000;

export const GapsQuery = Type.Object(
  {
    market: text('EXCHANGE:SYMBOL, instead of exchange and symbol'),
    exchange: text('the name of an exchange such as binance; without it, all'),
    symbol: text('a canonical symbol such as BTC-USDT; without it, all'),
    state: Type.Optional(
      Type.Enum([...GAP_STATES, 'all'], { description: `${GAP_STATES.join(', ')} or all; without it, what is not closed` }),
    ),
    ...pageParameters(MAX_GAPS),
    ...TimeParameter,
  },
  { additionalProperties: false },
);
