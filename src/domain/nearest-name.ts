/** A name that differs in more than this fraction of its letters is not suggested. */
const DIFFERENT_PART_MAX = 0.4;

/** `; did you mean X?` if one of the known names is close to an unknown one. */
export function didYouMean(name: string, known: Iterable<string>): string {
  let nearest = '';
  let least = Infinity;
  for (const candidate of known) {
    const letters = distance(name, candidate);
    if (letters < least) [nearest, least] = [candidate, letters];
  }
  return least <= Math.ceil(name.length * DIFFERENT_PART_MAX) ? `; did you mean ${nearest}?` : '';
}

/** Levenshtein distance. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let left = 1; left <= from.length; left++) {
    const next = [left];
    for (let right = 1; right <= to.length; right++) {
      const change = row[right - 1]! + Number(from[left - 1] !== to[right - 1]);
      next.push(Math.min(change, row[right]! + 1, next[right - 1]! + 1));
    }
    row = next;
  }
  return row[to.length]!;
}
