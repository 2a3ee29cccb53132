import { assertEvent, assign, emit, enqueueActions, raise, setup } from 'xstate';
import { fullJitter } from '../../domain/backoff.js';
import { noteGuards } from '../guard-notes.js';
import type { SocketContext, SocketEvent, SocketFact, SocketInput } from './socket-types.js';

/** Connection ids are random, so that those of two daemons, or of two runs, do not collide. 48 bits fit a double exactly. */
const CONNECTION_IDS = 2 ** 48;
/** Clients with the same Retry-After spread over this time, ms. */
const RETRY_AFTER_SPREAD_MS = 1_000;
/** Longest wait because all hosts refuse, ms: only a ban may last longer. */
const HOST_REST_MAX_MS = 300_000;

const idOf = (event: SocketEvent): number | null => ('connectionId' in event ? event.connectionId : null);

const guards = noteGuards<SocketContext, SocketEvent>()({
  isDialing: ({ context, event }) => context.dialing !== null && idOf(event) === context.dialing,
  isCurrent: ({ context, event }) => context.current !== null && idOf(event) === context.current,
  isCurrentAfterFailure: ({ context, event }) => context.failures > 0 && context.current !== null && idOf(event) === context.current,
  isReplacement: ({ context, event }) => context.replacement !== null && idOf(event) === context.replacement,
  isFirstActivity: ({ context, event }) =>
    context.current !== null && idOf(event) === context.current && context.activityOn !== context.current,
  wasActive: ({ context }) => context.activityOn === context.current,
  isPaused: ({ context }) => context.paused,
  isNothingOpen: ({ context }) => context.current === null && context.dialing === null && context.replacement === null,
});

/** Types, guards and actions of the socket machine, shared by its regions. */
export const socketSetup = setup({
  types: {
    context: {} as SocketContext,
    events: {} as SocketEvent,
    input: {} as SocketInput,
    emitted: {} as SocketFact,
  },
  delays: {
    backoff: ({ context }) => context.backoffMs,
    stable: ({ context }) => context.options.stableMs,
    dialMax: ({ context }) => context.options.dialMaxMs,
    rolloverAge: ({ context }) => context.rolloverMs,
    settleMax: ({ context }) => context.options.settleMaxMs,
    overlap: ({ context }) => context.options.overlapMs,
    pauseMax: ({ context }) => context.options.pauseMaxMs,
    drainMax: ({ context }) => context.drainMs,
    // A quiet connection is pinged before it is given up. Activity is sampled, so the silence is one sample longer.
    quietMax: ({ context }) => context.options.silenceMaxMs / 2,
    answerMax: ({ context }) => context.options.silenceMaxMs / 2 + context.options.activityEveryMs,
  },
  guards,
  actions: {
    drawConnection: assign(({ context }) => ({ dialing: Math.floor(context.random() * CONNECTION_IDS) })),
    dial: emit(({ context }) => ({ type: 'dial' as const, connectionId: context.dialing!, host: context.host })),
    sayOpening: emit({ type: 'socket.opening' }),
    saySilent: emit({ type: 'socket.silent' }),
    sayRollingOver: emit({ type: 'socket.rollingOver' }),
    sayOpen: emit(({ context }) => ({ type: 'socket.open' as const, connectionId: context.current! })),
    sayRolledOver: emit(({ context }) => ({ type: 'socket.rolledOver' as const, connectionId: context.current! })),
    sayLost: emit(({ context: { cause, reason, retryAfterMs } }) => ({ type: 'socket.lost' as const, cause, reason, retryAfterMs })),
    sayUnreplaced: emit(({ context: { cause, reason, retryAfterMs } }) => ({ type: 'unreplaced' as const, cause, reason, retryAfterMs })),
    sayShed: emit({ type: 'shed' }),
    sayClosed: emit({ type: 'closed' }),
    prepareReplacement: emit(({ context }) => ({ type: 'prepare' as const, connectionId: context.replacement! })),

    // Reported connection events.
    takeDialedAsCurrent: assign(({ context }) => ({
      current: context.dialing,
      dialing: null,
      retryAfterMs: null,
      rolloverMs: context.options.rolloverAfterMs * (1 - context.options.rolloverJitter * context.random()),
    })),
    takeDialedAsReplacement: assign(({ context }) => ({ replacement: context.dialing, dialing: null })),
    promoteReplacement: assign(({ context }) => ({
      current: context.replacement,
      replacement: null,
      rolloverMs: context.options.rolloverAfterMs * (1 - context.options.rolloverJitter * context.random()),
    })),
    forgetLost: assign(({ context, event }) => {
      const id = idOf(event);
      return {
        current: context.current === id ? null : context.current,
        dialing: context.dialing === id ? null : context.dialing,
        replacement: context.replacement === id ? null : context.replacement,
      };
    }),
    forgetCurrent: assign({ current: null }),
    terminateAll: enqueueActions(({ context, enqueue }) => {
      for (const connectionId of [context.dialing, context.current, context.replacement]) {
        if (connectionId !== null) enqueue.emit({ type: 'terminate', connectionId });
      }
    }),
    closeAll: enqueueActions(({ context, enqueue }) => {
      const { dialing, current, replacement } = context;
      if (dialing !== null) enqueue.emit({ type: 'terminate', connectionId: dialing });
      for (const connectionId of [current, replacement]) if (connectionId !== null) enqueue.emit({ type: 'close', connectionId });
    }),
    forgetAll: assign({ current: null, dialing: null, replacement: null }),
    terminateCurrent: emit(({ context }) => ({ type: 'terminate' as const, connectionId: context.current! })),
    closeCurrent: emit(({ context }) => ({ type: 'close' as const, connectionId: context.current! })),
    terminateDialing: emit(({ context }) => ({ type: 'terminate' as const, connectionId: context.dialing! })),
    forgetDialing: assign({ dialing: null }),
    terminateReplacement: emit(({ context }) => ({ type: 'terminate' as const, connectionId: context.replacement! })),
    forgetReplacement: assign({ replacement: null }),
    ping: emit(({ context }) => ({ type: 'ping' as const, connectionId: context.current! })),

    // The reason, and the time of the next attempt.
    noteReason: assign(({ context, event }) => {
      assertEvent(event, 'lost');
      const { cause, reason, retryAfterMs, hostRetryAfterMs } = event;
      const hostRests = hostRetryAfterMs === undefined ? [] : [...context.hostRests, hostRetryAfterMs].slice(-context.hosts);
      return { cause, reason, retryAfterMs, hostRests };
    }),
    noteTimeout: assign({ cause: 'timeout', reason: 'connect timed out', retryAfterMs: null }),
    noteShutdown: assign({ cause: 'shutdown', reason: 'the venue announced its end soon after it was opened', retryAfterMs: null }),
    noteUnsettled: assign({ cause: 'unacknowledged', reason: 'subscriptions were not acknowledged', retryAfterMs: null }),
    noteSilence: assign({ cause: 'silent', reason: 'no frame received for too long', retryAfterMs: null }),
    noteOverpaused: assign({ cause: 'shed', reason: 'shed: paused for too long', retryAfterMs: null }),
    tryNextHost: assign(({ context }) => ({ host: (context.host + 1) % context.hosts })),
    backOff: assign(({ context }) => {
      const { failures, retryAfterMs, hostRests, hosts, options, random } = context;
      const jittered = fullJitter(failures, options.backoff, random());
      // What one host says holds up no other one: there is nothing to wait for until each of them has refused.
      const resting = hostRests.length < hosts ? null : Math.min(HOST_REST_MAX_MS, ...hostRests);
      const toldMs = retryAfterMs ?? resting;
      const told = toldMs === null ? 0 : toldMs + random() * RETRY_AFTER_SPREAD_MS;
      return { failures: failures + 1, backoffMs: Math.max(jittered, told) };
    }),
    noteActivity: assign(({ context }) => ({ activityOn: context.current })),
    countFailure: assign(({ context }) => ({ failures: context.failures + 1 })),
    forgetFailures: assign({ failures: 0 }),

    pauseReading: emit({ type: 'pauseReading' }),
    resumeReading: emit({ type: 'resumeReading' }),
    notePaused: assign({ paused: true }),
    noteResumed: assign({ paused: false }),
    noteDeadline: assign(({ event }) => {
      assertEvent(event, 'drain');
      return { drainMs: event.deadlineMs };
    }),
    listen: raise({ type: 'listen' }),
    deafen: raise({ type: 'deafen' }),
    raiseSilence: raise({ type: 'silence' }),
    raiseOverpaused: raise({ type: 'overpaused' }),
  },
});
