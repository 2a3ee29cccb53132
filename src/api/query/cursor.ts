import { parameterError } from '../errors/api-errors.js';

const VERSION = 1;

/** Where a page ended: plain values of its list. */
export type Position = readonly (string | number)[];

/** Encodes a position as opaque text. The scope names the list and the direction, so that a cursor is not used for another list. */
export function encodeCursor(scope: string, position: Position): string {
  return Buffer.from(JSON.stringify([VERSION, scope, ...position])).toString('base64url');
}

/**
 * Decodes a cursor. Clients can forge one, so the list still has to validate the position's values.
 * @throws ApiError if it is invalid, or belongs to another list.
 */
export function decodeCursor(scope: string, cursor: string): readonly unknown[] {
  const [version, itsScope, ...position] = parsed(cursor);
  if (version !== VERSION) throw badCursor(cursor);
  if (itsScope !== scope)
    throw parameterError('cursor', cursor, 'the cursor (next) of a page of the same market, interval, direction and order');
  return position;
}

/** The error of an invalid cursor. */
export function badCursor(cursor: string): Error {
  return parameterError('cursor', cursor, 'the cursor (next) of the previous page, unchanged');
}

function parsed(cursor: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(value) ? (value as unknown[]) : [];
  } catch {
    return [];
  }
}
