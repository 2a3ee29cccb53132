import { Type } from 'typebox';
import { Field } from './fields.js';

export const FeedSchema = Type.Object({
  exchange: Type.String(),
  symbol: Type.String(),
  connection: Type.String({ description: 'idle, connecting, subscribing, live, stale, backingOff, rollingOver, suspended or stopped.' }),
  continuity: Type.String({ description: 'unknown, contiguous, gap, backfilling or unproven.' }),
  degradation: Type.String({ description: 'normal, soft, graceful, aggressive or circuitBreak.' }),
  connection_id: Field.idOrNull('The connection that it uses now.'),
  trades: Field.count('Trades since the start.'),
  last_trade_id: Field.idOrNull('Id of the newest trade.'),
  last_event_time: Field.timeOrNull("The newest trade's time at the venue."),
  holes: Type.Array(Type.Object({ first_trade_id: Field.id('First id missing.'), last_trade_id: Field.id('Last id missing.') })),
  unacknowledged: Field.count('Rows that the store has not acknowledged yet.'),
});
