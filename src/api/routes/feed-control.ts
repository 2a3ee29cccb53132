import { feedJson } from '../../codec/json/feed-json.js';
import type { Api, ApiPorts } from '../api-ports.js';
import { readFeed } from '../query/read-query.js';
import type { ControlGuard } from '../safety/keys.js';
import { jsonResponses } from '../schemas/common.js';
import { FeedPath, FeedSchema, NewFeed } from '../schemas/feeds.js';

const ACTIONS = {
  reconnect: 'Has the connection of a feed replaced: the new one carries every stream before the old one goes',
  pause: 'Has a market not recorded until it is resumed; what it misses is owed',
  resume: 'Lifts a pause or a ban, and tries a refused market again',
} as const;

/** Feeds come and go, and are told what to do, while the daemon runs. All of it needs a key. */
export function addFeedControl(app: Api, { control }: Pick<ApiPorts, 'control'>, guard: ControlGuard): void {
  const security = [{ key: [] }];
  const preParsing = guard;

  const addSchema = {
    summary: 'Begins to record a market, or gives one that is recorded another tier',
    description:
      'It lasts until the daemon stops or reads its configuration again: serac.yaml is not changed. 201: it is new. 200: it was there.',
    security,
    body: NewFeed,
    response: { ...jsonResponses(FeedSchema), 201: FeedSchema },
  };
  app.post('/v1/feeds', { preParsing, schema: addSchema }, async ({ body }, reply) => {
    const { status, added } = await control.add(readFeed('feed', body.feed), body.tier);
    return reply.code(added ? 201 : 200).send(feedJson(status, 'rfc3339'));
  });

  const removeSchema = {
    summary: 'Ends the recording of a market',
    description: 'What has come is written. It lasts until the daemon starts again or reads its configuration again.',
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
