import type { TableResult } from './table-result.js';

/** Ratios of best rounds that were measured once: table, contender, what it is compared with. No times: those are the machine's. */
export type Baseline = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, number>>>>>>;

/** A ratio below this share of what it was has fallen. */
const KEPT_MIN = 0.75;
const DIGITS = 3;

export interface Comparison {
  /** What has fallen, as a sentence, and to what. */
  readonly fallen: readonly { readonly text: string; readonly measured: string }[];
  /** Ratios of the baseline whose table ran, but not their contenders. */
  readonly notMeasured: readonly string[];
}

/** Holds a table's ratios against those of the baseline. The best rounds are compared: others show what else the machine did. */
export function compareWithBaseline(baseline: Baseline, { name, contenders }: TableResult): Comparison {
  const fallen: { text: string; measured: string }[] = [];
  const notMeasured: string[] = [];
  for (const [contender, ratios] of Object.entries(baseline[name] ?? {})) {
    const result = contenders.find((other) => other.name === contender);
    for (const [against, before] of Object.entries(ratios)) {
      const text = `${name}: ${contender}, ${before}x ${against} in the baseline`;
      const ratio = result?.ratios.find((other) => other.against === against);
      if (ratio === undefined) notMeasured.push(text);
      else if (!(ratio.ofBest >= before * KEPT_MIN)) fallen.push({ text, measured: ratio.ofBest.toPrecision(DIGITS) });
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
        Object.fromEntries(ratios.map(({ against, ofBest }) => [against, Number(ofBest.toPrecision(DIGITS))])),
      ]),
  );
}
