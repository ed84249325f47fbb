/**
 * `sluice/testing`: tests of sinks that need the platform itself. Tests that do not are written with
 * `@sluice/sdk/testing`, which has no dependencies; this stands apart so that the SDK can be published alone.
 */
export { fireSandboxed, openSandboxed } from './sandboxed.ts';
export { smtpSession } from './session.ts';
