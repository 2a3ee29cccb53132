import { ClickHouseError } from '@clickhouse/client';
import { SeracError } from '../errors.js';
import { suggestsDamage } from './damaged-parts.js';

/** Longest quotation of what ClickHouse said, characters: it goes on with paths and its own versions. */
const QUOTED_MAX = 200;

/** What ClickHouse refused, or came upon, as an operating error; undefined for anything else. It is looked for among the causes, too. */
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
