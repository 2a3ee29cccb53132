import { expect, it } from 'vitest';
import { feedsHealth } from '../../../src/daemon/daemon-health.js';
import type { FeedStatus } from '../../../src/domain/ports/status.js';

const feed = (symbol: string, connection: string, more: Partial<FeedStatus> = {}): FeedStatus => ({
  ...{ exchange: 'binance', symbol, tier: 1, connection, continuity: 'contiguous', degradation: 'normal' },
  ...{ since: { connection: 0, continuity: 0, degradation: 0 }, suspension: null, trouble: null, repairTrouble: null },
  ...{ connectionId: null, trades: 0, lastTradeId: null, lastEventTime: null, holes: [], unacknowledged: 0, ...more },
});

it('names the feeds that are not live, and why', () => {
  const shed = feed('PEPE-USDT', 'suspended', { suspension: { kind: 'shed', reason: 'pressure', until: null } });
  expect(feedsHealth([feed('BTC-USDT', 'live'), feed('ETH-USDT', 'rollingOver'), shed])).toEqual({
    ok: false,
    detail: '2 of 3 live, binance:PEPE-USDT (shed: pressure)',
  });
  const paused = feed('SOL-USDT', 'suspended', { suspension: { kind: 'paused', reason: 'on request', until: null } });
  expect(feedsHealth([feed('BTC-USDT', 'live'), paused])).toEqual({ ok: true, detail: '1 of 2 live, 1 paused' });
});

it('says a cause that feeds share once, and names five of a thousand', () => {
  const trouble = { cause: 'dial', reason: 'connect ECONNREFUSED', since: 0 };
  const feeds = Array.from({ length: 1_000 }, (_, at) => feed(`M${at}-USDT`, 'backingOff', { trouble }));
  const { ok, detail } = feedsHealth(feeds);
  expect(ok).toBe(false);
  expect(detail.match(/backingOff/g)).toHaveLength(5);
  expect(detail.match(/ECONNREFUSED/g)).toHaveLength(1);
  expect(detail).toContain('995 more');
});
