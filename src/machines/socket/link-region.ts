import { socketSetup } from './socket-setup.js';

/** The only place that starts an attempt to connect. */
const startDialing = ['drawConnection', 'dial'] as const;
const currentLost = ['noteReason', 'forgetLost', 'deafen', 'sayLost'] as const;
const currentSilent = ['noteSilence', 'saySilent', 'terminateCurrent', 'forgetCurrent', 'deafen', 'sayLost'] as const;
const takeOver = ['promoteReplacement', 'sayOpen'] as const;

/** The wait after a loss is over. */
const dialAgain = [
  { guard: 'isPaused', target: 'held' },
  { target: '#link.opening', actions: startDialing },
] as const;

/**
 * Makes connections, one attempt at a time, whatever events arrive: an attempt starts only on entry of `opening` and of
 * `rollingOver.queued`, and each of them is left before either is entered again.
 */
export const linkRegion = socketSetup.createStateConfig({
  id: 'link',
  initial: 'starting',
  on: { drain: { target: '.draining', actions: 'noteDeadline' } },
  states: {
    starting: { always: { target: 'opening', actions: startDialing } },
    opening: {
      entry: 'sayOpening',
      initial: 'queued',
      on: {
        opened: { guard: 'isDialing', target: 'open', actions: ['takeDialedAsCurrent', 'sayOpen'] },
        lost: { guard: 'isDialing', target: 'backingOff', actions: ['noteReason', 'forgetLost', 'tryNextHost'] },
        overpaused: { target: 'backingOff', actions: ['terminateAll', 'forgetAll', 'noteOverpaused', 'sayShed'] },
      },
      states: {
        // The venue's limiter delays the attempt: no timeout runs.
        queued: { on: { 'dial.started': { guard: 'isDialing', target: 'dialing' } } },
        dialing: {
          after: { dialMax: { target: '#link.backingOff', actions: ['terminateDialing', 'forgetDialing', 'noteTimeout', 'tryNextHost'] } },
        },
      },
    },
    open: {
      entry: 'listen',
      on: {
        lost: { guard: 'isCurrent', target: 'backingOff', actions: ['noteReason', 'forgetLost'] },
        silence: { target: 'backingOff', actions: ['noteSilence', 'saySilent', 'terminateCurrent', 'forgetCurrent'] },
        overpaused: { target: 'backingOff', actions: ['terminateAll', 'forgetAll', 'noteOverpaused', 'sayShed'] },
        // A venue may announce the end of each connection that it has just accepted: the first is replaced at once, the next ones wait.
        shutdown: [
          { guard: 'isCurrentAfterFailure', target: 'rollingOver.waiting', actions: 'noteShutdown' },
          { guard: 'isCurrent', target: 'rollingOver', actions: 'countFailure' },
        ],
        reconnect: 'rollingOver',
        activity: { guard: 'isFirstActivity', actions: 'noteActivity' },
      },
      after: { stable: { guard: 'wasActive', actions: 'forgetFailures' }, rolloverAge: 'rollingOver' },
    },
    // Make before break: the current connection stays until the next one carries all streams.
    rollingOver: {
      entry: 'sayRollingOver',
      initial: 'starting',
      on: { overpaused: { target: 'backingOff', actions: ['terminateAll', 'forgetAll', 'noteOverpaused', 'sayShed'] } },
      states: {
        starting: { always: { target: 'queued', actions: startDialing } },
        queued: {
          on: {
            'dial.started': { guard: 'isDialing', target: 'dialing' },
            lost: [
              { guard: 'isDialing', target: 'waiting', actions: ['noteReason', 'forgetLost', 'tryNextHost'] },
              { guard: 'isCurrent', target: '#link.opening.queued', actions: currentLost },
            ],
            silence: { target: '#link.opening.queued', actions: currentSilent },
          },
        },
        dialing: {
          on: {
            opened: { guard: 'isDialing', target: 'settling', actions: ['takeDialedAsReplacement', 'prepareReplacement'] },
            lost: [
              { guard: 'isDialing', target: 'waiting', actions: ['noteReason', 'forgetLost', 'tryNextHost'] },
              { guard: 'isCurrent', target: '#link.opening.dialing', actions: currentLost },
            ],
            silence: { target: '#link.opening.dialing', actions: currentSilent },
          },
          after: { dialMax: { target: 'waiting', actions: ['terminateDialing', 'forgetDialing', 'noteTimeout', 'tryNextHost'] } },
        },
        settling: {
          on: {
            settled: { guard: 'isReplacement', target: 'overlapping' },
            lost: [
              { guard: 'isReplacement', target: 'waiting', actions: ['noteReason', 'forgetLost'] },
              { guard: 'isCurrent', target: '#link.open', actions: [...currentLost, ...takeOver] },
            ],
            silence: { target: '#link.open', actions: [...currentSilent, ...takeOver] },
          },
          after: { settleMax: { target: 'waiting', actions: ['terminateReplacement', 'forgetReplacement', 'noteUnsettled'] } },
        },
        overlapping: {
          on: {
            lost: [
              { guard: 'isReplacement', target: 'waiting', actions: ['noteReason', 'forgetLost'] },
              { guard: 'isCurrent', target: '#link.open', actions: [...currentLost, ...takeOver] },
            ],
            silence: { target: '#link.open', actions: [...currentSilent, ...takeOver] },
          },
          after: { overlap: { target: '#link.open', actions: ['closeCurrent', 'promoteReplacement', 'sayRolledOver'] } },
        },
        waiting: {
          entry: ['backOff', 'sayUnreplaced'],
          on: {
            lost: { guard: 'isCurrent', target: '#link.backingOff', actions: ['noteReason', 'forgetLost'] },
            silence: { target: '#link.backingOff', actions: ['noteSilence', 'saySilent', 'terminateCurrent', 'forgetCurrent'] },
            retry: { target: 'queued', actions: startDialing },
          },
          after: { backoff: { target: 'queued', actions: startDialing } },
        },
      },
    },
    backingOff: {
      entry: ['deafen', 'backOff', 'sayLost'],
      initial: 'waiting',
      states: {
        waiting: { on: { retry: dialAgain }, after: { backoff: dialAgain } },
        // There is no room downstream: a connection made now would be shed again at once.
        held: { on: { resume: { target: '#link.opening', actions: startDialing } } },
      },
    },
    draining: {
      entry: ['deafen', 'closeAll'],
      on: { drain: {}, lost: { actions: 'forgetLost' } },
      always: { guard: 'isNothingOpen', target: 'closed' },
      after: { drainMax: { target: 'closed', actions: ['terminateAll', 'forgetAll'] } },
    },
    closed: { entry: 'sayClosed', on: { drain: {} } },
  },
});
