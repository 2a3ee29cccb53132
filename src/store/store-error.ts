import { ClickHouseError } from '@clickhouse/client';
import { SeracError } from '../errors.js';
import { suggestsDamage } from './damaged-parts.js';

/** Longest quotation of ClickHouse's message, characters: it continues with paths and its own versions. */
const QUOTED_MAX = 200;

/** An error of ClickHouse as an operating error; undefined for anything else. Its causes are searched, too. */
export function storeError(thrown: unknown): SeracError | undefined {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    if (!(error instanceof ClickHouseError)) continue;
    const [first = ''] = error.message.split('\n', 1);
    const said = `code ${error.code}: ${first.length > QUOTED_MAX ? `${first.slice(0, QUOTED_MAX)}…` : first}`;
    return new SeracError(
      'store.refused',
      suggestsDamage(error)
        ? `What is stored cannot be read, as when a part of a table is damaged: "Damaged parts" in docs/operations.md says what to do (${said}).`
        : `The store refused it (${said}).`,
    );
  }
  return undefined;
}
