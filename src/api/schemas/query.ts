import { Type } from 'typebox';
import { TIME_EXPECTED, TIME_FORMATS } from '../../codec/json/time.js';

/** Default rows per page. */
const DEFAULT_LIMIT = 500;

/** A cursor has a few dozen characters; a longer one is invalid. */
const MAX_CURSOR_CHARACTERS = 512;
const MAX_TEXT_CHARACTERS = 64;

/** Format of times, for every list. A description completes the sentence "expected ...". */
export const TimeParameter = {
  time: Type.Enum([...TIME_FORMATS], {
    default: 'rfc3339',
    description: 's, ms, us or ns for times as integers since 1970, or rfc3339',
  }),
};

/** Parameters that name one market. */
export const marketParameters = {
  market: text('EXCHANGE:SYMBOL such as binance:BTC-USDT, in place of exchange and symbol'),
  exchange: text('the name of an exchange such as binance, together with symbol'),
  symbol: text('a canonical symbol such as BTC-USDT, BTC-USDT-PERP or BTC-USDT-20261225, together with exchange'),
};

/** Parameters of paging and format. */
export function pageParameters(maxLimit: number) {
  return {
    limit: Type.Integer({
      minimum: 1,
      maximum: maxLimit,
      default: DEFAULT_LIMIT,
      description: `an integer from 1 to ${maxLimit}: most rows of a page`,
    }),
    cursor: Type.Optional(Type.String({ maxLength: MAX_CURSOR_CHARACTERS, description: 'the cursor (next) of the previous page' })),
    format: Type.Optional(Type.Enum(['json', 'csv'], { description: 'json or csv; default: as the Accept header says' })),
  };
}

/** Common parameters of routes that return rows of one market in a time range. */
export function rangeParameters(maxLimit: number) {
  return {
    ...marketParameters,
    from: text(`${TIME_EXPECTED}; inclusive. Without it the newest rows are returned, and the next pages go back in time`),
    to: text(`${TIME_EXPECTED}; exclusive`),
    ...pageParameters(maxLimit),
    order: Type.Enum(['asc', 'desc'], {
      default: 'asc',
      description: 'asc for the oldest row first, or desc for the newest first, in each page and from page to page',
    }),
    ...TimeParameter,
  };
}

export function textNeeded(description: string) {
  return Type.String({ maxLength: MAX_TEXT_CHARACTERS, description });
}

export function text(description: string) {
  return Type.Optional(textNeeded(description));
}
