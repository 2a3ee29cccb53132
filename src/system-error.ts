import { messageOf, SeracError, type ErrorCode } from './errors.js';

/** A refusal of the operating system: which, of which call, and on what. */
type SystemError = NodeJS.ErrnoException & { readonly address?: string; readonly port?: number };

const SPACE = 'Free some space, or name a folder on another disk.';
const DESCRIPTORS = 'Raise the limit with `ulimit -n 4096` in the shell that starts Serac.';
const RIGHTS = 'Give this user the right to it, or name another.';

/** What each refusal means, and what to do about it. Those that are not here are named by their code. */
const REFUSALS: Readonly<Record<string, { readonly reason: string; readonly advice: string; readonly code?: ErrorCode }>> = {
  EACCES: { reason: 'this user has no right to it', advice: RIGHTS },
  EPERM: { reason: 'this user has no right to it', advice: RIGHTS },
  EROFS: { reason: 'its file system is read-only', advice: 'Name a place that can be written to.' },
  EEXIST: { reason: 'something of that name is there already', advice: 'Move it away, or name another.' },
  ENOENT: { reason: 'there is no such file or folder', advice: 'Name one that is there.' },
  ENOTDIR: { reason: 'a part of its path is a file, not a folder', advice: 'Name another.' },
  EISDIR: { reason: 'it is a folder', advice: 'Name a file.' },
  ENOTEMPTY: { reason: 'it is not empty', advice: 'Name another.' },
  ENAMETOOLONG: { reason: 'its name is too long', advice: 'Name a shorter one.' },
  ELOOP: { reason: 'its symbolic links go round in a circle', advice: 'Name another.' },
  EIO: { reason: 'its disk fails', advice: 'Look at the disk, or name a place on another.' },
  ENOSPC: { reason: 'no space is left', advice: SPACE, code: 'overloaded' },
  EDQUOT: { reason: "this user's share of the disk is used up", advice: SPACE, code: 'overloaded' },
  EMFILE: { reason: 'this process has as many files open as it may', advice: DESCRIPTORS, code: 'overloaded' },
  ENFILE: {
    reason: 'this machine has as many files open as it may',
    advice: 'End other programs, or raise fs.file-max.',
    code: 'overloaded',
  },
  ENOMEM: { reason: 'no memory is left', advice: 'End other programs, or record fewer markets.', code: 'overloaded' },
  EAGAIN: { reason: 'this user runs as many processes as it may', advice: 'Raise the limit with `ulimit -u`.', code: 'overloaded' },
  EADDRINUSE: { reason: 'it is taken', advice: 'Choose another port.', code: 'conflict' },
  EADDRNOTAVAIL: { reason: 'this machine has no such address', advice: 'Choose an address of this machine.' },
  ECONNREFUSED: { reason: 'nothing listens there', advice: 'Start what should, or name another address.', code: 'not_found' },
};

function isSystemError(thrown: unknown): thrown is SystemError {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' && 'errno' in thrown;
}

/** Why something failed, as a clause: what the operating system refused in plain words, else the error's own message. */
export function reasonOf(thrown: unknown): string {
  if (isSystemError(thrown)) return REFUSALS[thrown.code!]?.reason ?? messageOf(thrown);
  return messageOf(thrown);
}

/**
 * A refusal of the operating system as an operating error, with a sentence that says what to do; undefined for anything else.
 * It is looked for among the causes too: `fetch failed` has one.
 */
export function systemError(thrown: unknown): SeracError | undefined {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    if (error instanceof SeracError) return error;
    if (!isSystemError(error)) continue;
    const { reason, advice, code } = REFUSALS[error.code!] ?? { reason: error.message, advice: 'Look at what it names.' };
    return new SeracError(code ?? 'input.unreadable', `${subjectOf(error)}: ${reason}. ${advice}`);
  }
  return undefined;
}

function subjectOf({ path, address, port, syscall = 'a call' }: SystemError): string {
  if (path !== undefined) return `${path} cannot be used (${syscall})`;
  if (port !== undefined) return `${address ?? 'this machine'}:${port} cannot be used (${syscall})`;
  return `The operating system refused ${syscall}`;
}
