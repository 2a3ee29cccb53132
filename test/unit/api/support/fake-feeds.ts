import { feedNamed } from '../../../../src/api/routes/feeds.js';
import { auditOf } from '../../../../src/domain/audit.js';
import type { FeedControl } from '../../../../src/domain/feed-control.js';
import { IdIntervals } from '../../../../src/domain/id-intervals.js';
import type { FeedStatus, FeedsView } from '../../../../src/domain/ports/status.js';
import type { FeedId } from '../../../../src/domain/symbol.js';
import { SeracError } from '../../../../src/errors.js';
import { feed } from './samples.js';

/** Feeds that are only listed: what is asked of them is noted, and changes what is said of them. */
export class FakeFeeds implements FeedsView, FeedControl {
  readonly asked: string[] = [];
  #feeds: FeedStatus[] = [feed()];

  feeds(): FeedStatus[] {
    return [...this.#feeds];
  }

  add(id: FeedId, tier: number | undefined): Promise<{ status: FeedStatus; added: boolean }> {
    if (id.exchange === 'down')
      return Promise.reject(new SeracError('venue.unavailable', 'The venue does not answer.', { retryable: true }));
    const known = this.#feeds.find(({ symbol }) => symbol === id.symbol);
    const status = known ?? feed({ ...id, tier: tier ?? 2, connection: 'connecting' });
    if (known === undefined) this.#feeds.push(status);
    return Promise.resolve({ status, added: known === undefined });
  }

  remove(id: FeedId): Promise<FeedStatus> {
    const status = feedNamed(id, this);
    this.#feeds = this.#feeds.filter((each) => each !== status);
    return Promise.resolve({ ...status, connection: 'stopped', unacknowledged: 0 });
  }

  reconnect(id: FeedId): FeedStatus {
    const status = this.#note('reconnect', id);
    if (status.connection === 'suspended') throw new SeracError('conflict', 'It is suspended.');
    return status;
  }

  pause(id: FeedId): FeedStatus {
    this.#note('pause', id);
    const suspension = { kind: 'paused' as const, reason: 'pause requested', until: null };
    const status = { ...feedNamed(id, this), connection: 'suspended', suspension };
    this.#feeds = this.#feeds.map((each) => (each.symbol === id.symbol ? status : each));
    return status;
  }

  resume(id: FeedId): FeedStatus {
    return this.#note('resume', id);
  }

  #note(what: string, id: FeedId): FeedStatus {
    const status = feedNamed(id, this);
    this.asked.push(`${what} ${id.exchange}:${id.symbol}`);
    return status;
  }
}

/** What is said of a market of which nothing is known. */
export const emptyAudit = auditOf({
  ...{ provable: true, outOfOrder: false, before: null, after: null, gaps: [] },
  ...{ present: new IdIntervals(), empty: new IdIntervals(), rejected: new IdIntervals() },
});
