import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { PROJECT, readPages } from '../support/docs/pages.js';

/** Words and phrases that are not those of the field, each with what to write. */
const BANNED: readonly (readonly [RegExp, string])[] = [
  [/\b(?:nobody|somebody|whoever)\b/i, 'name the client, the caller or the part, or use the passive'],
  [/\blet(?:s|ting)? go of\b/i, 'release (memory), evict (a window, an entry), drop'],
  [/\bvouch\w*\b/i, 'verify, prove'],
  [/\b(?:how|too|more|most|so|times as|is) dear(?:er|est)?\b/i, 'priority tier (a feed), expensive, costs'],
  [/\banew\b/i, 'again, re-: recreated, reset'],
  [/\bhears?\b/i, 'receives, observes'],
  [/(?<!there )\bis no (?:venue|market|trade|frame|row|list|batch|name)\b/i, 'is not a ...; an error says: unknown venue "x"'],
  [/\bof a (?:market|venue) that is none\b/i, 'unknown market, unknown venue'],
  [/\b(?:is|are|was|were) tried again\b/i, 'retried, retrying'],
  [/\bNOT WELL\b/, 'FAILED'],
];

interface Sentence {
  readonly place: string;
  readonly text: string;
}

describe('plain English', () => {
  it.each(BANNED)('has no %s in comments and strings of the source', (banned, better) => {
    expect(found(SOURCE, banned), `write: ${better}`).toEqual([]);
  });

  it.each(BANNED)('has no %s in the pages', (banned, better) => {
    expect(found(PAGES, banned), `write: ${better}`).toEqual([]);
  });

  it('finds what it looks for, in comments and in strings', () => {
    const text = "/** Nobody waits. */ const a = 'it is tried again'; // lets go of it\nconst anew = `made ${a} anew`;";
    const sentences = sentencesOf('x.ts', text);
    expect(BANNED.filter(([banned]) => found(sentences, banned).length > 0).map(([, better]) => better.split(',', 1)[0])).toEqual([
      'name the client',
      'release (memory)',
      'again',
      'retried',
    ]);
    expect(found(sentences, /anew/)).toEqual(['x.ts:2: } anew`']);
  });
});

function found(sentences: readonly Sentence[], banned: RegExp): string[] {
  return sentences.filter(({ text }) => banned.test(text)).map(({ place, text }) => `${place}: ${text.trim()}`);
}

/** Comments, literals and the texts of templates: names of the code are not looked at. */
function sentencesOf(file: string, text: string): Sentence[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const sentences: Sentence[] = [];
  const add = (from: number, to: number): void => {
    const line = source.getLineAndCharacterOfPosition(from).line + 1;
    sentences.push({ place: `${file}:${line}`, text: text.slice(from, to).replace(/\s*\n\s*(?:\*|\/\/)?\s*/g, ' ') });
  };
  const seen = new Set<number>();
  const visit = (node: ts.Node): void => {
    const parts = node.getChildren(source);
    if (parts.length === 0) {
      const comments = [ts.getLeadingCommentRanges(text, node.pos), ts.getTrailingCommentRanges(text, node.end)].flatMap(
        (ranges) => ranges ?? [],
      );
      for (const { pos, end } of comments) {
        if (!seen.has(pos)) add(pos, end);
        seen.add(pos);
      }
      if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node))
        add(node.getStart(source), node.end);
    }
    parts.forEach(visit);
  };
  visit(source);
  return sentences;
}

const SOURCE = readdirSync(path.join(PROJECT, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .flatMap((file) =>
    sentencesOf(path.posix.join('src', file.split(path.sep).join('/')), readFileSync(path.join(PROJECT, 'src', file), 'utf8')),
  );

const PAGES = readPages().flatMap(({ file, text }) =>
  text.split(/\n\n+/).map((paragraph) => ({ place: file, text: paragraph.replaceAll('\n', ' ') })),
);
