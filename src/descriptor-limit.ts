import process from 'node:process';
import { SeracError } from './errors.js';

/** With fewer the program may not even be loaded, and the store cannot prepare its tables. */
export const DESCRIPTORS_MIN = 256;

/** How many files this process may have open at once; node has raised it to the hard limit. */
export function descriptorLimit(): number {
  // Without it the names of connections would be looked up.
  Object.assign(process.report, { excludeNetwork: true });
  const { userLimits } = process.report.getReport() as {
    readonly userLimits?: { readonly open_files?: { readonly soft: number | string } };
  };
  const soft = userLimits?.open_files?.soft;
  return typeof soft === 'number' ? soft : Infinity;
}

/** A file of the program that was not found, where so few may be open that this is why; undefined for anything else. What it names is there: it is not said. */
export function loadError(thrown: unknown): SeracError | undefined {
  const { code } = Object(thrown) as { readonly code?: unknown };
  if (typeof code !== 'string' || !/^ERR_(MODULE|INVALID_MODULE|INVALID_PACKAGE|UNSUPPORTED|DLOPEN)/.test(code)) return undefined;
  const limit = descriptorLimit();
  if (limit >= DESCRIPTORS_MIN) return undefined;
  return new SeracError(
    'overloaded',
    `Cannot load the program: this process may have only ${limit} files open. Raise the limit with \`ulimit -n 4096\` in the shell that starts Serac.`,
  );
}
