import { isatty } from 'node:tty';
import { pino, type DestinationStream, type Logger } from 'pino';
import { cleaned } from './clean.ts';
import { prettyLine } from './pretty.ts';

/** Where a part says what it does. Values first: they are what one searches for. */
export type Log = {
  debug(values: object, text: string): void;
  info(values: object, text: string): void;
  warn(values: object, text: string): void;
  error(values: object, text: string): void;
  /** @returns a log that adds these values to every line */
  child(values: object): Log;
};

export type LogOptions = {
  readonly level: string;
  readonly destination?: string | number;
  /** Takes out of each line what must not be written down. */
  readonly redact?: (line: string) => string;
};

/**
 * Opens the log: one JSON object a line, or readable lines when it goes to a terminal.
 *
 * Values pass `cleaned`: no content, no credentials, nothing endless. Never throws once open.
 * LIMIT: a file is kept open; rotate it with copy-and-truncate.
 *
 * @param options.destination a path (its folder is made) or a file descriptor; standard error when left out
 */
export function openLog({ level, destination = 2, redact }: LogOptions): Log {
  const lines = pino.destination({ dest: destination, sync: false, mkdir: true });
  const clean = redact ? redacting(lines, redact) : lines;
  const stream = typeof destination === 'number' && isatty(destination) ? pretty(clean) : clean;
  return over(pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, stream));
}

function over(logger: Logger): Log {
  return {
    debug: (values, text) => logger.debug(cleaned(values), text),
    info: (values, text) => logger.info(cleaned(values), text),
    warn: (values, text) => logger.warn(cleaned(values), text),
    error: (values, text) => logger.error(cleaned(values), text),
    child: (values) => over(logger.child(cleaned(values))),
  };
}

function redacting(lines: DestinationStream, redact: (line: string) => string): DestinationStream {
  return {
    write(line) {
      lines.write(redact(line));
    },
  };
}

function pretty(lines: DestinationStream): DestinationStream {
  return {
    write(line) {
      lines.write(prettyLine(line));
    },
  };
}
