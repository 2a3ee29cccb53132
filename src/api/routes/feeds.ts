import { Type } from 'typebox';
import { feedJson } from '../../codec/json/feed-json.js';
import { feedStepJson } from '../../codec/json/feed-step-json.js';
import type { Api } from '../api.js';
import type { ApiPorts } from '../api-ports.js';
import { feedNamed } from '../pages/feed-named.js';
import { readFeed } from '../query/read-feed.js';
import type { ReadGuard } from '../safety/read-limits.js';
import { FeedPath } from '../schemas/feed-request.js';
import { FeedSchema, FeedWithHistorySchema } from '../schemas/feeds.js';
import { PageOf } from '../schemas/page.js';
import { TimeParameter } from '../schemas/query.js';
import { jsonResponses } from '../schemas/common.js';

/** Steps of a feed's machine that are shown. */
const STEPS_MAX = 1_000;

/** Steps are read from the end of their table. */
const HISTORY_COST = { rows: STEPS_MAX, bytes: STEPS_MAX * 600 };

export function addFeeds(app: Api, { feeds, history }: Pick<ApiPorts, 'feeds' | 'history'>, reads: ReadGuard): void {
  const querystring = Type.Object(TimeParameter, { additionalProperties: false });
  const listSchema = { summary: 'How each feed does now', querystring, response: jsonResponses(PageOf(FeedSchema)) };
  app.get('/v1/feeds', { schema: listSchema }, ({ query }) => ({
    data: feeds.feeds().map((feed) => feedJson(feed, query.time)),
    next: null,
  }));

  const schema = {
    summary: 'How a feed does now, and what its machine did last',
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
