import { Type } from 'typebox';
import { GAP_STATES } from '../../domain/gap.js';
import { Field } from './fields.js';

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
