import { feedJson } from '../../codec/json/feed-json.js';
import type { Api, ApiPorts } from '../api-ports.js';
import { readFeed } from '../query/read-query.js';
import type { ControlGuard } from '../safety/keys.js';
import { jsonResponses } from '../schemas/common.js';
import { FeedPath, FeedSchema, NewFeed } from '../schemas/feeds.js';

const ACTIONS = {
  reconnect: 'Replaces the connection of a feed. The old connection is closed after the new one carries all its streams.',
  pause: 'Pauses recording of a market. Trades missed while paused are backfilled after it resumes.',
  resume: 'Resumes a paused, banned or refused market.',
} as const;

/** Feeds are added, removed and controlled while the daemon runs. All of these routes need a key. */
export function addFeedControl(app: Api, { control }: Pick<ApiPorts, 'control'>, guard: ControlGuard): void {
  const security = [{ key: [] }];
  const preParsing = guard;

  const addSchema = {
    summary: 'Starts recording a market, or changes its priority tier',
    description:
      'The change lasts until the daemon stops or reloads its configuration: serac.yaml is not changed. 201: added. 200: it was already recorded.',
    security,
    body: NewFeed,
    response: { ...jsonResponses(FeedSchema), 201: FeedSchema },
  };
  app.post('/v1/feeds', { preParsing, schema: addSchema }, async ({ body }, reply) => {
    const { status, added } = await control.add(readFeed('feed', body.feed), body.tier);
    return reply.code(added ? 201 : 200).send(feedJson(status, 'rfc3339'));
  });

  const removeSchema = {
    summary: 'Stops recording a market',
    description: 'Trades received so far are stored. The change lasts until the daemon restarts or reloads its configuration.',
    security,
    params: FeedPath,
    response: jsonResponses(FeedSchema),
  };
  app.delete('/v1/feeds/:id', { preParsing, schema: removeSchema }, async ({ params }) =>
    feedJson(await control.remove(readFeed('id', params.id)), 'rfc3339'),
  );

  for (const action of ['reconnect', 'pause', 'resume'] as const) {
    const schema = { summary: ACTIONS[action], security, params: FeedPath, response: jsonResponses(FeedSchema) };
    app.post(`/v1/feeds/:id/${action}`, { preParsing, schema }, ({ params }) =>
      feedJson(control[action](readFeed('id', params.id)), 'rfc3339'),
    );
  }
}
