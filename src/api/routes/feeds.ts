import { Type } from 'typebox';
import { feedJson } from '../../codec/json/feed-json.js';
import type { Api } from '../api.js';
import type { ApiPorts } from '../api-ports.js';
import { FeedSchema } from '../schemas/feed.js';
import { PageOf } from '../schemas/page.js';
import { TimeParameter } from '../schemas/query.js';
import { jsonResponses } from '../schemas/responses.js';

export function addFeeds(app: Api, { feeds }: Pick<ApiPorts, 'feeds'>): void {
  const schema = {
    summary: 'How each feed does now',
    querystring: Type.Object(TimeParameter, { additionalProperties: false }),
    response: jsonResponses(PageOf(FeedSchema)),
  };
  app.get('/v1/feeds', { schema }, ({ query }) => ({
    data: feeds.feeds().map((feed) => feedJson(feed, query.time)),
    next: null,
  }));
}
