import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const PROJECT = fileURLToPath(new URL('../../../', import.meta.url));

/** Written by `npm run bench`, not by people. */
const GENERATED = 'docs/benchmarks.md';

/** A fenced block: `language` is the word behind the fence, `run` whether it is marked as runnable. */
interface Block {
  readonly language: string;
  readonly run: boolean;
  readonly text: string;
}

export interface Page {
  /** From the project's folder. */
  readonly file: string;
  readonly text: string;
  readonly blocks: readonly Block[];
  /** What stands between single backticks outside of blocks. */
  readonly codes: readonly string[];
}

/** README and everything in docs/, as people read them. */
export function readPages(): Page[] {
  const docs = readdirSync(path.join(PROJECT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => path.posix.join('docs', name.split(path.sep).join('/')));
  return ['README.md', ...docs.sort()].filter((file) => file !== GENERATED).map(readPage);
}

function readPage(file: string): Page {
  const text = readFileSync(path.join(PROJECT, file), 'utf8');
  const blocks = [...text.matchAll(/^( *)```([a-z]*)( run)?\n([\s\S]*?)^\1```$/gm)].map(([, , language = '', run, body = '']) => ({
    ...{ language, run: run !== undefined, text: body },
  }));
  const prose = text.replace(/^( *)```[\s\S]*?^\1```$/gm, '');
  return { file, text, blocks, codes: [...prose.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code) };
}
