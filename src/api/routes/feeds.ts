import { Type } from 'typebox';
import { feedJson, feedStepJson } from '../../codec/json/feed-json.js';
import type { FeedsView, FeedStatus } from '../../domain/ports/status.js';
import { type FeedId, feedIdText } from '../../domain/symbol.js';
import { SeracError } from '../../errors.js';
import type { Api, ApiPorts } from '../api-ports.js';
import { readFeed } from '../query/read-query.js';
import type { ReadGuard } from '../safety/read-limits.js';
import { jsonResponses, PageOf } from '../schemas/common.js';
import { FeedPath, FeedSchema, FeedWithHistorySchema } from '../schemas/feeds.js';
import { TimeParameter } from '../schemas/query.js';

/** Transitions shown per feed. */
const STEPS_MAX = 1_000;

/** Read from the end of their table. */
const HISTORY_COST = { rows: STEPS_MAX, bytes: STEPS_MAX * 600 };

export function addFeeds(app: Api, { feeds, history }: Pick<ApiPorts, 'feeds' | 'history'>, reads: ReadGuard): void {
  const querystring = Type.Object(TimeParameter, { additionalProperties: false });
  const listSchema = { summary: 'Current status of each feed', querystring, response: jsonResponses(PageOf(FeedSchema)) };
  app.get('/v1/feeds', { schema: listSchema }, ({ query }) => ({
    data: feeds.feeds().map((feed) => feedJson(feed, query.time)),
    next: null,
  }));

  const schema = {
    summary: 'Current status of a feed, and the last transitions of its state machine',
    params: FeedPath,
    querystring,
    response: jsonResponses(FeedWithHistorySchema),
  };
  app.get('/v1/feeds/:id', { schema }, async (request) => {
    const { params, query, signal } = request;
    const id = readFeed('id', params.id);
    const feed = feedNamed(id, feeds);
    await reads.enter(request, HISTORY_COST);
    const { steps, isWhole } = await history.history(id, STEPS_MAX, signal);
    return {
      ...feedJson(feed, query.time),
      transitions: steps.map((step) => feedStepJson(step, query.time)),
      transitions_whole: isWhole,
    };
  });
}

/**
 * Status of a feed.
 * @throws SeracError `not_found`
 */
export function feedNamed(id: FeedId, feeds: FeedsView): FeedStatus {
  const found = feeds.feeds().find(({ exchange, symbol }) => exchange === id.exchange && symbol === id.symbol);
  if (found === undefined) throw new SeracError('not_found', `Unknown feed ${feedIdText(id)}: /v1/feeds lists the feeds.`);
  return found;
}
