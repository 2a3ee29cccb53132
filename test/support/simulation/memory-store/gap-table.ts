import { compareGaps, type Gap, type GapQuery } from '../../../../src/domain/gap.js';
import { jsonRows, timeUs } from './json-rows.js';

const COLUMNS = ['exchange', 'symbol', 'first_id', 'last_id', 'opened_at', 'reason', 'state', 'closed_at', 'version'];

interface GapRow {
  readonly gap: Gap;
  readonly version: number;
}

/** The table `gaps`: of each gap, named by its first id, the newest word. */
export class GapTable {
  readonly #rows = new Map<string, GapRow>();

  insert(bytes: Uint8Array): void {
    for (const row of jsonRows(bytes, COLUMNS)) {
      const text = (name: string): string => String(row[name]);
      const gap: Gap = {
        exchange: text('exchange'),
        symbol: text('symbol'),
        first: Number(text('first_id')),
        last: row['last_id'] === null ? null : Number(text('last_id')),
        reason: text('reason') as Gap['reason'],
        state: text('state') as Gap['state'],
        openedAt: timeUs(text('opened_at')),
        closedAt: row['closed_at'] === null ? null : timeUs(text('closed_at')),
      };
      const key = `${gap.exchange} ${gap.symbol} ${gap.first}`;
      const version = Number(row['version']);
      const known = this.#rows.get(key);
      if (known === undefined || known.version <= version) this.#rows.set(key, { gap, version });
    }
  }

  /** The newest version of an exchange; 0 if there is none. */
  newestVersion(exchange: string): number {
    const rows = [...this.#rows.values()].filter(({ gap }) => gap.exchange === exchange);
    return rows.reduce((newest, { version }) => Math.max(newest, version), 0);
  }

  /** Gaps that were ever listed, and those of them that are closed. */
  get counts(): { readonly opened: number; readonly closed: number } {
    const gaps = [...this.#rows.values()];
    return { opened: gaps.length, closed: gaps.filter(({ gap }) => gap.state === 'closed').length };
  }

  /** A page of all gaps. */
  page({ exchange, symbol, states, after, limit }: GapQuery): Gap[] {
    const gaps = [...this.#rows.values()].map(({ gap }) => gap);
    return gaps
      .filter((gap) => (exchange ?? gap.exchange) === gap.exchange && (symbol ?? gap.symbol) === gap.symbol && states.includes(gap.state))
      .filter((gap) => after === undefined || compareGaps(gap, after) > 0)
      .sort(compareGaps)
      .slice(0, limit);
  }

  /** Gaps of an exchange that are not closed, by market and first id. */
  open(exchange: string): Gap[] {
    const gaps = [...this.#rows.values()].map(({ gap }) => gap).filter((gap) => gap.exchange === exchange && gap.state !== 'closed');
    return gaps.sort(compareGaps);
  }
}
