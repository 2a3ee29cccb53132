import { Readable } from 'node:stream';
import { ClickHouseError, type ClickHouseClient } from '@clickhouse/client';
import { SeracError } from '../errors.js';

/** Codes by which ClickHouse refuses the user or the password. */
const CREDENTIALS_CODES = new Set(['192', '193', '194', '497', '516']);
/** Shortest interval between two readings of the password, while the server refuses it. */
const READ_AGAIN_EVERY_MS = 500;
/** A header in each response of ClickHouse, and of no other server. */
const OWN_HEADER = 'x-clickhouse-query-id';

/** Result of a request: a result set, a stream, or neither. */
interface Answer {
  readonly response_headers: object;
  readonly close?: () => void;
  readonly stream?: unknown;
}

/** Source of a client's credentials. */
export interface CredentialsSource {
  readonly username: string;
  readonly password: string;
  /** Reads the password from its source. Absent if it cannot change. */
  readonly readPassword?: (() => string) | undefined;
}

/**
 * Makes a client read its password again when the server refuses it, so that a rotated one needs no restart, and reject responses that are
 * not from ClickHouse: a proxy's page with status 200 acknowledges nothing.
 */
export function guardClient(
  client: ClickHouseClient,
  source: CredentialsSource,
  nowMs = (): number => performance.now(),
): ClickHouseClient {
  const { username, readPassword } = source;
  let { password } = source;
  let readAtMs = -Infinity;

  /** Reads the password again, unless that was done a moment ago. */
  const renew = (): void => {
    if (readPassword === undefined || nowMs() - readAtMs < READ_AGAIN_EVERY_MS) return;
    readAtMs = nowMs();
    try {
      password = readPassword();
    } catch {
      // The file may be about to be written: the server's error stands, and the next request reads again.
    }
  };

  const guarded =
    <Params extends object, Result extends Answer>(send: (params: Params) => Promise<Result>) =>
    async (params: Params): Promise<Result> => {
      const used = password;
      const call = async (): Promise<Result> => checked(await send({ ...params, auth: { username, password } }));
      try {
        return await call();
      } catch (error) {
        if (!isAboutCredentials(error)) throw error;
        renew();
        // Values are a stream, which can be sent once: the caller retries.
        if (password === used || 'values' in params) throw error;
        return await call();
      }
    };

  client.query = guarded(client.query.bind(client));
  client.exec = guarded(client.exec.bind(client));
  client.command = guarded(client.command.bind(client));
  return client;
}

function checked<Result extends Answer>(result: Result): Result {
  if (OWN_HEADER in result.response_headers) return result;
  // Its body is not read; left open it would keep the connection busy.
  result.close?.();
  if (result.stream instanceof Readable) result.stream.destroy();
  throw new SeracError('store.unavailable', `The response is not from ClickHouse: it has no header ${OWN_HEADER}.`, {
    retryable: true,
  });
}

/**
 * Whether an error says that the credentials are refused. A proxy does so with its own text: any error that is neither ClickHouse's nor the
 * network's counts.
 */
export function isAboutCredentials(error: unknown): boolean {
  if (error instanceof ClickHouseError) return CREDENTIALS_CODES.has(error.code);
  return error instanceof Error && !(error instanceof SeracError) && !('code' in error);
}
