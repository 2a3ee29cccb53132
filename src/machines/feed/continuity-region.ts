import { feedSetup } from './feed-setup.js';

/**
 * Whether trades are missing, as far as the ids show. A lost connection, or a lost frame, proves nothing by itself: the feed is unproven
 * until the next trade shows whether its id follows the last one.
 */
export const continuityRegion = feedSetup.createStateConfig({
  initial: 'unknown',
  on: {
    'socket.lost': { actions: 'forgetHeard' },
    'socket.silent': { actions: 'forgetHeard' },
    'frames.lost': { actions: 'forgetHeard' },
  },
  states: {
    unknown: {
      on: {
        'trade.first': [
          { guard: 'isProvable', target: 'contiguous', actions: 'noteHeard' },
          { target: 'unproven', actions: 'noteHeard' },
        ],
        'gap.opened': { target: 'gap', actions: 'noteHoles' },
      },
    },
    contiguous: {
      on: {
        'gap.opened': { target: 'gap', actions: 'noteHoles' },
        'socket.lost': { target: 'unproven', actions: 'forgetHeard' },
        'socket.silent': { target: 'unproven', actions: 'forgetHeard' },
        'frames.lost': { target: 'unproven', actions: 'forgetHeard' },
        'subscribe.refused': { target: 'unproven', actions: 'forgetHeard' },
        'pressure.level': { guard: 'isShedding', target: 'unproven', actions: 'forgetHeard' },
        'tier.changed': { guard: 'isShedding', target: 'unproven', actions: 'forgetHeard' },
        pause: { target: 'unproven', actions: 'forgetHeard' },
        stop: { target: 'unproven', actions: 'forgetHeard' },
      },
    },
    gap: {
      on: {
        'trade.first': { actions: 'noteHeard' },
        'gap.opened': { actions: 'noteHoles' },
        'gaps.closed': [
          { guard: 'isHeardAndProvable', target: 'contiguous', actions: 'forgetHoles' },
          { target: 'unproven', actions: 'forgetHoles' },
        ],
        'backfill.started': 'backfilling',
      },
    },
    backfilling: {
      on: {
        'trade.first': { actions: 'noteHeard' },
        'gap.opened': { actions: 'noteHoles' },
        'gaps.closed': [
          { guard: 'isHeardAndProvable', target: 'contiguous', actions: 'forgetHoles' },
          { target: 'unproven', actions: 'forgetHoles' },
        ],
        'backfill.finished': [
          { guard: 'hasHoles', target: 'gap', actions: 'noteHoles' },
          { guard: 'isHeardAndProvable', target: 'contiguous', actions: 'noteHoles' },
          { target: 'unproven', actions: 'noteHoles' },
        ],
      },
    },
    unproven: {
      on: {
        'trade.first': [{ guard: 'isProvable', target: 'contiguous', actions: 'noteHeard' }, { actions: 'noteHeard' }],
        'gap.opened': { target: 'gap', actions: 'noteHoles' },
      },
    },
  },
});
