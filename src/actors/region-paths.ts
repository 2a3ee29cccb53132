import type { StateValue } from 'xstate';
import { pathOf } from '../machines/transition.js';

/** Path of the active state by region of a machine whose regions are its top level. */
export function regionPaths(value: StateValue): Readonly<Record<string, string>> {
  if (typeof value === 'string') return { '': value };
  return Object.fromEntries(Object.entries(value).map(([region, inner]) => [region, pathOf(inner)]));
}
