import { feedSetup } from './feed-setup.js';

/**
 * Whether trades are missing, as far as the ids show. A lost connection, or a lost frame, proves nothing by itself: the feed is unproven
 * until the next trade shows whether its id follows the last one.
 */
export const continuityRegion = feedSetup.createStateConfig({
  initial: 'unknown',
  on: {
    'socket.lost': { actions: 'forgetFirstTrade' },
    'socket.silent': { actions: 'forgetFirstTrade' },
    'frames.lost': { actions: 'forgetFirstTrade' },
  },
  states: {
    unknown: {
      on: {
        'trade.first': [
          { guard: 'isProvable', target: 'contiguous', actions: 'noteFirstTrade' },
          { target: 'unproven', actions: 'noteFirstTrade' },
        ],
        'gap.opened': { target: 'gap', actions: 'noteHoles' },
      },
    },
    contiguous: {
      on: {
        'gap.opened': { target: 'gap', actions: 'noteHoles' },
        'socket.lost': { target: 'unproven', actions: 'forgetFirstTrade' },
        'socket.silent': { target: 'unproven', actions: 'forgetFirstTrade' },
        'frames.lost': { target: 'unproven', actions: 'forgetFirstTrade' },
        'subscribe.refused': { target: 'unproven', actions: 'forgetFirstTrade' },
        'pressure.level': { guard: 'isShedding', target: 'unproven', actions: 'forgetFirstTrade' },
        'tier.changed': { guard: 'isShedding', target: 'unproven', actions: 'forgetFirstTrade' },
        pause: { target: 'unproven', actions: 'forgetFirstTrade' },
        stop: { target: 'unproven', actions: 'forgetFirstTrade' },
      },
    },
    gap: {
      on: {
        'trade.first': { actions: 'noteFirstTrade' },
        'gap.opened': { actions: 'noteHoles' },
        'gaps.closed': [
          { guard: 'isFirstTradeSeenAndProvable', target: 'contiguous', actions: 'forgetHoles' },
          { target: 'unproven', actions: 'forgetHoles' },
        ],
        'backfill.started': 'backfilling',
      },
    },
    backfilling: {
      on: {
        'trade.first': { actions: 'noteFirstTrade' },
        'gap.opened': { actions: 'noteHoles' },
        'gaps.closed': [
          { guard: 'isFirstTradeSeenAndProvable', target: 'contiguous', actions: 'forgetHoles' },
          { target: 'unproven', actions: 'forgetHoles' },
        ],
        'backfill.finished': [
          { guard: 'hasHoles', target: 'gap', actions: 'noteHoles' },
          { guard: 'isFirstTradeSeenAndProvable', target: 'contiguous', actions: 'noteHoles' },
          { target: 'unproven', actions: 'noteHoles' },
        ],
      },
    },
    unproven: {
      on: {
        'trade.first': [{ guard: 'isProvable', target: 'contiguous', actions: 'noteFirstTrade' }, { actions: 'noteFirstTrade' }],
        'gap.opened': { target: 'gap', actions: 'noteHoles' },
      },
    },
  },
});
