import type { ReadLimits } from './safety/read-limiter.js';

/** The slice of the configuration that the API reads. Each bound has its unit last. */
export interface ApiConfig {
  /** Names, with or without a port, that a Host header may carry beside loopback's own. */
  readonly allowedHosts: readonly string[];
  /** Who holds one of these may read from elsewhere and control. */
  readonly apiKeys: readonly string[];
  /** Who is on this machine and holds this may control; '' where there is none. */
  readonly controlToken: string;
  /** Requests of one address. */
  readonly rateLimits: { readonly loopbackPerMinute: number; readonly remotePerMinute: number };
  /** Addresses whose requests are counted at a time; the one that was silent longest is forgotten first. */
  readonly maxCountedAddresses: number;
  readonly maxUrlBytes: number;
  readonly maxHeaderBytes: number;
  readonly bodyLimitBytes: number;
  /** A request has to be here in full by then. */
  readonly requestTimeoutMs: number;
  /** An answer is given up by then. */
  readonly answerTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
  /** The head of a request has to be here by then; also of one that has not begun yet. */
  readonly headersTimeoutMs: number;
  /** Open connections. */
  readonly maxConnections: number;
  /** Requests that one connection may send before it has taken their answers. */
  readonly maxRequestsUnderWay: number;
  /** A client that takes nothing of its answer for so long is not reading. */
  readonly sendIdleMs: number;
  /** An answer has to be taken in full by then. */
  readonly sendMaxMs: number;
  /** Reads of the store of at most 1,000 rows. */
  readonly smallReads: ReadLimits;
  /** Those of more rows, and those that go through more of the store than they answer with. */
  readonly largeReads: ReadLimits;
}

export const API_DEFAULTS: ApiConfig = {
  allowedHosts: [],
  apiKeys: [],
  controlToken: '',
  rateLimits: { loopbackPerMinute: 600_000, remotePerMinute: 600 },
  maxCountedAddresses: 10_000,
  maxUrlBytes: 4_096,
  maxHeaderBytes: 16_384,
  bodyLimitBytes: 65_536,
  requestTimeoutMs: 10_000,
  answerTimeoutMs: 30_000,
  keepAliveTimeoutMs: 30_000,
  headersTimeoutMs: 5_000,
  maxConnections: 512,
  maxRequestsUnderWay: 16,
  sendIdleMs: 10_000,
  sendMaxMs: 60_000,
  smallReads: {
    ...{ placesMax: 4, placesPerAddressMax: 3, bytesMax: 16_777_216, bytesPerAddressMax: 8_388_608 },
    ...{ waitingMax: 128, waitingPerAddressMax: 64, waitMaxMs: 5_000 },
  },
  largeReads: {
    ...{ placesMax: 3, placesPerAddressMax: 2, bytesMax: 33_554_432, bytesPerAddressMax: 16_777_216 },
    ...{ waitingMax: 32, waitingPerAddressMax: 16, waitMaxMs: 5_000 },
  },
};
