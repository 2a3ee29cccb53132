import { Registry } from 'prom-client';
import { onTestFinished } from 'vitest';
import type { Api } from '../../../../src/api/api-ports.js';
import { buildApp, type ApiOptions } from '../../../../src/api/app.js';
import { ArrayGaps } from './array-gaps.js';
import { ArrayReader } from './array-reader.js';
import { emptyAudit, FakeFeeds } from './fake-feeds.js';
import { MINUTE_US, sink } from './samples.js';

/** The API over whatever a test gives it, closed when the test ends. */
export async function testApp(options: Partial<ApiOptions> = {}): Promise<Api> {
  const feeds = new FakeFeeds();
  const app = await buildApp({
    reader: new ArrayReader(),
    feeds,
    control: feeds,
    sinks: { sinks: () => [sink()] },
    history: { history: () => Promise.resolve({ steps: [], isWhole: true }) },
    gaps: new ArrayGaps(),
    audits: { audit: () => Promise.resolve(emptyAudit) },
    health: { parts: () => [{ name: 'store', ok: true, detail: 'It answers.' }] },
    metrics: new Registry(),
    clock: { nowUs: () => MINUTE_US },
    version: '1.2.3',
    ...options,
  });
  onTestFinished(() => app.close());
  return app;
}
