// Turns src/**/*.ts into dist/**/*.js, file by file, and a few packages into one file each in dist/vendor (docs/adr/0007): types are
// checked by `npm run check`, not here, so that a build takes a blink.
import { build } from 'esbuild';
import { readdirSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const SRC = 'src';
const OUT = 'dist';
const VENDOR = 'vendor';
/** Packages of hundreds of small modules, which take Node longer to find than to run: each becomes one file. */
const VENDORED = ['apache-arrow', 'typebox', 'typebox/value'];
/** The same, but that for Node it names a build that is no ES module: its names could not be seen from outside of a bundle. */
const VENDORED_NEUTRAL = ['rxjs'];
const COMMON = { format: 'esm', target: 'node20', sourcemap: true, logLevel: 'warning' };

const vendorFile = (name) => name.replaceAll('/', '-');

/** Leaves every import as it is, but for those of packages that are one file now. */
const importsOfVendored = {
  name: 'imports of vendored packages',
  setup({ onResolve }) {
    onResolve({ filter: /./ }, ({ path, kind, importer }) => {
      if (kind === 'entry-point') return undefined;
      if (![...VENDORED, ...VENDORED_NEUTRAL].includes(path)) return { path, external: true };
      const up = relative(dirname(importer), SRC) || '.';
      return { path: `${up.startsWith('.') ? up : `./${up}`}/${VENDOR}/${vendorFile(path)}.js`, external: true };
    });
  },
};

const vendor = (names, options) =>
  build({
    ...COMMON,
    ...options,
    entryPoints: names.map((name) => ({ in: name, out: vendorFile(name) })),
    outdir: join(OUT, VENDOR),
    bundle: true,
    splitting: true,
    sourcemap: false,
  });

rmSync(OUT, { recursive: true, force: true });
await Promise.all([
  vendor(VENDORED, { platform: 'node' }),
  vendor(VENDORED_NEUTRAL, { platform: 'neutral', conditions: ['es2015'] }),
  build({
    ...COMMON,
    entryPoints: readdirSync(SRC, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => join(SRC, file)),
    outdir: OUT,
    outbase: SRC,
    platform: 'node',
    bundle: true,
    plugins: [importsOfVendored],
  }),
]);
