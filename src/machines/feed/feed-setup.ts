import { assertEvent, assign, emit, setup } from 'xstate';
import { noteGuards } from '../guard-notes.js';
import { degradationOf, isShedding, type Degradation } from './degradation.js';
import type { FeedContext, FeedEvent, FeedInput, FeedRequest } from './feed-types.js';

/** The meaning of the current level for the feed: a new level or tier in the event counts before it is stored. */
function meaning({ context, event }: { context: FeedContext; event: FeedEvent }): Degradation {
  const { level, spoolFull } = event.type === 'pressure.level' ? event : context;
  const { tier } = event.type === 'tier.changed' ? event : context;
  return degradationOf(level, tier, spoolFull);
}

const guards = noteGuards<FeedContext, FeedEvent>()({
  isProvable: ({ context }) => context.provable,
  isFirstTradeSeen: ({ context }) => context.firstTradeSeen,
  isFirstTradeSeenAndProvable: ({ context }) => context.provable && context.firstTradeSeen,
  hasHoles: ({ event }) => event.type === 'backfill.finished' && event.holes > 0,
  isBan: ({ event }) => event.type === 'socket.lost' && event.retryAfterMs !== null,
  isBanned: ({ context }) => context.suspension?.kind === 'banned',
  isPaused: ({ context }) => context.suspension?.kind === 'paused',
  /** Ends only by a request. */
  isRefusedOrPaused: ({ context }) => context.suspension?.kind === 'refused' || context.suspension?.kind === 'paused',
  isShedding: (situation) => isShedding(meaning(situation)),
  isShedAndLifted: (situation) => situation.context.suspension?.kind === 'shed' && !isShedding(meaning(situation)),
  meansNormal: (situation) => meaning(situation) === 'normal',
  meansSoft: (situation) => meaning(situation) === 'soft',
  meansGraceful: (situation) => meaning(situation) === 'graceful',
  meansAggressive: (situation) => meaning(situation) === 'aggressive',
  meansCircuitBreak: (situation) => meaning(situation) === 'circuitBreak',
});

/** Types, guards and actions of the feed machine, shared by its regions. */
export const feedSetup = setup({
  types: {
    context: {} as FeedContext,
    events: {} as FeedEvent,
    input: {} as FeedInput,
    emitted: {} as FeedRequest,
  },
  delays: {
    subscribeMax: ({ context }) => context.options.subscribeMaxMs,
    staleRepeat: ({ context }) => context.options.staleRepeatMs,
    untilLifted: ({ context }) => Math.max(0, (context.suspension?.untilMs ?? 0) - context.now()),
  },
  guards,
  actions: {
    wantSubscription: emit({ type: 'subscribe.wanted' }),
    wantUnsubscription: emit({ type: 'unsubscribe.wanted' }),
    wantReconnect: emit({ type: 'reconnect.wanted' }),
    beginShedding: emit({ type: 'shed.began', cause: 'pressure' }),
    beginPause: emit({ type: 'shed.began', cause: 'request' }),
    endShedding: emit({ type: 'shed.ended', cause: 'pressure' }),
    endPause: emit({ type: 'shed.ended', cause: 'request' }),
    tellResumed: emit({ type: 'trades.resumed' }),
    noteConnection: assign(({ event }) => {
      assertEvent(event, ['socket.open', 'socket.rolledOver']);
      return { connectionId: event.connectionId, trouble: null };
    }),
    forgetConnection: assign({ connectionId: null }),
    noteLoss: assign(({ context, event }) => {
      assertEvent(event, 'socket.lost');
      const { cause, reason } = event;
      return { trouble: context.trouble?.cause === cause ? context.trouble : { cause, reason, sinceMs: context.now() } };
    }),
    noteRefusal: assign(({ event }) => {
      assertEvent(event, 'subscribe.refused');
      return { suspension: { kind: 'refused' as const, reason: event.reason, untilMs: null }, trouble: null };
    }),
    noteBan: assign(({ context, event }) => {
      assertEvent(event, 'socket.lost');
      return { suspension: { kind: 'banned' as const, reason: event.reason, untilMs: context.now() + (event.retryAfterMs ?? 0) } };
    }),
    noteShedding: assign(({ context, event }) => ({
      suspension: { kind: 'shed' as const, reason: `pressure: ${meaning({ context, event })}`, untilMs: null },
      trouble: null,
    })),
    notePause: assign({ suspension: { kind: 'paused', reason: 'pause requested', untilMs: null }, trouble: null }),
    forgetSuspension: assign({ suspension: null }),
    noteFirstTrade: assign({ firstTradeSeen: true }),
    forgetFirstTrade: assign({ firstTradeSeen: false }),
    noteHoles: assign(({ event }) => {
      assertEvent(event, ['gap.opened', 'backfill.finished']);
      return { holes: event.holes };
    }),
    forgetHoles: assign({ holes: 0 }),
    notePressure: assign(({ event }) => {
      assertEvent(event, ['pressure.level', 'tier.changed']);
      return event.type === 'tier.changed' ? { tier: event.tier } : { level: event.level, spoolFull: event.spoolFull };
    }),
  },
});
