import { destination, pino, type Logger } from 'pino';

export type { Logger };

/** JSON lines on standard error: standard output belongs to what a command answers. Secrets are cut out wherever they stand. */
export function createLogger(level: string): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: {
        paths: ['password', 'secret', 'apiKey', 'apiKeys', '*.password', '*.secret', '*.apiKey', '*.apiKeys', 'headers.authorization'],
        censor: '[secret]',
      },
    },
    destination({ fd: 2, sync: true }),
  );
}
