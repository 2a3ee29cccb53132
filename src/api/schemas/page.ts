import { Type, type TSchema } from 'typebox';

/** A list, and the cursor of its next page where there is one. */
export function PageOf<Row extends TSchema>(row: Row) {
  return Type.Object({
    data: Type.Array(row),
    next: Type.Unsafe<string | null>({
      type: ['string', 'null'],
      description: 'Give it as cursor, with the other parameters as they were, for the next page. null: there is none.',
    }),
  });
}
