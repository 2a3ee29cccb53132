/** Why a frame or a trade in it was not taken. */
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

/** Something that was received and not taken, kept with its bytes so that a person can look. */
export interface Reject {
  readonly reason: RejectReason;
  readonly detail: string;
  readonly exchange: string;
  /** Canonical symbol, or what stood in its place, or ''. */
  readonly symbol: string;
  /** The trade's id where it could be read: it then counts as seen. */
  readonly id?: number;
  /** ns since the epoch by the local clock. */
  readonly receiveTime: bigint;
  readonly connectionId: number;
  /** The raw frame, cut after 4 KiB. */
  readonly raw: string;
}
