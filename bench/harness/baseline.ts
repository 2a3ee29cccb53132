import type { TableResult } from './table-result.js';

/** Ratios that were measured once: table, contender, what it is compared with. No times: those are the machine's. */
export type Baseline = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, number>>>>>>;

/** A ratio below this share of what it was has fallen. */
const KEPT_MIN = 0.75;
const DIGITS = 3;

export interface Comparison {
  /** Sentences: what has fallen. */
  readonly fallen: readonly string[];
  /** Ratios of the baseline whose table ran, but not their contenders. */
  readonly notMeasured: readonly string[];
}

/**
 * Holds a table's ratios against those of the baseline. By CPU time the median counts. By wall time the best round does: one round
 * that keeps up shows that it was the machine's other work that slowed the rest.
 */
export function compareWithBaseline(baseline: Baseline, { name, basis, contenders }: TableResult): Comparison {
  const fallen: string[] = [];
  const notMeasured: string[] = [];
  for (const [contender, ratios] of Object.entries(baseline[name] ?? {})) {
    const result = contenders.find((other) => other.name === contender);
    for (const [against, before] of Object.entries(ratios)) {
      const text = `${name}: ${contender}, ${before}x ${against} in the baseline`;
      const ratio = result?.ratios.find((other) => other.against === against);
      if (ratio === undefined) notMeasured.push(text);
      else if (!((basis === 'cpu' ? ratio.median : ratio.max) >= before * KEPT_MIN))
        fallen.push(`${text} (${ratio.median.toPrecision(DIGITS)})`);
    }
  }
  return { fallen, notMeasured };
}

/** The baseline with the ratios of tables that ran; the others keep theirs. */
export function withResults(baseline: Baseline, results: readonly TableResult[]): Baseline {
  const measured = results.map(({ name, contenders }) => [name, ratiosOf(contenders)] as const);
  return Object.fromEntries(
    Object.entries({ ...baseline, ...Object.fromEntries(measured) }).filter(([, ratios]) => Object.keys(ratios).length > 0),
  );
}

function ratiosOf(contenders: TableResult['contenders']): Baseline[string] {
  return Object.fromEntries(
    contenders
      .filter(({ ratios }) => ratios.length > 0)
      .map(({ name, ratios }) => [
        name,
        Object.fromEntries(ratios.map(({ against, median }) => [against, Number(median.toPrecision(DIGITS))])),
      ]),
  );
}
