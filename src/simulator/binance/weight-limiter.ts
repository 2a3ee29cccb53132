import type { BinanceLimits } from './limits.js';

type WeightLimits = Pick<BinanceLimits, 'requestWeight' | 'requestWeightWindowMs' | 'refusalsBeforeBan' | 'banMinMs' | 'banMaxMs'>;

/** 429: wait for the next window. 418: banned, because the waiting was not done. */
type WeightVerdict = { readonly usedWeight: number } & (
  { readonly status: 200 } | { readonly status: 429 | 418; readonly retryAtMs: number }
);

interface ClientUse {
  windowStartMs: number;
  usedWeight: number;
  refusals: number;
  bannedUntilMs: number;
  bans: number;
}

/** Counts the weight of REST requests per address and minute, as the venue does: all that share an address share it. */
export class WeightLimiter {
  readonly #limits: WeightLimits;
  readonly #clients = new Map<string, ClientUse>();

  constructor(limits: WeightLimits) {
    this.#limits = limits;
  }

  /** Counts a request, refused or not, and says whether it is answered. */
  use(clientIp: string, weight: number, nowMs: number): WeightVerdict {
    const { requestWeight, requestWeightWindowMs, refusalsBeforeBan, banMinMs, banMaxMs } = this.#limits;
    const client = this.#client(clientIp, nowMs);
    client.usedWeight += weight;
    const { usedWeight } = client;
    if (nowMs < client.bannedUntilMs) return { status: 418, usedWeight, retryAtMs: client.bannedUntilMs };
    if (usedWeight <= requestWeight) return { status: 200, usedWeight };

    client.refusals++;
    if (client.refusals <= refusalsBeforeBan) return { status: 429, usedWeight, retryAtMs: client.windowStartMs + requestWeightWindowMs };
    // Each ban is longer than the one before: 2 minutes to 3 days.
    client.bannedUntilMs = nowMs + Math.min(banMinMs * 2 ** client.bans, banMaxMs);
    client.bans++;
    return { status: 418, usedWeight, retryAtMs: client.bannedUntilMs };
  }

  #client(clientIp: string, nowMs: number): ClientUse {
    const windowStartMs = nowMs - (nowMs % this.#limits.requestWeightWindowMs);
    let client = this.#clients.get(clientIp);
    if (client === undefined) {
      client = { windowStartMs, usedWeight: 0, refusals: 0, bannedUntilMs: 0, bans: 0 };
      this.#clients.set(clientIp, client);
    }
    if (client.windowStartMs !== windowStartMs) Object.assign(client, { windowStartMs, usedWeight: 0, refusals: 0 });
    return client;
  }
}
