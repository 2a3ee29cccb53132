import { createHash, timingSafeEqual } from 'node:crypto';

const BEARER = /^bearer +(\S+) *$/i;

/** The keys that open the API from elsewhere, kept as hashes: equal in length, so that comparing tells nothing by its time. */
export class ApiKeys {
  readonly #hashes: readonly Buffer[];

  constructor(keys: readonly string[]) {
    this.#hashes = keys.filter((key) => key !== '').map(hash);
  }

  get none(): boolean {
    return this.#hashes.length === 0;
  }

  /** Whether an Authorization header carries one of the keys. All are compared, whichever fits. */
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
