import { Type } from 'typebox';
import { TIME_EXPECTED } from '../../codec/json/time.js';
import { Field } from './common.js';
import { marketParameters, textNeeded, TimeParameter } from './query.js';

const Mark = Type.Object({ trade_id: Field.id("The venue's id."), event_time: Field.time('Its time at the venue.') });
const markOrNull = (description: string) => Type.Union([Mark, Type.Null()], { description });
const range = { first_id: Field.id('First id.'), last_id: Field.id('Last id.') };

export const AuditSchema = Type.Object({
  exchange: Type.String(),
  symbol: Type.String(),
  from: Field.time('As asked.'),
  to: Field.time('As asked.'),
  before: markOrNull('The newest trade before from.'),
  after: markOrNull('The oldest trade at or after to.'),
  expected: Type.Unsafe<number | null>({
    type: ['integer', 'null'],
    description: 'Ids between the two; where one is not known, up to the last id known on that side. null: nothing is known.',
  }),
  present: Field.count('Of those, ids of trades that are stored or in memory.'),
  empty: Field.count('Ids that were seen and hold no trade.'),
  rejected: Field.count('Ids whose trade was rejected.'),
  missing: Field.count('Ids that nobody has seen.'),
  proven: Type.Boolean({ description: 'Whether it is shown that every trade of the range is there.' }),
  doubts: Type.Array(
    Type.String({ description: 'Why not: ids_prove_nothing, no_trade_before, no_trade_after, ids_missing, trades_rejected.' }),
  ),
  missing_ranges: Type.Array(
    Type.Object({
      ...range,
      reason: Type.Unsafe<string | null>({ type: ['string', 'null'], description: 'Of the gap that lists them; null where none does.' }),
      state: Type.Unsafe<string | null>({ type: ['string', 'null'], description: 'Of that gap.' }),
      opened_at: Field.timeOrNull('Of that gap.'),
    }),
  ),
  rejected_ranges: Type.Array(Type.Object(range)),
  empty_ranges: Type.Array(Type.Object(range)),
});
export const AuditQuery = Type.Object(
  {
    ...marketParameters,
    from: textNeeded(`${TIME_EXPECTED}; inclusive`),
    to: textNeeded(`${TIME_EXPECTED}; exclusive`),
    ...TimeParameter,
  },
  { additionalProperties: false },
);
