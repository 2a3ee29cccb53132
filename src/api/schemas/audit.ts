import { Type } from 'typebox';
import { TIME_EXPECTED } from '../../codec/json/time.js';
import { Field } from './common.js';
import { marketParameters, textNeeded, TimeParameter } from './query.js';

const Mark = Type.Object({ trade_id: Field.id("The venue's trade id."), event_time: Field.time('Its event time.') });
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
    description: 'Number of ids between the two; where one is unknown, up to the last known id on that side. null: no id is known.',
  }),
  present: Field.count('Of those, ids whose trade is stored or in memory.'),
  empty: Field.count('Ids that the venue used and that hold no trade.'),
  rejected: Field.count('Ids whose trade was rejected.'),
  missing: Field.count('Ids that were never received.'),
  proven: Type.Boolean({ description: 'Whether it is proven that every trade of the range is present.' }),
  doubts: Type.Array(
    Type.String({ description: 'Why it is not proven: ids_prove_nothing, no_trade_before, no_trade_after, ids_missing, trades_rejected.' }),
  ),
  missing_ranges: Type.Array(
    Type.Object({
      ...range,
      reason: Type.Unsafe<string | null>({
        type: ['string', 'null'],
        description: 'Reason of the gap that covers the range; null if none does.',
      }),
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
