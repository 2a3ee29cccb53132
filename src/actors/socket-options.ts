import { SOCKET_DEFAULTS } from '../machines/socket/socket-types.js';
import type { SocketActorOptions } from './socket-actor.js';
import type { SubscriptionOptions } from '../sources/websocket/subscriptions.js';
import type { VenueActorOptions } from './venue-actor-types.js';

const SUBSCRIPTION_DEFAULTS: Omit<SubscriptionOptions, 'messagesPerSecond'> = {
  batchMax: 50,
  answerMaxMs: 10_000,
  unansweredMax: 3,
};

/** Part of a connection's longest life after which it is replaced: 23 of 24 hours. */
const ROLLOVER_AT = 23 / 24;

/** How a venue's sockets behave: what was configured, else what the venue's limits say, else the default. */
export function socketOptionsOf({ venue, hosts, socket, subscriptions }: VenueActorOptions): SocketActorOptions {
  const { silenceMaxMs, connectionMaxMs, messagesPerSecond } = venue.limits;
  const rolloverAfterMs = connectionMaxMs * ROLLOVER_AT;
  return {
    venue,
    hosts: hosts ?? venue.endpoints.ws,
    socket: { ...SOCKET_DEFAULTS, silenceMaxMs, rolloverAfterMs, ...socket },
    subscriptions: { ...SUBSCRIPTION_DEFAULTS, messagesPerSecond, ...subscriptions },
  };
}
