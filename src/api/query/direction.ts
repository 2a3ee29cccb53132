/** Which way a list is travelled, from page to page. */
export type Direction = 'forwards' | 'backwards';

/**
 * From the oldest row on where a beginning is named, else from the newest row back in time: somebody who names no range wants
 * what happened last. `order=desc` always begins at the newest.
 */
export function directionOf(query: { readonly from?: string; readonly order: 'asc' | 'desc' }): Direction {
  return query.from === undefined || query.order === 'desc' ? 'backwards' : 'forwards';
}
