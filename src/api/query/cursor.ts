import { parameterError } from '../errors/api-errors.js';

const VERSION = 1;

/** Where a page ended: plain values that its list understands. */
export type Position = readonly (string | number)[];

/** Writes a position as opaque text. The scope says whose list it is and which way it goes, so that it is not taken for another's. */
export function encodeCursor(scope: string, position: Position): string {
  return Buffer.from(JSON.stringify([VERSION, scope, ...position])).toString('base64url');
}

/**
 * Reads a cursor back. Anybody can make one, so the list still has to check the position's values.
 * @throws ApiError where it is none, or belongs to another list.
 */
export function decodeCursor(scope: string, cursor: string): readonly unknown[] {
  const [version, itsScope, ...position] = parsed(cursor);
  if (version !== VERSION) throw badCursor(cursor);
  if (itsScope !== scope)
    throw parameterError('cursor', cursor, 'the cursor (next) of a page of the same market, interval, direction and order');
  return position;
}

/** The error of a cursor that nobody here has made. */
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
