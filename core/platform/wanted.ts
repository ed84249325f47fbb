import type { Config } from '../config/config.ts';
import type { Wanted } from './roster.ts';

/** The enabled bindings of a configuration, each with its place in the file. */
export function wantedBindings({ virtualServers }: Config): readonly Wanted[] {
  return virtualServers.flatMap(({ id, protocol, bindings }, server) =>
    bindings.flatMap((binding, at) =>
      binding.enabled
        ? [{ input: { ...binding, virtualServer: { id, protocol } }, path: ['virtualServers', server, 'bindings', at] }]
        : [],
    ),
  );
}
