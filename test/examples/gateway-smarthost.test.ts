import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { readConfig } from '../../core/config/config.ts';

test.each(['gateway-smarthost', 'gateway-postfix'])(
  'the configuration of %s is good, and no open relay',
  async (name) => {
    const read = await readConfig(resolve(import.meta.dirname, `../../examples/${name}/sluice.yaml`));
    expect(read).toMatchObject({ kind: 'config', config: { routes: [{ domain: '*' }], domains: [] } });
    const servers = read.kind === 'config' ? read.config.virtualServers : [];
    expect(servers.map((one) => (one.protocol === 'smtp' ? one.relay.from : null))).not.toContain('0.0.0.0/0');
  },
);
