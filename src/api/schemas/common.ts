import { Type, type TSchema } from 'typebox';
import { ErrorBody } from './error.js';

const errors = { '4xx': ErrorBody, '5xx': ErrorBody };

/** The answers of a route that has only JSON. */
export function jsonResponses<Body extends TSchema>(body: Body) {
  return { 200: body, ...errors };
}

/** The answers of a list that is to be had as CSV, too. */
export function tableResponses<Body extends TSchema>(page: Body) {
  return {
    200: {
      description: 'A page of rows. As CSV the next cursor stands in the header serac-next-cursor.',
      content: { 'application/json': { schema: page }, 'text/csv': { schema: Type.String() } },
    },
    ...errors,
  };
}
