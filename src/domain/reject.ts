/** Why a frame or one of its trades was rejected. */
export type RejectReason =
  | 'malformed_json'
  | 'wrong_type'
  | 'missing_field'
  | 'bad_price'
  | 'bad_quantity'
  | 'bad_id'
  | 'bad_time'
  | 'bad_side'
  | 'too_many_decimals'
  | 'too_many_digits'
  | 'notional_too_large'
  | 'unknown_symbol'
  | 'absurd_time'
  | 'absurd_id'
  | 'oversized_frame'
  | 'refused_by_sink';

/** Number of rejects by reason. */
export type RejectCounts = ReadonlyMap<RejectReason, number>;

/** A rejected frame or trade, kept with its bytes for inspection. */
export interface Reject {
  readonly reason: RejectReason;
  readonly detail: string;
  readonly exchange: string;
  /** Canonical symbol, the text in its place, or ''. */
  readonly symbol: string;
  /** The trade's id if it could be read: it then counts as covered. */
  readonly id?: number;
  /** ns since the epoch by the local clock. */
  readonly receiveTime: bigint;
  readonly connectionId: number;
  /** The raw frame, truncated to 4 KiB. */
  readonly raw: string;
}
