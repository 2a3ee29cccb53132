import { Type, type Static } from 'typebox';

const ErrorDetails = Type.Object(
  { parameter: Type.Optional(Type.String()), expected: Type.Optional(Type.String()) },
  { additionalProperties: false },
);
export type ErrorDetails = Static<typeof ErrorDetails>;

/** The one shape of errors. */
export const ErrorBody = Type.Object({
  error: Type.Object({
    code: Type.String({ description: 'What went wrong, for programs: input.invalid, not_found, overloaded, ...' }),
    message: Type.String({ description: 'What went wrong and what to do, for people.' }),
    details: Type.Optional(ErrorDetails),
  }),
});
export type ErrorBody = Static<typeof ErrorBody>;
