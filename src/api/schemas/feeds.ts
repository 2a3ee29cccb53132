import { Type } from 'typebox';
import { Field } from './common.js';
import { textNeeded } from './query.js';

const feed = {
  exchange: Type.String(),
  symbol: Type.String(),
  tier: Type.Integer({ description: 'How dear it is, 1 to 3: under pressure 3 is given up first.' }),
  connection: Type.String({ description: 'idle, connecting, subscribing, live, stale, backingOff, rollingOver, suspended or stopped.' }),
  continuity: Type.String({ description: 'unknown, contiguous, gap, backfilling or unproven.' }),
  degradation: Type.String({ description: 'normal, soft, graceful, aggressive or circuitBreak.' }),
  since: Type.Object({
    connection: Field.time('When it came into that state.'),
    continuity: Field.time('When it came into that state.'),
    degradation: Field.time('When it came into that state.'),
  }),
  suspension: Type.Union(
    [
      Type.Object({
        kind: Type.String({ description: 'refused, banned, shed or paused.' }),
        reason: Type.String(),
        until: Field.timeOrNull('null where it has no end of its own.'),
      }),
      Type.Null(),
    ],
    { description: 'Why it is suspended; null where it is not.' },
  ),
  trouble: Type.Union(
    [
      Type.Object({
        cause: Type.String({ description: 'ENOTFOUND, ECONNREFUSED, CERT_HAS_EXPIRED, HTTP 403, close 1006, silent, timeout, ...' }),
        reason: Type.String({ description: 'A sentence.' }),
        since: Field.time('When this cause was met first.'),
      }),
      Type.Null(),
    ],
    { description: 'Why it has no connection; null while it has one.' },
  ),
  repair_trouble: Type.Union(
    [
      Type.Object({
        reason: Type.String({ description: 'A sentence, by host.' }),
        since: Field.time('When it could not be asked first.'),
        until: Field.timeOrNull('Until when the venue wants no request, a day at most; null where it is asked again and again.'),
      }),
      Type.Null(),
    ],
    { description: "Why the venue's REST interface cannot be asked for what is missing: gaps wait; null while it can." },
  ),
  connection_id: Field.idOrNull('The connection that it uses now.'),
  trades: Field.count('Trades since the start.'),
  last_trade_id: Field.idOrNull('Id of the newest trade.'),
  last_event_time: Field.timeOrNull("The newest trade's time at the venue."),
  holes: Type.Array(Type.Object({ first_trade_id: Field.id('First id missing.'), last_trade_id: Field.id('Last id missing.') })),
  unacknowledged: Field.count('Rows that the store has not acknowledged yet.'),
};

const Step = Type.Object({
  at: Field.time('When it was taken.'),
  region: Type.String({ description: 'connection, continuity or degradation.' }),
  event: Type.String(),
  from: Type.String({ description: 'State before.' }),
  to: Type.String({ description: 'State after; the same where only the context changed.' }),
  changed: Type.Record(Type.String(), Type.Array(Type.Unknown()), {
    description: 'Members of the context that changed: before and after.',
  }),
  guards: Type.Array(Type.String(), { description: 'Guards that held.' }),
});

export const FeedSchema = Type.Object(feed);

export const FeedWithHistorySchema = Type.Object({
  ...feed,
  transitions: Type.Array(Step, { description: "The last 1,000 steps of the feed's machine, the newest first." }),
  transitions_whole: Type.Boolean({ description: 'false while the store does not answer: then only the newest steps are shown.' }),
});

/** Which feed a path names. */
export const FeedPath = Type.Object({ id: textNeeded('EXCHANGE:SYMBOL such as binance:BTC-USDT') });

/** A feed that is to be recorded. */
export const NewFeed = Type.Object(
  {
    feed: textNeeded('EXCHANGE:SYMBOL such as binance:BTC-USDT'),
    tier: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 3,
        description: 'an integer from 1 (given up last under pressure) to 3; without it 2, or as it is',
      }),
    ),
  },
  { additionalProperties: false },
);
