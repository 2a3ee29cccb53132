import { Type, type Static, type TSchema } from 'typebox';
import type { JsonTime } from '../../codec/json/time.js';

const HOW_TIMES_ARE_WRITTEN =
  'RFC 3339 in UTC; with time=s, ms or us an integer; with time=ns an integer as a string, because it exceeds 2^53.';

/** Kinds of row fields. A union is a list of types here: the serializer then checks the value once. */
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

const ErrorDetails = Type.Object(
  { parameter: Type.Optional(Type.String()), expected: Type.Optional(Type.String()) },
  { additionalProperties: false },
);
export type ErrorDetails = Static<typeof ErrorDetails>;

/** The common form of errors. */
export const ErrorBody = Type.Object({
  error: Type.Object({
    code: Type.String({ description: 'Error code, for programs: input.invalid, not_found, overloaded, ...' }),
    message: Type.String({ description: 'What went wrong and what to do, for people.' }),
    details: Type.Optional(ErrorDetails),
  }),
});
export type ErrorBody = Static<typeof ErrorBody>;

/** A list, and the cursor of its next page, if any. */
export function PageOf<Row extends TSchema>(row: Row) {
  return Type.Object({
    data: Type.Array(row),
    next: Type.Unsafe<string | null>({
      type: ['string', 'null'],
      description: 'Pass it as cursor, with the other parameters unchanged, to get the next page. null: this is the last page.',
    }),
  });
}

const errors = { '4xx': ErrorBody, '5xx': ErrorBody };

/** The responses of a route that has only JSON. */
export function jsonResponses<Body extends TSchema>(body: Body) {
  return { 200: body, ...errors };
}

/** The responses of a list that is also available as CSV. */
export function tableResponses<Body extends TSchema>(page: Body) {
  return {
    200: {
      description: 'A page of rows. With CSV the cursor of the next page is in the header serac-next-cursor.',
      content: { 'application/json': { schema: page }, 'text/csv': { schema: Type.String() } },
    },
    ...errors,
  };
}
