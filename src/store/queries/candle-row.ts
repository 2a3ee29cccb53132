import { type Candle, type CandleState, type Completeness, CORRECTION_SHIFT, type Interval, sumsFrom } from '../../domain/candle.js';
import { PRODUCT_SCALE, SCALE } from '../../domain/decimal.js';

/** Columns of candles_data as text: those that CANDLE_COLUMNS selects. */
export interface CandleRow {
  readonly open_us: string;
  readonly open_text: string;
  readonly high_text: string;
  readonly low_text: string;
  readonly close_text: string;
  readonly volume_text: string;
  readonly quote_text: string;
  readonly taker_text: string;
  readonly taker_quote_text: string;
  readonly count_text: string;
  readonly first_text: string;
  readonly last_text: string;
  readonly revision: number;
  readonly state: CandleState;
  readonly completeness: Completeness;
  readonly version_text: string;
}

export const CANDLE_COLUMNS = `
  toString(toInt64(toUnixTimestamp(open_time)) * 1000000) AS open_us,
  toString(open) AS open_text, toString(high) AS high_text, toString(low) AS low_text, toString(close) AS close_text,
  toString(volume) AS volume_text, toString(quote_volume) AS quote_text,
  toString(taker_buy_volume) AS taker_text, toString(taker_buy_quote_volume) AS taker_quote_text,
  toString(trade_count) AS count_text, toString(first_trade_id) AS first_text, toString(last_trade_id) AS last_text,
  revision, state, completeness, toString(version) AS version_text`;

export function candleOf(exchange: string, symbol: string, interval: Interval, row: CandleRow): Candle {
  const correction = Number(BigInt(row.version_text) >> BigInt(CORRECTION_SHIFT));
  return {
    exchange,
    symbol,
    interval,
    openTime: Number(row.open_us),
    sums: sumsFrom(
      {
        open: decimal(row.open_text, SCALE),
        high: decimal(row.high_text, SCALE),
        low: decimal(row.low_text, SCALE),
        close: decimal(row.close_text, SCALE),
        volume: decimal(row.volume_text, SCALE),
        quoteVolume: decimal(row.quote_text, PRODUCT_SCALE),
        takerBuyVolume: decimal(row.taker_text, SCALE),
        takerBuyQuoteVolume: decimal(row.taker_quote_text, PRODUCT_SCALE),
      },
      {
        count: Number(row.count_text),
        firstId: Number(row.first_text),
        lastId: Number(row.last_text),
        repaired: row.completeness === 'backfilled' ? 1 : 0,
      },
    ),
    revision: row.revision,
    state: row.state,
    completeness: row.completeness,
    ...(correction > 0 ? { correction } : {}),
  };
}

const DECIMAL = /^(\d+)(?:\.(\d+))?$/;

/**
 * A decimal from the store, of any length: its sums are 256 bits wide, and whether they fit a column is decided elsewhere. Any other text
 * means that another program owns the table: the query fails.
 */
export function decimal(text: string, scale: number): bigint {
  const [, whole, fraction = ''] = DECIMAL.exec(text) ?? [];
  if (whole === undefined || fraction.length > scale) {
    throw new RangeError(`the store answered "${text}" where a decimal of ${scale} digits stands`);
  }
  return BigInt(whole + fraction.padEnd(scale, '0'));
}
