import { Readable } from 'node:stream';
import { ClickHouseError, type ClickHouseClient } from '@clickhouse/client';
import { SeracError } from '../errors.js';

/** Codes by which ClickHouse says that it does not know the user, or not with this password. */
const CREDENTIALS_CODES = new Set(['192', '193', '194', '497', '516']);
/** How often the password is read again at most, while the server goes on refusing it. */
const READ_AGAIN_EVERY_MS = 500;
/** A header that each answer of ClickHouse carries, and that nothing else sends. */
const OWN_HEADER = 'x-clickhouse-query-id';

/** What a request gives: a result to be read, a stream, or neither. */
interface Answer {
  readonly response_headers: object;
  readonly close?: () => void;
  readonly stream?: unknown;
}

/** Where a client's credentials come from. */
export interface CredentialsSource {
  readonly username: string;
  readonly password: string;
  /** Reads the password from where it is kept. Absent where it cannot change. */
  readonly readPassword?: (() => string) | undefined;
}

/**
 * Has a client read its password again when the server refuses it, so that one that was rotated needs no restart, and take no answer
 * for ClickHouse's that is not: a proxy's page with status 200 acknowledges nothing.
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
      // The file may be on its way: what the server said stands, and the next request looks again.
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
        // Values are a stream, which can be sent once: whoever sent them tries again.
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
  // Its body is not read; left alone it would hold the connection.
  result.close?.();
  if (result.stream instanceof Readable) result.stream.destroy();
  throw new SeracError('store.unavailable', `The response is not from ClickHouse: it has no header ${OWN_HEADER}.`, {
    retryable: true,
  });
}

/** Whether an error says that the credentials are refused. A proxy does so in words of its own: what is neither ClickHouse's nor the network's counts. */
export function isAboutCredentials(error: unknown): boolean {
  if (error instanceof ClickHouseError) return CREDENTIALS_CODES.has(error.code);
  return error instanceof Error && !(error instanceof SeracError) && !('code' in error);
}
