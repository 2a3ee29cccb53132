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
};
