import { Type } from 'typebox';
import { INTERVALS } from '../../domain/interval.js';
import { rangeParameters } from './query.js';

const MAX_CANDLES = 5_000;

export const CandlesQuery = Type.Object(
  {
    ...rangeParameters(MAX_CANDLES),
    interval: Type.Enum([...INTERVALS], { description: `one of ${INTERVALS.join(', ')}` }),
    fill: Type.Enum(['none', 'previous'], {
      default: 'none',
      description: 'previous for a quiet candle wherever it is proven that nothing was traded, or none',
    }),
  },
  { additionalProperties: false },
);
