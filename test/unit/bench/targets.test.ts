import { expect, it } from 'vitest';
import type { Target } from '../../../bench/harness/contender.js';
import { result } from './results.js';

const verdicts = (...targets: Target[]): string[] =>
  result('decode', 'cpu', { naive: [8, 9, 10], peer: [30, 30, 30] }, targets).targets.map(({ verdict }) => verdict);

it('a ratio is held against the contender that the target names', () => {
  expect(
    verdicts(
      { contender: 'serac', figure: 'ratio', atLeast: 9 },
      { contender: 'serac', figure: 'ratio', against: 'naive', atLeast: 9.1 },
      { contender: 'serac', figure: 'ratio', against: 'peer', atLeast: 29 },
    ),
  ).toEqual(['reached', 'missed', 'reached']);
});

it('a figure may have an upper bound', () => {
  expect(
    verdicts({ contender: 'serac', figure: 'perSecond', atMost: 10_000_000 }, { contender: 'serac', figure: 'perSecond', atMost: 9e6 }),
  ).toEqual(['reached', 'missed']);
});

it('what did not run is neither reached nor missed', () => {
  expect(
    verdicts(
      { contender: 'serac', figure: 'ratio', against: 'absent', atLeast: 0 },
      { contender: 'absent', figure: 'perSecond', atLeast: 0 },
      { contender: 'serac', figure: { detail: 'p99 us' }, atMost: 3_000 },
    ),
  ).toEqual(['not measured', 'not measured', 'not measured']);
});
