import { z } from 'zod';
import type { DeepReadonly } from '../deep-readonly.ts';
import { dnsOptions } from '../capabilities/options.ts';
import { domainOptions } from '../directory/options.ts';
import { relayOptions, routeOptions } from '../relay/options.ts';
import { sandboxOptions } from '../sandbox/options.ts';
import { virtualServerOptions } from '../servers/options.ts';
import { smimeOptions } from '../smime/options.ts';
import { telemetryOptions } from '../telemetry/options.ts';

/** Where data is kept when the configuration does not say, from the working directory. */
export const defaultData = './data';

/** The whole of `sluice.yaml`. Each part states its own options; this only puts them together. */
export const schema = z.strictObject({
  /** Folder of queue, mailboxes and traces, from the working directory: the one path that is not from the file. */
  data: z.string().min(1).default(defaultData),
  /** Folders whose sub-folders are sinks. */
  sinks: z.array(z.string().min(1)).default(['./sinks']),
  /** Domains whose mail stays here. */
  domains: z.array(domainOptions).default([]),
  /** The ways mail for other domains takes; the most specific domain wins. By MX where none says so. */
  routes: z.array(routeOptions).default([]),
  relay: relayOptions.prefault({}),
  /** At least one: an empty or half-written file must never stop every server. */
  virtualServers: z.array(virtualServerOptions).min(1, 'expected at least one virtual server'),
  /** Whom sinks ask for names; read at the start. */
  dns: dnsOptions.prefault({}),
  sandbox: sandboxOptions.prefault({}),
  smime: smimeOptions.prefault({}),
  telemetry: telemetryOptions.prefault({}),
});

/** The configuration: every path absolute, durations in milliseconds, sizes in octets, defaults filled in. */
export type Config = DeepReadonly<z.output<typeof schema>>;
