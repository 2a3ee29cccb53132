import { spawn, type ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { SeracError, type ErrorCode } from '../errors.js';
import { findDataFolder } from './data-folder.js';
import { storePaths } from './paths.js';
import { STORE_THREADS } from './server/limits.js';
import { isStoreMessage, type StoreFailure, type StoreReadyMessage } from './store-message.js';

/** How long a store may take to answer. Usually half a second, and more only to load very many parts. */
const START_TIMEOUT_MS = 60_000;
/** How much of the store's error output is kept to explain an unexpected end. */
const STDERR_KEPT_CHARS = 4_000;

export interface LaunchStoreOptions {
  /** An existing data folder: the caller decides whether to create one. */
  readonly dataDir: string;
  /** Default 0: any free port. */
  readonly port?: number;
  /** Allowed Host headers besides those of loopback: for clients that come through a tunnel. */
  readonly allowedHosts?: readonly string[];
  /** Node arguments that run `serac`; default: the package's own bin/serac.js. */
  readonly entry?: readonly string[];
  /** Default: this process's node. */
  readonly execPath?: string;
  /** Called with the lines of the store's error output. */
  readonly onLog?: (line: string) => void;
  readonly onExit?: (exit: StoreExit) => void;
  /** If aborted, the launch is cancelled: the store is killed, and the launch fails once it has ended. */
  readonly signal?: AbortSignal;
}

interface StoreExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A store running as a child of this process. It ends when this process ends, even by kill -9. */
export interface StoreProcess {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly username: string;
  readonly password: string;
  /** The file with that password, for other programs. */
  readonly secretFile: string;
  readonly exited: Promise<StoreExit>;
  /** Lets running inserts finish and waits for the end; after the deadline the store is killed. */
  stop(deadlineMs?: number): Promise<void>;
}

/** Starts the embedded store and resolves when it answers. Throws the store's own error: `store.locked`, `store.unavailable`, `usage`. */
export async function launchStore(options: LaunchStoreOptions): Promise<StoreProcess> {
  const paths = storePaths(findDataFolder(options.dataDir).dir);
  const entry = options.entry ?? [fileURLToPath(new URL('../../bin/serac.js', import.meta.url))];
  const args = [...entry, 'store', '--data', paths.dataDir, '--port', String(options.port ?? 0), '--child', '--json'];
  for (const host of options.allowedHosts ?? []) args.push('--allow-host', host);
  // The child watches the pipe to its standard input: the kernel closes it when this process ends, however it ends.
  const child = spawn(options.execPath ?? process.execPath, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    // A process group of its own: Ctrl-C in a terminal is for the parent, which needs the store to drain.
    detached: true,
    env: { ...process.env, UV_THREADPOOL_SIZE: String(STORE_THREADS), TZ: 'UTC' },
  });
  const exited = exitOf(child);
  void exited.then((exit) => options.onExit?.(exit));
  const tail = keepTail(child, options.onLog);
  const abort = (): void => void child.kill('SIGKILL');
  options.signal?.addEventListener('abort', abort);
  if (options.signal?.aborted === true) abort();
  try {
    const { port, pid, url } = await ready(child, exited, tail);
    const password = (await readFile(paths.secretFile, 'utf8')).trim();
    return {
      url,
      port,
      pid,
      username: 'default',
      password,
      secretFile: paths.secretFile,
      exited,
      stop: (deadlineMs) => stop(child, exited, deadlineMs),
    };
  } catch (error) {
    child.kill('SIGKILL');
    await exited;
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', abort);
  }
}

/** Default deadline of a stop: the store's own is three seconds. */
const STOP_DEADLINE_MS = 5_000;

async function stop(child: ChildProcess, exited: Promise<StoreExit>, deadlineMs = STOP_DEADLINE_MS): Promise<void> {
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), deadlineMs);
  await exited;
  clearTimeout(timer);
}

function exitOf(child: ChildProcess): Promise<StoreExit> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', () => resolve({ code: null, signal: null }));
    // The pipe breaks first when the child is killed.
    child.stdin?.on('error', () => undefined);
  });
}

function keepTail(child: ChildProcess, onLog: ((line: string) => void) | undefined): () => string {
  let kept = '';
  createInterface({ input: child.stderr! }).on('line', (line) => {
    kept = `${kept}${line}\n`.slice(-STDERR_KEPT_CHARS);
    onLog?.(line);
  });
  return () => kept.trim();
}

/** The store writes one line: ready, or why not. */
function ready(child: ChildProcess, exited: Promise<StoreExit>, tail: () => string): Promise<StoreReadyMessage> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(unavailable(`The embedded store did not answer within ${START_TIMEOUT_MS} ms.`, tail())),
      START_TIMEOUT_MS,
    );
    void exited.then(({ code, signal }) => {
      clearTimeout(timer);
      reject(unavailable(`The embedded store ended before it was ready (${signal ?? `exit code ${code ?? 'unknown'}`}).`, tail()));
    });
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const message = parseLine(line);
      if (!isStoreMessage(message)) return;
      clearTimeout(timer);
      if ('error' in message) reject(failure(message));
      else resolve(message);
    });
  });
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function failure({ error }: StoreFailure): SeracError {
  return new SeracError(error.code as ErrorCode, error.message);
}

function unavailable(sentence: string, output: string): SeracError {
  return new SeracError('store.unavailable', output === '' ? sentence : `${sentence} It said:\n${output}`);
}
