import type { Clock } from '../../domain/clock.js';
import { messageOf, SeracError } from '../../errors.js';
import { parseJson } from '../../exchanges/shared/parse-json.js';
import type { RestRequest } from '../../exchanges/venue.js';
import { readRetryAfter, retryAfterWords } from '../websocket/read-retry-after.js';
import { WeightLimiter, type RestLimits } from './weight-limiter.js';

/** What bounds one question, and what goes with it. */
export interface RestAsk {
  /** From the question to the last byte of the answer. */
  readonly timeoutMs: number;
  /** Of the body, as it comes and as it inflates. */
  readonly bodyMaxBytes: number;
  readonly headers: Readonly<Record<string, string>>;
}

export interface RestAnswer {
  readonly status: number;
  readonly retryAfter: string | null;
  /** Where a redirect points. */
  readonly location: string | null;
  readonly body: string;
  /** The server's time when it answered, in whole seconds, as HTTP writes it. */
  readonly date?: string;
}

/** One request to one host, as the world does it; it follows no redirect. Rejects where no whole answer came. */
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

/** Why a host gave nothing that can be used. */
export type RestFailure = 'no_answer' | 'oversized' | 'redirected' | 'refused' | 'failed' | 'unreadable' | 'banned';

/** Why a venue cannot be asked at the moment. */
export interface RestTrouble {
  readonly reason: string;
  readonly sinceMs: number;
  /** Until when it is not asked; null where it is asked again and again. */
  readonly untilMs: number | null;
}

const TIMEOUT_MS = 10_000;
/** A page of a thousand trades is some two hundred kilobytes. */
const BODY_MAX_BYTES = 4 * 1_048_576;
/** How long a venue that said "too many" without saying for how long is left alone. */
const HOLD_DEFAULT_MS = 60_000;
/** A host that answers so refuses whoever asks from here, or with this key, whatever is asked. */
const HOST_REFUSES: readonly number[] = [401, 403, 407, 451];
/** It answers so where a request came too slowly or too early: that says nothing of what was asked, and passes. */
const HOST_FAILS: readonly number[] = [408, 425];

/** What one host failed with. */
class HostFailure extends Error {
  constructor(
    readonly kind: RestFailure,
    message: string,
    cause?: unknown,
  ) {
    super(message, { cause });
  }
}

/** Asks a venue's REST interface: within its limits, at the next host when one fails or refuses, and not at all while it wants nothing. */
export class RestClient {
  readonly limiter: WeightLimiter;
  /** Answers that could not be used, by what was wrong with them. */
  readonly failures = new Map<RestFailure, number>();
  #host = 0;
  #trouble: RestTrouble | null = null;

  /** @param onTrouble is told when the venue can be asked no more, each time the reason changes, and with null when it answers again */
  constructor(
    readonly options: RestClientOptions,
    readonly clock: Clock,
    readonly fetch: Fetch,
    readonly onTrouble: (trouble: RestTrouble | null) => void = () => undefined,
  ) {
    this.limiter = new WeightLimiter(options.limits, clock);
  }

  /** Why the venue could not be asked when it was last; null where it answered, or wanted nothing for a while that is over. */
  get trouble(): RestTrouble | null {
    const untilMs = this.#trouble?.untilMs ?? null;
    return untilMs !== null && untilMs <= this.clock.now() ? null : this.#trouble;
  }

  /**
   * What a successful answer says. Each host is asked once, from the one that answered last.
   * @param read reads a body; throws a SeracError, retryable where the body is nothing that the venue would say
   * @throws SeracError `venue.unavailable` or `venue.oversized` (no host gave an answer that can be used) and `venue.banned` (it wants
   * nothing for a while), which pass; `venue.refused` (it will not answer this), which does not.
   */
  async get<T>(request: RestRequest, read: (body: string) => T): Promise<T> {
    const { venue, hosts } = this.options;
    const failures: { readonly host: string; readonly failure: HostFailure }[] = [];
    while (failures.length < hosts.length) {
      await this.limiter.enter(request.weight);
      const host = hosts[this.#host]!;
      try {
        const answer = await this.#ask(host, request, read);
        this.#note(null);
        return answer;
      } catch (failure) {
        if (!(failure instanceof HostFailure)) {
          // It answered, and not that it wants to be left alone: it can be asked.
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
    // One that is over and comes again in the same words is another one.
    if (reason === null ? this.#trouble === null : reason === this.trouble?.reason) return;
    this.#trouble =
      reason === null ? null : { reason, sinceMs: this.#trouble?.sinceMs ?? this.clock.now(), untilMs: this.limiter.heldUntilMs };
    this.onTrouble(this.#trouble);
  }
}

/** A venue refuses in JSON; a page in HTML is of something between it and us. */
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
