// Compiles assembly/ to WebAssembly and writes it into src/ as text: to build the program takes no compiler for it. With --check it
// writes nothing, and fails where what stands there is something else.
import { Buffer } from 'node:buffer';
import { readFileSync, writeFileSync } from 'node:fs';
import asc from 'assemblyscript/asc';

const SOURCE = 'assembly/learned-frames.ts';
const TARGET = 'src/exchanges/binance/learned-frames.wasm.ts';
const FLAGS = ['-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd,bulk-memory'];
const LINE = /.{1,120}/g;

async function compile() {
  let wasm;
  const { error, stderr } = await asc.main([SOURCE, ...FLAGS, '--outFile', 'out.wasm'], {
    readFile: (name) => (name === SOURCE ? readFileSync(name, 'utf8') : null),
    writeFile: (name, contents) => {
      if (name === 'out.wasm') wasm = contents;
    },
    listFiles: () => [],
  });
  if (error !== null) throw new Error(`${SOURCE} could not be compiled:\n${stderr.toString()}`);
  const lines = Buffer.from(wasm).toString('base64').match(LINE);
  return [`// Compiled from ${SOURCE} by scripts/build-wasm.js.`, 'export const WASM = `', ...lines, '`;', ''].join('\n');
}

const text = await compile();
if (!process.argv.includes('--check')) {
  writeFileSync(TARGET, text);
} else if (readFileSync(TARGET, 'utf8') !== text) {
  console.error(`${TARGET} is not what ${SOURCE} compiles to: run node scripts/build-wasm.js`);
  process.exitCode = 1;
}
