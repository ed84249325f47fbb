import { capabilities } from '../../../sdk/capabilities.ts';

/** Every host call there is, as `capability.method`. Whether a sink may make it is for the `host` function of the call. */
export const hostCallNames: ReadonlySet<string> = new Set(
  Object.entries(capabilities).flatMap(([name, { methods }]) => methods.map((method) => `${name}.${method}`)),
);

/** Written without waiting for an answer, and counted in characters instead of calls. */
export const logCall = 'log.write';
/** Answered in the host where the message is there, else by the core. */
export const octetsCall = 'message.octets';
