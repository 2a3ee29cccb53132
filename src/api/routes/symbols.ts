import { Type } from 'typebox';
import { symbolJson } from '../../codec/json/symbol-json.js';
import type { Api } from '../api.js';
import type { ApiPorts } from '../api-ports.js';
import { PageOf } from '../schemas/page.js';
import { TimeParameter } from '../schemas/query.js';
import { jsonResponses } from '../schemas/responses.js';
import { SymbolSchema } from '../schemas/symbol.js';

export function addSymbols(app: Api, { reader }: Pick<ApiPorts, 'reader'>): void {
  const schema = {
    summary: 'The markets of which trades are kept',
    querystring: Type.Object(TimeParameter, { additionalProperties: false }),
    response: jsonResponses(PageOf(SymbolSchema)),
  };
  app.get('/v1/symbols', { schema }, async ({ query }) => {
    const symbols = await reader.symbols();
    return { data: symbols.map((symbol) => symbolJson(symbol, query.time)), next: null };
  });
}
