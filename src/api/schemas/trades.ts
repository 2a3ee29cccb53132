import { Type } from 'typebox';
import { Field } from './common.js';
import { rangeParameters } from './query.js';

export const TradeSchema = Type.Object({
  exchange: Type.String(),
  symbol: Type.String(),
  trade_id: Field.id("The venue's id."),
  price: Field.decimal('Price.'),
  quantity: Field.decimal('Quantity in the base currency.'),
  side: Type.Enum(['buy', 'sell', 'unknown'], { description: "The taker's side." }),
  event_time: Field.time("The venue's trade time, us."),
  receive_time: Field.time('When its frame came in by the local clock, ns.'),
  sequence: Field.idOrNull("The venue's sequence number, where it has one."),
  connection_id: Field.id('The connection that it came by.'),
  origin: Type.Enum(['live', 'snapshot', 'backfill', 'import', 'replay'], { description: 'How it reached the daemon.' }),
});
const MAX_TRADES = 10_000;

export const TradesQuery = Type.Object(rangeParameters(MAX_TRADES), { additionalProperties: false });
