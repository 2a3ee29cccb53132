import { describe, expect, it } from 'vitest';
import { compareWithBaseline, withResults } from '../../../bench/harness/baseline.js';
import { result } from './results.js';

const baseline = { decode: { serac: { naive: 8, peer: 20 } } };

describe('compareWithBaseline', () => {
  it('takes a ratio that fell by a quarter, and none that fell by more', () => {
    expect(compareWithBaseline(baseline, result('decode', 'cpu', { naive: [6, 6, 6], peer: [15, 15, 15] })).fallen).toEqual([]);
    const { fallen } = compareWithBaseline(baseline, result('decode', 'cpu', { naive: [5.9, 5.9, 5.9], peer: [15, 15, 15] }));
    expect(fallen).toEqual([{ text: 'decode: serac, 8x naive in the baseline', measured: '5.90' }]);
  });

  it('judges by the best rounds: the machine may have had other work in the others', () => {
    expect(compareWithBaseline(baseline, result('decode', 'cpu', { naive: [12, 6, 9], peer: [40, 15, 60] })).fallen).toEqual([]);
  });

  it('never counts as kept what was not measured', () => {
    expect(compareWithBaseline(baseline, result('decode', 'cpu', { naive: [8, 8, 8] }))).toEqual({
      fallen: [],
      notMeasured: ['decode: serac, 20x peer in the baseline'],
    });
    expect(compareWithBaseline(baseline, result('decode', 'cpu', { naive: [8, 8, 8], peer: [NaN, NaN, NaN] })).fallen).toHaveLength(1);
  });

  it('knows nothing of tables that are new', () => {
    expect(compareWithBaseline(baseline, result('encode', 'cpu', { naive: [1, 1, 1] }))).toEqual({ fallen: [], notMeasured: [] });
  });
});

describe('withResults', () => {
  it('keeps ratios alone, and those of tables that did not run', () => {
    expect(withResults(baseline, [result('encode', 'cpu', { naive: [36.72, 40, 50] }), result('soak', 'wall', {})])).toEqual({
      decode: { serac: { naive: 8, peer: 20 } },
      encode: { serac: { naive: 36.7 } },
    });
  });
});
