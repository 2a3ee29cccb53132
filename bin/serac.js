#!/usr/bin/env node
import { existsSync } from 'node:fs';
import process from 'node:process';

const entry = new URL('../dist/main.js', import.meta.url);
if (existsSync(entry)) {
  const loaded = await import(entry.href).catch((error) => error);
  if (loaded instanceof Error) refuse(loaded);
  else await loaded.main(process.argv);
} else {
  process.stderr.write('serac is not built yet: run `npm run build` first (`npm ci` does it for you).\n');
  process.exitCode = 1;
}

/** The program cannot be loaded: where few files may be open at once, that is why. */
function refuse({ code, message }) {
  const why =
    code === 'EMFILE' || code === 'ERR_MODULE_NOT_FOUND'
      ? `${message}. Raise the limit of open files with \`ulimit -n 4096\`, or install Serac again`
      : message;
  process.stderr.write(`serac: Cannot load the program: ${why}.\n`);
  if (process.argv.includes('--json'))
    process.stdout.write(`${JSON.stringify({ ok: false, error: { code: 'internal', message: why } })}\n`);
  process.exitCode = 1;
}
