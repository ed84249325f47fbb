import { readResponse, startSasl, type SaslExchange, type SaslStep, type Verifier } from '../../auth/sasl.ts';
import { Fault } from '../../errors.ts';
import type { Line } from './line-reader.ts';
import { challenge, err, type Response } from './response.ts';

type Done = Extract<SaslStep, { kind: 'done' }>;

/** One AUTH on its way: each line of the client is a response to it, and no command, until it is over. */
export type SaslLogin = {
  /** @returns a challenge, and then the next line is for this again; anything else ends it */
  answer(line: Line): Promise<Response>;
};

/**
 * Begins AUTH.
 *
 * @param conclude what becomes of who the client proved to be
 * @returns null when there is no such mechanism here
 * @source RFC 5034 §4
 */
export function startSaslLogin(
  mechanism: string,
  verifier: Verifier,
  conclude: (mechanism: string, done: Done) => Promise<Response>,
): { readonly login: SaslLogin; begin(initial: string | null): Promise<Response> } | null {
  const exchange = startSasl(mechanism, verifier);
  if (exchange === null) return null;

  async function proceed(response: Buffer | null): Promise<Response> {
    const step = await tryStep(exchange, response);
    if (step === null) return err('temporary authentication failure, try again later', 'SYS/TEMP');
    if (step.kind === 'malformed') return err('malformed authentication response');
    return step.kind === 'done' ? await conclude(mechanism.toUpperCase(), step) : challenge(step.octets);
  }
  const respond = async (base64: string): Promise<Response> => {
    const octets = readResponse(base64);
    return octets === null ? err('malformed authentication response') : await proceed(octets);
  };

  return {
    login: {
      async answer(line) {
        if (line.kind === 'too-long') return err('authentication response too long');
        return line.text === '*' ? err('authentication cancelled') : await respond(line.text);
      },
    },
    // `=` is an initial response of no octets.
    begin: (initial) => (initial === null ? proceed(null) : respond(initial === '=' ? '' : initial)),
  };
}

/** @returns null when too many passwords are being checked already */
async function tryStep(exchange: SaslExchange | null, response: Buffer | null): Promise<SaslStep | null> {
  try {
    return (await exchange?.(response)) ?? null;
  } catch (cause) {
    if (cause instanceof Fault && cause.code === 'auth.busy') return null;
    throw cause;
  }
}
