import { Type } from 'typebox';
import { GAP_STATES } from '../../domain/gap.js';
import { Field } from './common.js';
import { text, pageParameters, TimeParameter } from './query.js';

export const GapSchema = Type.Object({
  exchange: Type.String(),
  symbol: Type.String(),
  first_id: Field.id('First id that was missing when the gap opened.'),
  last_id: Field.idOrNull('Last id that was; null where nobody knows it yet, and where it turned out that there was none.'),
  reason: Type.String({
    description:
      'missed: while recording; down: while it was not recorded; shed: given up under pressure, or paused; refused: the store refused the trades; ' +
      'damaged: they were stored, and their part was damaged or removed.',
  }),
  state: Type.Enum([...GAP_STATES], { description: 'unrepairable: the venue did not give all of it.' }),
  opened_at: Field.time('When it was noticed.'),
  closed_at: Field.timeOrNull('When the last id of it came.'),
});
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
