import type { StoredGap } from '../../../../src/store/queries/stored-gaps.js';
import { jsonRows, timeUs } from './json-rows.js';

const COLUMNS = ['exchange', 'symbol', 'first_id', 'last_id', 'opened_at', 'reason', 'state', 'closed_at', 'version'];

interface GapRow {
  readonly gap: StoredGap;
  readonly version: number;
}

/** The table `gaps`: of each gap, named by its first id, the newest word. */
export class GapTable {
  readonly #rows = new Map<string, GapRow>();

  insert(bytes: Uint8Array): void {
    for (const row of jsonRows(bytes, COLUMNS)) {
      const text = (name: string): string => String(row[name]);
      const optional = (name: string): string | null => (row[name] === null ? null : text(name));
      const gap: StoredGap = {
        ...{ exchange: text('exchange'), symbol: text('symbol'), first_id: text('first_id'), last_id: optional('last_id') },
        ...{ reason: text('reason'), state: text('state') as StoredGap['state'] },
        ...{ opened_at: text('opened_at'), closed_at: optional('closed_at') },
      };
      timeUs(gap.opened_at);
      if (gap.closed_at !== null) timeUs(gap.closed_at);
      const key = `${gap.exchange} ${gap.symbol} ${gap.first_id}`;
      const version = Number(row['version']);
      const known = this.#rows.get(key);
      if (known === undefined || known.version <= version) this.#rows.set(key, { gap, version });
    }
  }

  /** Gaps that were ever listed, and those of them that are closed. */
  get counts(): { readonly opened: number; readonly closed: number } {
    const gaps = [...this.#rows.values()];
    return { opened: gaps.length, closed: gaps.filter(({ gap }) => gap.state === 'closed').length };
  }

  /** Gaps of an exchange that are not closed, by market and first id. */
  open(exchange: string): StoredGap[] {
    const gaps = [...this.#rows.values()].map(({ gap }) => gap).filter((gap) => gap.exchange === exchange && gap.state !== 'closed');
    return gaps.sort((a, b) => (a.symbol < b.symbol ? -1 : a.symbol > b.symbol ? 1 : Number(a.first_id) - Number(b.first_id)));
  }
}
