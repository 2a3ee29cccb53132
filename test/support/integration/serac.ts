import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The built program, as a user runs it. */
export const SERAC = fileURLToPath(new URL('../../../bin/serac.js', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface SeracOptions {
  /** Default: one without a serac.yaml. */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** A command that runs it, with that command's own arguments. */
  readonly wrapper?: readonly string[];
}

const running = new Set<Serac>();

/** Ends whatever a test, failed in the middle, has left running. */
export async function endAll(): Promise<void> {
  await Promise.all([...running].map((one) => one.end('SIGKILL')));
}

/** A running `serac`. What it prints is kept, for the message of a test that fails. */
export class Serac {
  readonly child: ChildProcess;
  readonly pid: number;
  /** Resolves when it has ended and all that it printed was read. */
  readonly ended: Promise<Ended>;
  readonly #lines: string[] = [];
  #stderr = '';
  #onLine: (() => void)[] = [];
  #over = false;

  constructor(args: readonly string[], { cwd = '/', env = {}, wrapper = [] }: SeracOptions = {}) {
    const [command, ...rest] = [...wrapper, process.execPath, SERAC, ...args];
    this.child = spawn(command!, rest, {
      cwd,
      env: { ...cleanEnvironment(), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.pid = this.child.pid!;
    running.add(this);
    const stdout: Buffer[] = [];
    this.child.stdout!.on('data', (chunk: Buffer) => stdout.push(chunk));
    createInterface({ input: this.child.stdout! }).on('line', (line) => {
      this.#lines.push(line);
      this.#wake();
    });
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text));
    this.ended = once(this.child, 'close').then(([code, signal]) => {
      this.#over = true;
      running.delete(this);
      this.#wake();
      return { code: code as number | null, signal: signal as NodeJS.Signals | null, stdout: Buffer.concat(stdout), stderr: this.#stderr };
    });
  }

  get stderr(): string {
    return this.#stderr;
  }

  get running(): boolean {
    return !this.#over;
  }

  /** The first line of standard output that matches. Rejects when the program ends before it. */
  async line(pattern: RegExp): Promise<RegExpExecArray> {
    for (let at = 0; ; at++) {
      while (at >= this.#lines.length) {
        if (this.#over) throw new Error(`serac ended before it said ${String(pattern)}:\n${this.#lines.join('\n')}\n${this.#stderr}`);
        await new Promise<void>((resolve) => this.#onLine.push(resolve));
      }
      const found = pattern.exec(this.#lines[at]!);
      if (found !== null) return found;
    }
  }

  /** Sends a signal and waits for the end. */
  async end(signal: NodeJS.Signals): Promise<Ended> {
    this.child.kill(signal);
    return await this.ended;
  }

  #wake(): void {
    const waiting = this.#onLine;
    this.#onLine = [];
    for (const resolve of waiting) resolve();
  }
}

/** Runs a command to its end. */
export async function serac(args: readonly string[], options: SeracOptions = {}): Promise<Ended> {
  return await new Serac(args, options).ended;
}

/** Runs a command that has to succeed and prints one JSON document. */
export async function seracJson<T>(args: readonly string[], options: SeracOptions = {}): Promise<T> {
  const { code, stdout, stderr } = await serac(args, options);
  if (code !== 0) throw new Error(`serac ${args.join(' ')} ended with ${code ?? 'a signal'}:\n${stdout.toString()}\n${stderr}`);
  return JSON.parse(stdout.toString()) as T;
}

/** What surrounds a test must not configure what it runs. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('SERAC_') && !name.startsWith('VITEST')));
}
