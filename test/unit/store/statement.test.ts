import { describe, expect, it } from 'vitest';
import { singleValuesList } from '../../../src/store/server/run-insert.js';
import { classifyStatement } from '../../../src/store/server/statement.js';

describe('a statement', () => {
  it.each([
    ['SELECT 1', 'read', undefined],
    ['with 1 as x select x', 'read', undefined],
    ['(SELECT 1) UNION ALL (SELECT 2) FORMAT CSV;', 'read', 'CSV'],
    ['SELECT 1 FORMAT JSONEachRow SETTINGS max_threads = 1', 'read', 'JSONEachRow'],
    ['SELECT 1 SETTINGS max_threads = 1 FORMAT TSV -- the end', 'read', 'TSV'],
    ['SELECT 1 AS format', 'read', undefined],
    ['SELECT format FROM t', 'read', undefined],
    ["SELECT ' FORMAT CSV'", 'read', undefined],
    ['SELECT (SELECT 1 AS x FORMAT CSV)', 'read', undefined],
    ['SHOW TABLES', 'command', undefined],
    ['INSERT INTO t SELECT 1', 'command', undefined],
  ])('is known: %s', (text, kind, format) => {
    const statement = classifyStatement(text);
    expect([statement.kind, statement.format?.name]).toEqual([kind, format]);
  });

  it('loses its last semicolons and nothing else', () => {
    expect(classifyStatement(" SELECT ';' ; ; -- x").sql).toBe(" SELECT ';'");
  });

  it.each([
    ['SELECT 1; SELECT 2'],
    ["SELECT 'a\\'; '; DROP TABLE t"],
    ['SELECT `a``;`; x'],
    ['SELECT 1; # comment\n x'],
    ['SELECT /* ; */ 1; x'],
  ])('comes alone: %s', (text) => {
    expect(() => classifyStatement(text)).toThrow('Multi-statements are not allowed');
  });

  it.each([
    ["SELECT 1\nINTO OUTFILE 'x.csv'"],
    ["SELECT 1 // '\nINTO OUTFILE 'x.csv' FORMAT CSV // '"],
    ["SELECT 1 /* /* */ ' */ INTO OUTFILE 'x.csv' /* ' */"],
  ])('writes no file, whatever its comments hide: %s', (text) => {
    expect(() => classifyStatement(text)).toThrow('INTO OUTFILE is for the command line client');
  });

  it('may end with a comment of any kind', () => {
    for (const comment of ['// it is done', "-- it's done", "# it's done", "/* it's /* done */ */"])
      expect(classifyStatement(`SELECT 1; ${comment}`).sql).toBe('SELECT 1');
  });

  it('is not empty and holds no zero byte', () => {
    expect(() => classifyStatement(' -- nothing\n;')).toThrow('Empty query');
    expect(() => classifyStatement('SELECT 1\0; DROP TABLE t')).toThrow('zero byte');
  });
});

describe('a list of values', () => {
  const passes = async (...chunks: string[]): Promise<string> => {
    const source = (async function* () {
      for (const chunk of chunks) yield await Promise.resolve(Buffer.from(chunk));
    })();
    let passed = '';
    for await (const chunk of singleValuesList(source)) passed += chunk.toString();
    return passed;
  };

  it('passes whole, with semicolons inside quotes and at its end', async () => {
    expect(await passes("(1, 'a;b", "\\'; c'), (2, '''; ", "')", ';\n ')).toBe("(1, 'a;b\\'; c'), (2, '''; ');\n ");
  });

  it.each([[['(1); DROP TABLE t']], [['(1)', ';', '\n(2)']], [["('a\\\\'); x"]]])('is refused when more follows: %s', async (chunks) => {
    await expect(passes(...chunks)).rejects.toThrow('follows the semicolon');
  });
});
