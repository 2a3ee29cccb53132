import { Type } from 'typebox';
import { Field } from './common.js';

export const SymbolSchema = Type.Object({
  exchange: Type.String(),
  symbol: Type.String(),
  trades: Field.count('Number of stored trades.'),
  first_time: Field.time('Event time of the oldest trade.'),
  last_time: Field.time('Event time of the newest trade.'),
});
