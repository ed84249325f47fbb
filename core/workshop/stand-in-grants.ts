import { capabilities, type CapabilityName } from '../../sdk/capabilities.ts';

/** Grants that must say more than `true`: enough for a sink to load, not for a host of its own. */
const standIns: Readonly<Record<string, unknown>> = {
  http: { hosts: ['users.example'] },
  scan: { clamd: '127.0.0.1:3310' },
  secrets: {},
};

/** What a sink gets that is bound nowhere yet: what it needs, or everything when its needs are not known. */
export function standInGrants(needs?: readonly CapabilityName[]): Readonly<Record<string, unknown>> {
  const names = needs ?? Object.keys(capabilities);
  return Object.fromEntries(names.map((name) => [name, standIns[name] ?? true]));
}
