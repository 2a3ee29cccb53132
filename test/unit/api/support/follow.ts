import type { Api } from '../../../../src/api/api-ports.js';

export interface Page<Row> {
  readonly data: Row[];
  readonly next: string | null;
}

/** Inject speaks as a client on loopback would. */
export async function get(app: Api, url: string, headers: Record<string, string> = {}) {
  return app.inject({ url, headers: { host: '127.0.0.1:8080', ...headers } });
}

export async function pageOf<Row>(app: Api, url: string): Promise<Page<Row>> {
  const response = await get(app, url);
  if (response.statusCode !== 200) throw new Error(`${url}: ${response.statusCode} ${response.body}`);
  return response.json<Page<Row>>();
}

/** All pages of a list, from the first on. */
export async function follow<Row>(app: Api, url: string): Promise<Row[][]> {
  const pages: Row[][] = [];
  let next: string | null = null;
  do {
    const page: Page<Row> = await pageOf<Row>(app, next === null ? url : `${url}&cursor=${next}`);
    pages.push(page.data);
    next = page.next;
    if (pages.length > 2_000) throw new Error('pages without end');
  } while (next !== null);
  return pages;
}
