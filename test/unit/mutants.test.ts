import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { transform } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { mutated } from '../mutants/mutant.js';
import { mutants } from '../mutants/mutants.js';
import { PROJECT } from '../mutants/project-copy.js';

const source = (file: string): string => readFileSync(path.join(PROJECT, file), 'utf8');

describe('the mutants', () => {
  it('have a name each', () => {
    expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
  });

  it.each(mutants)('$name: is kept with the code', async (mutant) => {
    const text = mutated(source(mutant.file), mutant);
    // What cannot be read is noticed by every test, and shows nothing of them.
    const [before, after] = await Promise.all([source(mutant.file), text].map((code) => transform(code, { loader: 'ts' })));
    expect(after!.code).not.toBe(before!.code);
    expect(mutant.tests.length).toBeGreaterThan(0);
    expect(mutant.tests.filter((file) => !existsSync(path.join(PROJECT, file)))).toEqual([]);
  });

  it.each([
    ['is not there', 'const a = 1;', 'b'],
    ['is there twice', 'a = a', 'a'],
  ])('are refused where what they look for %s', (_, text, find) => {
    expect(() => mutated(text, { name: 'n', file: 'f', find, replace: '', tests: [] })).toThrow(`not once: ${find}`);
  });
});
