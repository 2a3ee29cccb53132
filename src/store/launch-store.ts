import { spawn, type ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { SeracError, type ErrorCode } from '../errors.js';
import { findDataFolder } from './data-folder.js';
import { storePaths } from './paths.js';
import { STORE_THREADS } from './server/limits.js';
import { isStoreMessage, type StoreFailure, type StoreReadyMessage } from './store-message.js';

/** How long a store may take until it answers. It takes half a second, and more only to load a great many parts. */
const START_TIMEOUT_MS = 60_000;
/** What of the store's error output is kept to explain an unexpected end. */
const STDERR_KEPT_CHARS = 4_000;

export interface LaunchStoreOptions {
  /** A data folder that is there already: whether it may be made is for the caller to say. */
  readonly dataDir: string;
  /** Default 0: any free port. */
  readonly port?: number;
  /** Values of the Host header that the store answers besides those of loopback: for who reaches it through a tunnel. */
  readonly allowedHosts?: readonly string[];
  /** Arguments of node that run `serac`; default: the package's own bin/serac.js. */
  readonly entry?: readonly string[];
  /** Default: this process's node. */
  readonly execPath?: string;
  /** Lines that the store writes to its error output. */
  readonly onLog?: (line: string) => void;
  readonly onExit?: (exit: StoreExit) => void;
  /** Aborted: nobody waits for the store any more. It is killed, and the launch fails once it is gone. */
  readonly signal?: AbortSignal;
}

interface StoreExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A store that runs as a child of this process. It ends when this process ends, even by kill -9. */
export interface StoreProcess {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly username: string;
  readonly password: string;
  /** Where that password stands, for other programs. */
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
  // The pipe to its input is the child's life line: the kernel closes it when this process ends, however it ends.
  const child = spawn(options.execPath ?? process.execPath, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    // A group of its own: Ctrl-C in a terminal is for us, who still need the store to drain.
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

/** Default deadline of a stop: the store itself gives up after three seconds. */
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
    // The life line's other end goes first when the child is killed.
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

/** The store says in one line that it is ready, or why it is not. */
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
