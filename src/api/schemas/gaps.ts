import { Type } from 'typebox';
import { GAP_STATES } from '../../domain/gap.js';
import { Field } from './common.js';
import { text, pageParameters, TimeParameter } from './query.js';

export const GapSchema = Type.Object({
  exchange: Type.String(),
  symbol: Type.String(),
  first_id: Field.id('First id that was missing when the gap opened.'),
  last_id: Field.idOrNull('Last id that was missing when the gap opened; null while it is unknown, and if no id turned out to be missing.'),
  reason: Type.String({
    description:
      'missed: lost while recording; down: the daemon was not running; shed: shed under pressure, or paused; ' +
      'rejected: a copy arrived and was rejected, or the store refused the trade; refused: the store refused it with others, of which some may be valid; ' +
      'damaged: they were stored, and their part of the table was damaged or removed.',
  }),
  state: Type.Enum([...GAP_STATES], { description: 'unrepairable: the venue does not have all of its trades.' }),
  opened_at: Field.time('When it was detected.'),
  closed_at: Field.timeOrNull('When its last id was received.'),
});
const MAX_GAPS = 5_000;

export const GapsQuery = Type.Object(
  {
    market: text('EXCHANGE:SYMBOL, instead of exchange and symbol'),
    exchange: text('the name of an exchange such as binance; without it, all'),
    symbol: text('a canonical symbol such as BTC-USDT; without it, all'),
    state: Type.Optional(
      Type.Enum([...GAP_STATES, 'all'], { description: `${GAP_STATES.join(', ')} or all; without it, all that are not closed` }),
    ),
    ...pageParameters(MAX_GAPS),
    ...TimeParameter,
  },
  { additionalProperties: false },
);
