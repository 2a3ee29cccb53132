import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { SeracError } from '../../errors.js';
import type { Api } from '../api-ports.js';
import { isLocalRequest, isLoopbackAddress } from './loopback.js';

const BEARER = /^bearer +(\S+) *$/i;

/** The API keys for other machines, kept as hashes: of equal length, so that comparing leaks nothing through its timing. */
export class ApiKeys {
  readonly #hashes: readonly Buffer[];

  constructor(keys: readonly string[]) {
    this.#hashes = keys.filter((key) => key !== '').map(hash);
  }

  get none(): boolean {
    return this.#hashes.length === 0;
  }

  /** Whether an Authorization header carries one of the keys. All are compared, even after a match. */
  accepts(authorization: string | undefined): boolean {
    const given = BEARER.exec(authorization ?? '')?.[1];
    if (given === undefined) return false;
    const givenHash = hash(given);
    return this.#hashes.reduce((found, known) => timingSafeEqual(known, givenHash) || found, false);
  }
}

function hash(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

/**
 * Admits requests from other machines only with a key; on loopback reading needs none. It runs after the rate limit has counted the
 * request, so that keys cannot be guessed quickly.
 */
export function addKeys(app: Api, keys: ApiKeys): void {
  app.addHook('preParsing', async (request) => {
    const open = keys.none ? isLoopbackAddress(request.socket.remoteAddress ?? '') : isLocalRequest(request);
    if (!open && !keys.accepts(request.headers.authorization)) {
      throw new SeracError(
        'unauthorised',
        'Requests from other machines need the header "Authorization: Bearer KEY" with an API key of this daemon.',
      );
    }
    return Promise.resolve(undefined);
  });
}

/** A preParsing hook for routes that change something. */
export type ControlGuard = (request: FastifyRequest) => Promise<undefined>;

/**
 * Control needs a key, on loopback too: any program and any web page on this machine can send requests there. Local requests may use the
 * control token of the data folder instead, which only its owner can read.
 */
export function controlGuard(keys: ApiKeys, localKeys: ApiKeys): ControlGuard {
  return async (request) => {
    const { authorization } = request.headers;
    if (keys.accepts(authorization) || (isLocalRequest(request) && localKeys.accepts(authorization))) return Promise.resolve(undefined);
    if (keys.none && localKeys.none) throw new SeracError('forbidden', 'Control needs an API key, and this daemon has none.');
    throw new SeracError(
      'unauthorised',
      'Control needs the header "Authorization: Bearer KEY" with an API key of this daemon; on the same machine the text of the file "control" in ' +
        'its data folder works, too.',
    );
  };
}

/**
 * Refuses to listen on another address than loopback without keys.
 * @throws SeracError `config.invalid` with what to do.
 */
export function assertBindAllowed({ host, apiKeys }: { readonly host: string; readonly apiKeys: readonly string[] }): void {
  if (apiKeys.some((key) => !/^\S+$/.test(key))) {
    throw new SeracError(
      'config.invalid',
      'An API key is empty or contains white space: use at least one visible character and no spaces.',
    );
  }
  if (apiKeys.length === 0 && !isLoopbackAddress(host)) {
    throw new SeracError(
      'config.invalid',
      `The API would be open to other machines on ${JSON.stringify(host)}: add API keys to the configuration, or bind to 127.0.0.1.`,
    );
  }
}
