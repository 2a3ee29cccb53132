import type { RestRequest } from '../../exchanges/venue.js';
import { messageOf, SeracError } from '../../errors.js';
import type { Clock } from '../../machines/clock.js';
import { readRetryAfter } from '../read-retry-after.js';
import { WeightLimiter, type RestLimits } from './weight-limiter.js';

/** One request to one host, as the world does it. Rejects where no answer came. */
export type Fetch = (
  url: string,
  timeoutMs: number,
) => Promise<{ readonly status: number; readonly retryAfter: string | null; readonly body: string }>;

export interface RestClientOptions {
  readonly venue: string;
  /** `https://host`, the preferred one first. */
  readonly hosts: readonly string[];
  readonly limits: RestLimits;
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 10_000;
/** How long a venue that said "too many" without saying for how long is left alone. */
const HOLD_DEFAULT_MS = 60_000;

/** Asks a venue's REST interface: within its limits, at another host when one fails, and not at all while it wants nothing. */
export class RestClient {
  readonly limiter: WeightLimiter;
  #host = 0;

  constructor(
    readonly options: RestClientOptions,
    readonly clock: Clock,
    readonly fetch: Fetch,
  ) {
    this.limiter = new WeightLimiter(options.limits, clock);
  }

  /**
   * The body of a successful answer.
   * @throws SeracError `venue.unavailable` (no answer, or a failure of the venue's) and `venue.banned` (it wants nothing for a while),
   * which pass; `venue.refused` (it will not answer this), which does not.
   */
  async get(request: RestRequest): Promise<string> {
    const { venue, hosts, timeoutMs = TIMEOUT_MS } = this.options;
    await this.limiter.enter(request.weight);
    const host = hosts[this.#host % hosts.length]!;
    let answer: Awaited<ReturnType<Fetch>>;
    try {
      answer = await this.fetch(host + request.path, timeoutMs);
    } catch (cause) {
      this.#host += 1;
      throw new SeracError('venue.unavailable', `${venue} gave no answer at ${host}: ${messageOf(cause)}`, { retryable: true, cause });
    }
    const { status, body } = answer;
    if (status >= 200 && status < 300) return body;
    if (status === 429 || status === 418) {
      const holdMs = readRetryAfter(answer.retryAfter ?? undefined, this.clock.now()) ?? HOLD_DEFAULT_MS;
      this.limiter.hold(holdMs);
      throw new SeracError('venue.banned', `${venue} wants no request for ${Math.ceil(holdMs / 1_000)} s (status ${status})`, {
        retryable: true,
      });
    }
    if (status >= 500) {
      this.#host += 1;
      throw new SeracError('venue.unavailable', `${venue} failed at ${host} with status ${status}`, { retryable: true });
    }
    throw new SeracError('venue.refused', `${venue} refused ${request.path}: status ${status}, ${body.slice(0, 200)}`);
  }
}
