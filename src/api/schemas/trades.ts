import { Type } from 'typebox';
import { Field } from './common.js';
import { rangeParameters } from './query.js';

export const TradeSchema = Type.Object({
  exchange: Type.String(),
  symbol: Type.String(),
  trade_id: Field.id("The venue's trade id."),
  price: Field.decimal('Price.'),
  quantity: Field.decimal('Quantity in the base currency.'),
  side: Type.Enum(['buy', 'sell', 'unknown'], { description: "The taker's side." }),
  event_time: Field.time("Event time: the venue's trade time, in us."),
  receive_time: Field.time('Receive time: when its frame was received, by the local clock, in ns.'),
  sequence: Field.idOrNull("The venue's sequence number, if it has one."),
  connection_id: Field.id('Id of the connection that delivered it.'),
  origin: Type.Enum(['live', 'snapshot', 'backfill', 'import', 'replay'], { description: 'Origin: how it reached the daemon.' }),
});
const MAX_TRADES = 10_000;

export const TradesQuery = Type.Object(rangeParameters(MAX_TRADES), { additionalProperties: false });
