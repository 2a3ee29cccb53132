import type { ReadLimits } from './safety/read-limiter.js';

/** The slice of the configuration that the API reads. Each bound has its unit last. */
export interface ApiConfig {
  /** Allowed Host headers besides loopback's own, with or without a port. */
  readonly allowedHosts: readonly string[];
  /** Clients with one of these may read from other machines, and control. */
  readonly apiKeys: readonly string[];
  /** Local clients with this token may control; '' if there is none. */
  readonly controlToken: string;
  /** Requests per address. */
  readonly rateLimits: { readonly loopbackPerMinute: number; readonly remotePerMinute: number };
  /** Addresses tracked at a time; the least recently active one is evicted first. */
  readonly maxCountedAddresses: number;
  readonly maxUrlBytes: number;
  readonly maxHeaderBytes: number;
  readonly bodyLimitBytes: number;
  /** Deadline for receiving a complete request. */
  readonly requestTimeoutMs: number;
  /** Deadline for the handler; then the request is cancelled. */
  readonly answerTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
  /** Deadline for the head of a request, even before its first byte. */
  readonly headersTimeoutMs: number;
  /** Open connections. */
  readonly maxConnections: number;
  /** Requests that one connection may send before it has read their responses. */
  readonly maxRequestsUnderWay: number;
  /** A client that reads nothing of its response for this long is disconnected. */
  readonly sendIdleMs: number;
  /** Deadline for reading a complete response. */
  readonly sendMaxMs: number;
  /** Reads of the store of at most 1,000 rows. */
  readonly smallReads: ReadLimits;
  /** Reads of more rows, and those that scan more of the store than they return. */
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
