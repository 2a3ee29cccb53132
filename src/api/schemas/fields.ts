import { Type } from 'typebox';
import type { JsonTime } from '../../codec/json/time-format.js';

/** Kinds of fields that rows are made of. A union is a list of types here: the serializer then looks at the value once. */
export const Field = {
  decimal: (description: string) => Type.String({ description, pattern: '^-?\\d+(\\.\\d*[1-9])?$' }),
  id: (description: string) => Type.String({ description }),
  idOrNull: (description: string) => Type.Unsafe<string | null>({ type: ['string', 'null'], description }),
  count: (description: string) => Type.Integer({ minimum: 0, description }),
  time: (description: string) =>
    Type.Unsafe<JsonTime>({ type: ['string', 'integer'], description: `${description} ${HOW_TIMES_ARE_WRITTEN}` }),
  timeOrNull: (description: string) =>
    Type.Unsafe<JsonTime | null>({ type: ['string', 'integer', 'null'], description: `${description} ${HOW_TIMES_ARE_WRITTEN}` }),
};

const HOW_TIMES_ARE_WRITTEN = 'RFC 3339 in UTC; with time=s, ms or us an integer; with time=ns an integer as text, for it passes 2^53.';
