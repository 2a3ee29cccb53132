import { expect, it } from 'vitest';
import { withCause } from '../../../src/cli/feeds.js';
import { feedJson } from '../../../src/codec/json/feed-json.js';
import { feed } from '../api/support/samples.js';

it('a table says beside the connection why there is none', () => {
  const connectionOf = (rest: Parameters<typeof feed>[0]): string => withCause(feedJson(feed(rest), 'rfc3339')).connection;
  const trouble = { cause: 'HTTP 451', reason: 'binance.example: the upgrade was answered with 451', since: 0 };
  expect(connectionOf({ connection: 'connecting', trouble })).toBe('connecting (HTTP 451)');
  expect(connectionOf({ connection: 'suspended', suspension: { kind: 'paused', reason: 'asked for', until: null } })).toBe(
    'suspended (paused)',
  );
  expect(connectionOf({ connection: 'live' })).toBe('live');
});
