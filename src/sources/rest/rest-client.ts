import type { Clock } from '../../domain/clock.js';
import { messageOf, SeracError } from '../../errors.js';
import { parseJson } from '../../exchanges/shared/parse-json.js';
import type { RestRequest } from '../../exchanges/venue.js';
import { readRetryAfter, retryAfterWords } from '../websocket/read-retry-after.js';
import { WindowLimiter } from '../window-limiter.js';

/** Limits and headers of one request. */
export interface RestAsk {
  /** From the request to the last byte of the response. */
  readonly timeoutMs: number;
  /** Of the body, both as received and decompressed. */
  readonly bodyMaxBytes: number;
  readonly headers: Readonly<Record<string, string>>;
}

export interface RestAnswer {
  readonly status: number;
  readonly retryAfter: string | null;
  /** Target of a redirect. */
  readonly location: string | null;
  readonly body: string;
  /** The server's time of the response, in whole seconds. */
  readonly date?: string;
}

/** One request to one host; it follows no redirect. Rejects unless a complete response arrived. */
export type Fetch = (url: string, ask: RestAsk) => Promise<RestAnswer>;

export interface RestClientOptions {
  readonly venue: string;
  /** `https://host`, the preferred one first. */
  readonly hosts: readonly string[];
  readonly limits: RestLimits;
  readonly timeoutMs?: number;
  /** Sent with each request: an API key. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Why a host gave no usable response. */
export type RestFailure = 'no_answer' | 'oversized' | 'redirected' | 'refused' | 'failed' | 'unreadable' | 'banned';

/** Why a venue's REST API is not available now. */
export interface RestTrouble {
  readonly reason: string;
  readonly sinceMs: number;
  /** Until when no request is sent; null if requests are retried with backoff. */
  readonly untilMs: number | null;
}

const TIMEOUT_MS = 10_000;
/** A page of a thousand trades is some two hundred kilobytes. */
const BODY_MAX_BYTES = 4 * 1_048_576;
/** Wait after a "too many requests" without a Retry-After. */
const HOLD_DEFAULT_MS = 60_000;
/** A host that answers so refuses every client at this address, or with this key, for any request. */
const HOST_REFUSES: readonly number[] = [401, 403, 407, 451];
/** The request came too slowly or too early: that says nothing about the request, and is temporary. */
const HOST_FAILS: readonly number[] = [408, 425];

/** A venue's REST limit per time window, in its own unit of weight. */
export interface RestLimits {
  readonly weight: number;
  readonly windowMs: number;
}

/** Fraction of a venue's limit that is used: others may share the address. */
const USED_PART = 0.5;

/** Admits requests in order, so that no window of the venue's length holds more weight than half of its limit. */
export function restLimiter({ weight, windowMs }: RestLimits, clock: Clock): WindowLimiter {
  return new WindowLimiter(Math.max(1, weight * USED_PART), windowMs, clock);
}

/** The failure of one host. */
class HostFailure extends Error {
  constructor(
    readonly kind: RestFailure,
    message: string,
    cause?: unknown,
  ) {
    super(message, { cause });
  }
}

/** Client of a venue's REST API: it keeps the rate limits, fails over to the next host, and sends nothing during a Retry-After. */
export class RestClient {
  readonly limiter: WindowLimiter;
  /** Unusable responses, by what was wrong with them. */
  readonly failures = new Map<RestFailure, number>();
  #host = 0;
  #trouble: RestTrouble | null = null;

  /** @param onTrouble called when the venue becomes unavailable, whenever the reason changes, and with null when it answers again */
  constructor(
    readonly options: RestClientOptions,
    readonly clock: Clock,
    readonly fetch: Fetch,
    readonly onTrouble: (trouble: RestTrouble | null) => void = () => undefined,
  ) {
    this.limiter = restLimiter(options.limits, clock);
  }

  /** Why the last request failed; null if it succeeded, or if a Retry-After has passed. */
  get trouble(): RestTrouble | null {
    const untilMs = this.#trouble?.untilMs ?? null;
    return untilMs !== null && untilMs <= this.clock.now() ? null : this.#trouble;
  }

  /**
   * Returns the first successful response. Each host is tried once, starting with the one that answered last.
   * @param read parses a body; throws a SeracError, retryable if the body is not from the venue
   * @throws SeracError `venue.unavailable` or `venue.oversized` (no usable response from any host) and `venue.banned` (Retry-After), which
   * are temporary; `venue.refused` (it will not answer this request), which is not.
   */
  async get<T>(request: RestRequest, read: (body: string) => T): Promise<T> {
    const { venue, hosts } = this.options;
    const failures: { readonly host: string; readonly failure: HostFailure }[] = [];
    while (failures.length < hosts.length) {
      await new Promise<void>((go) => void this.limiter.enter(go, request.weight));
      const host = hosts[this.#host]!;
      try {
        const answer = await this.#ask(host, request, read);
        this.#note(null);
        return answer;
      } catch (failure) {
        if (!(failure instanceof HostFailure)) {
          // It answered without a Retry-After: it is available.
          if (!(failure instanceof SeracError && failure.code === 'venue.banned')) this.#note(null);
          throw failure;
        }
        this.#count(failure.kind);
        failures.push({ host, failure });
        this.#host = (this.#host + 1) % hosts.length;
      }
    }
    const reason = failures.map(({ host, failure }) => `${host}: ${failure.message}`).join('; ');
    this.#note(reason);
    const isOversized = failures.every(({ failure }) => failure.kind === 'oversized');
    throw new SeracError(isOversized ? 'venue.oversized' : 'venue.unavailable', `${venue} did not give a usable response (${reason})`, {
      retryable: true,
      cause: failures.at(-1)!.failure,
    });
  }

  async #ask<T>(host: string, request: RestRequest, read: (body: string) => T): Promise<T> {
    const { timeoutMs = TIMEOUT_MS, headers = {} } = this.options;
    let answer: RestAnswer;
    try {
      answer = await this.fetch(host + request.path, { timeoutMs, bodyMaxBytes: request.bodyMaxBytes ?? BODY_MAX_BYTES, headers });
    } catch (cause) {
      throw new HostFailure(isOversized(cause) ? 'oversized' : 'no_answer', messageOf(cause), cause);
    }
    const { status, location, body } = answer;
    if (status === 429 || status === 418) throw this.#banned(answer);
    if (status >= 300 && status < 400)
      throw new HostFailure('redirected', `status ${status} to ${(location ?? 'nowhere').slice(0, 100)}, which is not followed`);
    if (HOST_REFUSES.includes(status)) throw new HostFailure('refused', `refused with status ${status}`);
    if (status < 200 || status >= 500 || HOST_FAILS.includes(status)) throw new HostFailure('failed', `failed with status ${status}`);
    if (status >= 400) {
      if (!isJson(body))
        throw new HostFailure('unreadable', `status ${status} with a body that is not JSON: it is not from the venue itself`);
      throw new SeracError('venue.refused', `${this.options.venue} refused ${request.path}: status ${status}, ${body.slice(0, 200)}`);
    }
    try {
      return read(body);
    } catch (error) {
      if (error instanceof SeracError && error.retryable) throw new HostFailure('unreadable', error.message, error);
      throw error;
    }
  }

  #banned({ status, retryAfter }: RestAnswer): SeracError {
    const toldMs = readRetryAfter(retryAfter ?? undefined, this.clock.now());
    const holdMs = toldMs ?? HOLD_DEFAULT_MS;
    this.limiter.hold(holdMs);
    this.#count('banned');
    const words = retryAfterWords(retryAfter ?? undefined, toldMs);
    const reason = `${this.options.venue} accepts no request for ${Math.ceil(holdMs / 1_000)} s (status ${status}${words === '' ? '' : `; ${words}`})`;
    this.#note(reason);
    return new SeracError('venue.banned', reason, { retryable: true });
  }

  #count(kind: RestFailure): void {
    this.failures.set(kind, (this.failures.get(kind) ?? 0) + 1);
  }

  #note(reason: string | null): void {
    // A trouble that ended and recurs with the same text is a new one.
    if (reason === null ? this.#trouble === null : reason === this.trouble?.reason) return;
    this.#trouble =
      reason === null ? null : { reason, sinceMs: this.#trouble?.sinceMs ?? this.clock.now(), untilMs: this.limiter.heldUntilMs };
    this.onTrouble(this.#trouble);
  }
}

/** Venues refuse in JSON; a page in HTML is from something in between. */
function isJson(body: string): boolean {
  try {
    parseJson(body);
    return true;
  } catch {
    return false;
  }
}

function isOversized(cause: unknown): boolean {
  return cause instanceof SeracError && cause.code === 'venue.oversized';
}
