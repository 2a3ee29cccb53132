import { feedSetup } from './feed-setup.js';

/** Pressure, or a change of the tier, sheds the feed. */
const shed = { guard: 'isShedding', target: 'suspended', actions: ['noteShedding', 'wantUnsubscription', 'beginShedding'] } as const;
const pause = { target: 'suspended', actions: ['notePause', 'wantUnsubscription', 'beginPause'] } as const;
/** Effect of a new level or tier on a feed that is suspended already. */
const weighAgain = [
  { guard: 'isShedAndLifted', target: 'online', actions: 'endShedding' },
  { guard: 'isRefusedOrPaused' },
  { guard: 'isShedding', actions: ['noteShedding', 'wantUnsubscription', 'beginShedding'] },
] as const;

/**
 * Whether trades of the symbol can arrive. The feed has no socket of its own: it requests one, and follows its events. A quiet symbol is
 * not stale; `stale` means that the socket is silent, or that a reconnect was requested.
 */
export const connectionRegion = feedSetup.createStateConfig({
  initial: 'idle',
  states: {
    idle: {
      on: {
        start: [{ guard: 'isShedding', target: 'suspended', actions: ['noteShedding', 'beginShedding'] }, { target: 'online' }],
        stop: 'stopped',
        pause,
      },
    },
    online: {
      initial: 'connecting',
      on: {
        stop: 'stopped',
        pause,
        'socket.lost': [
          { guard: 'isBan', target: 'suspended', actions: ['noteLoss', 'noteBan'] },
          { target: '.backingOff', actions: ['noteLoss', 'forgetConnection'] },
        ],
        'socket.open': { target: '.subscribing', actions: 'noteConnection' },
        // A silent or quiet socket may have missed trades before the new one replaced it.
        'socket.rolledOver': [
          { guard: 'isFirstTradeSeen', target: '.live', actions: 'noteConnection' },
          { target: '.live', actions: ['noteConnection', 'tellResumed'] },
        ],
        'subscribe.refused': { target: 'suspended', actions: 'noteRefusal' },
        'pressure.level': shed,
        'tier.changed': shed,
      },
      states: {
        connecting: { entry: 'wantSubscription' },
        subscribing: {
          on: {
            'subscribe.acknowledged': { target: 'live', actions: 'tellResumed' },
            'socket.silent': 'stale',
            reconnect: 'stale',
          },
          after: { subscribeMax: 'stale' },
        },
        live: {
          on: { 'socket.silent': 'stale', reconnect: 'stale', 'socket.rollingOver': 'rollingOver' },
        },
        stale: {
          entry: 'wantReconnect',
          on: { 'socket.rollingOver': 'rollingOver' },
          after: { staleRepeat: { target: 'stale', reenter: true } },
        },
        backingOff: { on: { 'socket.opening': 'connecting' } },
        rollingOver: { on: { 'socket.silent': 'stale' } },
      },
    },
    suspended: {
      entry: 'forgetConnection',
      exit: 'forgetSuspension',
      on: {
        stop: 'stopped',
        pause: [{ guard: 'isPaused' }, { ...pause, reenter: true }],
        resume: [
          { guard: 'isShedding', target: 'suspended', reenter: true, actions: ['noteShedding', 'beginShedding'] },
          { guard: 'isPaused', target: 'online', actions: 'endPause' },
          { target: 'online' },
        ],
        'socket.open': { guard: 'isBanned', target: 'online.subscribing', actions: 'noteConnection' },
        'pressure.level': weighAgain,
        'tier.changed': weighAgain,
      },
      after: { untilLifted: { guard: 'isBanned', target: 'online.backingOff' } },
    },
    stopped: { entry: ['wantUnsubscription', 'forgetConnection'] },
  },
});
