import type { Ledger } from './ledger/ledger.js';

/** Names one WebSocket connection for as long as the core lives. */
export type ConnectionId = number;

export interface ConnectRequest {
  /** The path with its query. */
  readonly url: string;
  readonly clientIp: string;
}

/** A refusal is an answer to the HTTP upgrade. */
export type ConnectResult =
  { readonly accepted: true; readonly connection: ConnectionId } | { readonly accepted: false; readonly response: RestResponse };

/** What the venue sends to one connection, in order. */
export type Outgoing = { readonly connection: ConnectionId } & (
  | { readonly kind: 'texts'; readonly texts: readonly string[] }
  /** One text message whose bytes need not be text any more, in so many WebSocket frames. */
  | { readonly kind: 'message'; readonly bytes: Uint8Array; readonly pieces: number }
  | { readonly kind: 'ping'; readonly payload: string }
  | { readonly kind: 'close'; readonly code: number; readonly reason: string }
  /** The connection breaks, without a goodbye. */
  | { readonly kind: 'reset' }
  /** The connection stays open and is dead: from here on nothing is read from it and nothing written to it. */
  | { readonly kind: 'freeze' }
);

export interface RestRequest {
  readonly method: string;
  /** The path with its query. */
  readonly url: string;
  /** Names are lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly clientIp: string;
}

export interface RestResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The answer comes so much later; Infinity: never. */
  readonly delayMs?: number;
}

/**
 * A simulated exchange without a socket, a timer, a clock or chance of its own: what it says is a function of the time it
 * is told (milliseconds since 1970, never going back) and of what its clients say. A shell puts it on real sockets; a
 * simulation with a virtual clock drives it directly.
 */
export interface VenueCore {
  readonly ledger: Ledger;

  connect(request: ConnectRequest, nowMs: number): ConnectResult;
  /** The connection is gone: nothing more is sent to it. */
  disconnect(connection: ConnectionId): void;
  receive(connection: ConnectionId, text: string, nowMs: number): readonly Outgoing[];
  /** Like `receive`, but the venue refuses what the client asks for, in the venue's own words. */
  refuse(connection: ConnectionId, text: string, nowMs: number): readonly Outgoing[];
  /** The client sent a ping frame; the transport has answered it. */
  ping(connection: ConnectionId, nowMs: number): readonly Outgoing[];
  pong(connection: ConnectionId, payload: string, nowMs: number): readonly Outgoing[];

  /**
   * Lets time pass: trades that were due, pings, closes. With `maxTrades` it may stop before all due trades are out;
   * `behind` says so, and the next call goes on from there.
   */
  advance(nowMs: number, maxTrades?: number): readonly Outgoing[];
  readonly behind: boolean;
  /** True when no trade will ever come: a capture is over. */
  readonly ended: boolean;
  /** True when trades come as quickly as `advance` is called, so that a shell may wait for its sockets. */
  readonly unpaced: boolean;

  /** Halts the market, not the venue: connections stay, pings go on, and no trade happens until it resumes. */
  pause(nowMs: number): void;
  resume(nowMs: number): void;

  /** The end of this server: announced where the venue announces it; all connections are closed after the grace. */
  shutdown(nowMs: number, graceMs: number): void;

  /** What the venue's clock shows. */
  venueTimeMs(nowMs: number): number;

  rest(request: RestRequest, nowMs: number): RestResponse;
  /** How the venue says 429, 418 or 500, whatever was asked. */
  restRefusal(status: number, retryAfterMs: number | null): RestResponse;
}

const ANY_ORIGIN = 'http://venue';

/** The path and the query that a client sent; null when they are no URL, which a client may well send. */
export function requestUrl(url: string): URL | null {
  return URL.canParse(url, ANY_ORIGIN) ? new URL(url, ANY_ORIGIN) : null;
}
