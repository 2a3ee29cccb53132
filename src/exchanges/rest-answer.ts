import { SeracError } from '../errors.js';
import { isRecord } from './is-record.js';

/** How the adapters read what a venue's REST interface answers. */

/** @throws SeracError `venue.refused`, which may be tried again: pages are cut short and gateways answer in HTML. */
export function parseAnswer(venue: string, body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw notJson(venue, cause);
  }
}

export function notJson(venue: string, cause?: unknown): SeracError {
  return new SeracError('venue.refused', `${venue} answered with something that is not JSON`, { retryable: true, cause });
}

export function notItsShape(venue: string, why: string): SeracError {
  return new SeracError('venue.refused', `${venue} answered in a shape that is not its own: ${why}`, { retryable: true });
}

export function field(value: unknown, name: string): unknown {
  return isRecord(value) ? value[name] : undefined;
}

/** @throws SeracError `venue.refused` where the field is no text. */
export function textField(venue: string, value: unknown, name: string): string {
  const text = field(value, name);
  if (typeof text !== 'string') throw notItsShape(venue, `${name} is missing`);
  return text;
}
