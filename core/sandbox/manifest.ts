import { z } from 'zod';
import { capabilities, type CapabilityName } from '../../sdk/capabilities.ts';
import { eventNames } from '../../sdk/catalogue.ts';
import type { Manifest, SinkLimits } from '../../sdk/manifest.ts';
import { sdkVersion } from '../../sdk/version.ts';
import { limitOptions } from '../limits.ts';

const isCapability = (name: string): name is CapabilityName => Object.hasOwn(capabilities, name);
const needs = z.array(
  z.string().refine(isCapability, { error: ({ input }) => `there is no capability ${String(input)}` }),
);
const timer = z.union([
  z.strictObject({ every: z.string() }),
  z.strictObject({ cron: z.string(), zone: z.string().optional() }),
]);

/** Within one major version; below 1.0.0 within one minor version (semver §4). */
function isCompatible(built: string): boolean {
  const [major, minor] = built.split('.');
  const [ourMajor, ourMinor] = sdkVersion.split('.');
  return major === ourMajor && (major !== '0' || minor === ourMinor);
}

const manifest = z.object({
  name: z.string().regex(/^[a-z0-9-]{1,64}$/, 'must be lower case letters, digits and `-`'),
  version: z.string().max(64),
  description: z.string().max(500),
  role: z.enum(['decides', 'edits', 'observes'], "must be 'decides', 'edits' or 'observes'"),
  needs: needs.transform((names) => names.filter(isCapability)),
  wants: needs.transform((names) => names.filter(isCapability)).optional(),
  events: z.array(z.enum(eventNames, { error: ({ input }) => `there is no event ${String(input)}` })),
  timers: z.record(z.string().max(64), timer),
  limits: z.unknown().optional(),
  settings: z.record(z.string(), z.unknown()).exactOptional(),
  sdk: z.string().refine(isCompatible, {
    error: ({ input }) =>
      `it was built with SDK ${String(input)}, and this Sluice has ${sdkVersion}: build it again with @sluice/sdk ${sdkVersion}`,
  }),
});

/**
 * Checks what a sink says of itself.
 *
 * @param folder the name of its folder, which must be its own
 * @returns the manifest, or what is wrong with it, one line each
 */
export function readManifest(value: unknown, folder: string): Manifest | readonly string[] {
  const read = manifest.safeParse(value);
  if (!read.success) return read.error.issues.map(({ path, message }) => `${path.map(String).join('.')}: ${message}`);
  if (read.data.name !== folder) return [`name: the sink calls itself ${read.data.name}, its folder ${folder}`];
  const { timers, limits, wants, ...said } = read.data;
  const asked = limitOptions.safeParse(limits ?? {});
  if (!asked.success) return asked.error.issues.map(({ path, message }) => `limits.${path.join('.')}: ${message}`);
  return {
    ...said,
    ...(isLimits(limits) && { limits }),
    ...(wants && { wants }),
    timers: Object.fromEntries(Object.entries(timers).map(([name, spec]) => [name, specOf(spec)])),
  };
}

/** Checked by `limitOptions` before. */
const isLimits = (value: unknown): value is SinkLimits => typeof value === 'object' && value !== null;

function specOf(spec: z.output<typeof timer>): Manifest['timers'][string] {
  if ('every' in spec) return spec;
  return spec.zone === undefined ? { cron: spec.cron } : { cron: spec.cron, zone: spec.zone };
}
