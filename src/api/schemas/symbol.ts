import { Type } from 'typebox';
import { Field } from './common.js';

export const SymbolSchema = Type.Object({
  exchange: Type.String(),
  symbol: Type.String(),
  trades: Field.count('Trades kept.'),
  first_time: Field.time("The oldest trade's time at the venue."),
  last_time: Field.time("The newest trade's time at the venue."),
});
