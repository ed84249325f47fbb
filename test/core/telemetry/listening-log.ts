import type { Log } from '../../../core/telemetry/telemetry.ts';

/** A log that keeps its lines, `level text`, for a test to look at. */
export function listeningLog(): Log & { readonly lines: readonly string[] } {
  const lines: string[] = [];
  const at = (level: string) => (_values: object, text: string) => void lines.push(`${level} ${text}`);
  const log = { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), child: () => log };
  return log;
}
