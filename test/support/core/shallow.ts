import { NumberText } from './number-text.js';

/** Levels of lists and objects within one another that a venue's JSON may have. */
const LEVELS_MAX = 32;

/** Gives a value that was read from JSON, level by level. @throws where it is nested too deep */
export function shallow(value: unknown): unknown {
  let level = [value].filter(isNested);
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > LEVELS_MAX) throw new SyntaxError(`more than ${LEVELS_MAX} levels`);
    level = level
      .flatMap((each): unknown[] => (each instanceof Map ? [...(each.values() as Iterable<unknown>)] : Object.values(each)))
      .filter(isNested);
  }
  return value;
}

function isNested(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !(value instanceof NumberText);
}
