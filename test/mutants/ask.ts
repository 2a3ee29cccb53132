import { spawn } from 'node:child_process';
import process from 'node:process';

/** What tests and simulations said: all is well, something is wrong, or nothing in time. */
export type Verdict = 'passed' | 'failed' | 'timedOut';

const SEEDS = 12;
/** Of the rounds that the nightly gives each test: few are enough for what is always wrong. */
const EFFORT = '0.03';

/** Runs test files in a folder, up to the first failure. @param timeoutMs a mutant may make a loop endless: then time notices it */
export function askTests(folder: string, files: readonly string[], timeoutMs: number): Promise<Verdict> {
  return ask(folder, timeoutMs, ['node_modules/vitest/vitest.mjs', 'run', '--bail', '1', '--reporter', 'dot', ...files]);
}

/** Runs simulations in a folder. */
export function askSimulations(folder: string, timeoutMs: number): Promise<Verdict> {
  return ask(folder, timeoutMs, ['--import', 'tsx', 'test/simulation/main.ts', '--seeds', String(SEEDS), '--no-sockets', '--json']);
}

function ask(cwd: string, timeoutMs: number, args: readonly string[]): Promise<Verdict> {
  return new Promise((resolve, reject) => {
    // A group of its own: threads and processes of the tests end with it.
    const child = spawn(process.execPath, args, { cwd, detached: true, stdio: 'ignore', env: { ...process.env, SERAC_EFFORT: EFFORT } });
    const end = (): void => void process.kill(-child.pid!, 'SIGKILL');
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      end();
    }, timeoutMs);
    process.once('exit', end);
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      process.off('exit', end);
      resolve(timedOut ? 'timedOut' : code === 0 ? 'passed' : 'failed');
    });
  });
}
