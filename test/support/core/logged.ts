import { createLogger, type Logger } from '../../../src/logger.js';

/** A logger as the daemon has it, and the lines that it wrote. */
export function logged(level = 'debug'): { logger: Logger; lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  const logger = createLogger(level, { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) });
  return { logger, lines };
}
