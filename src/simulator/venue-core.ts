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
  | { readonly kind: 'ping'; readonly payload: string }
  | { readonly kind: 'close'; readonly code: number; readonly reason: string }
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

  rest(request: RestRequest, nowMs: number): RestResponse;
}
