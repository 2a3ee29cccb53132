import { Type } from 'typebox';
import { textNeeded } from './query.js';

/** Which feed a path names. */
export const FeedPath = Type.Object({ id: textNeeded('EXCHANGE:SYMBOL such as binance:BTC-USDT') });

/** A feed that is to be recorded. */
export const NewFeed = Type.Object(
  {
    feed: textNeeded('EXCHANGE:SYMBOL such as binance:BTC-USDT'),
    tier: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 3,
        description: 'an integer from 1 (given up last under pressure) to 3; without it 2, or as it is',
      }),
    ),
  },
  { additionalProperties: false },
);
