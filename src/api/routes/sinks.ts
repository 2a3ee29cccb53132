import { Type } from 'typebox';
import { sinkJson } from '../../codec/json/sink-json.js';
import type { Api, ApiPorts } from '../api-ports.js';
import { jsonResponses, PageOf } from '../schemas/common.js';
import { TimeParameter } from '../schemas/query.js';
import { SinkSchema } from '../schemas/sinks.js';

export function addSinks(app: Api, { sinks }: Pick<ApiPorts, 'sinks'>): void {
  const schema = {
    summary: 'Current status of each sink: what it stored, what waits for it, and what it did not take',
    querystring: Type.Object(TimeParameter, { additionalProperties: false }),
    response: jsonResponses(PageOf(SinkSchema)),
  };
  app.get('/v1/sinks', { schema }, ({ query }) => ({ data: sinks.sinks().map((sink) => sinkJson(sink, query.time)), next: null }));
}
