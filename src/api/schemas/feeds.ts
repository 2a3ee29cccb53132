import { Type } from 'typebox';
import { Field } from './common.js';
import { textNeeded } from './query.js';

const feed = {
  exchange: Type.String(),
  symbol: Type.String(),
  tier: Type.Integer({ description: 'Priority tier, 1 to 3: under pressure tier 3 is shed first.' }),
  connection: Type.String({ description: 'idle, connecting, subscribing, live, stale, backingOff, rollingOver, suspended or stopped.' }),
  continuity: Type.String({ description: 'unknown, contiguous, gap, backfilling or unproven.' }),
  degradation: Type.String({ description: 'normal, soft, graceful, aggressive or circuitBreak.' }),
  since: Type.Object({
    connection: Field.time('When it entered that state.'),
    continuity: Field.time('When it entered that state.'),
    degradation: Field.time('When it entered that state.'),
  }),
  suspension: Type.Union(
    [
      Type.Object({
        kind: Type.String({ description: 'refused, banned, shed or paused.' }),
        reason: Type.String(),
        until: Field.timeOrNull('When the suspension ends; null if it has no set end.'),
      }),
      Type.Null(),
    ],
    { description: 'Why it is suspended; null if it is not.' },
  ),
  trouble: Type.Union(
    [
      Type.Object({
        cause: Type.String({ description: 'ENOTFOUND, ECONNREFUSED, CERT_HAS_EXPIRED, HTTP 403, close 1006, silent, timeout, ...' }),
        reason: Type.String({ description: 'The cause as a sentence.' }),
        since: Field.time('When this cause first occurred.'),
      }),
      Type.Null(),
    ],
    { description: 'Why it is not connected; null while it is.' },
  ),
  repair_trouble: Type.Union(
    [
      Type.Object({
        reason: Type.String({ description: 'The cause as a sentence, by host.' }),
        since: Field.time('Since when its REST requests fail.'),
        until: Field.timeOrNull(
          'Until when the venue accepts no request (Retry-After), a day at most; null if requests are retried with backoff.',
        ),
      }),
      Type.Null(),
    ],
    { description: "Why gaps cannot be backfilled from the venue's REST API; null while they can." },
  ),
  connection_id: Field.idOrNull('Id of its current connection.'),
  trades: Field.count('Trades received since the start.'),
  last_trade_id: Field.idOrNull('Id of the newest trade.'),
  last_event_time: Field.timeOrNull('Event time of the newest trade.'),
  holes: Type.Array(Type.Object({ first_trade_id: Field.id('First missing id.'), last_trade_id: Field.id('Last missing id.') })),
  unacknowledged: Field.count('Rows not yet acknowledged by the store.'),
};

const Step = Type.Object({
  at: Field.time('When it was taken.'),
  region: Type.String({ description: 'connection, continuity or degradation.' }),
  event: Type.String(),
  from: Type.String({ description: 'State before.' }),
  to: Type.String({ description: 'State after; the same where only the context changed.' }),
  changed: Type.Record(Type.String(), Type.Array(Type.Unknown()), {
    description: 'Context fields that changed: before and after.',
  }),
  guards: Type.Array(Type.String(), { description: 'Guards that returned true.' }),
});

export const FeedSchema = Type.Object(feed);

export const FeedWithHistorySchema = Type.Object({
  ...feed,
  transitions: Type.Array(Step, { description: "The last 1,000 transitions of the feed's state machine, newest first." }),
  transitions_whole: Type.Boolean({ description: 'false while the store does not answer: then only the transitions in memory are shown.' }),
});

/** The feed of a path. */
export const FeedPath = Type.Object({ id: textNeeded('EXCHANGE:SYMBOL such as binance:BTC-USDT') });

/** A feed to record. */
export const NewFeed = Type.Object(
  {
    feed: textNeeded('EXCHANGE:SYMBOL such as binance:BTC-USDT'),
    tier: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 3,
        description:
          'priority tier, an integer from 1 (shed last under pressure) to 3 (shed first); default 2, or unchanged for a market that is recorded',
      }),
    ),
  },
  { additionalProperties: false },
);
