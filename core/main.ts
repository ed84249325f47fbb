#!/usr/bin/env -S node --max-semi-space-size=64
// Messages live for milliseconds: a larger young generation keeps most of them from being copied by the collector.
import { runCli } from './cli/cli.ts';
import { run } from './platform/run.ts';
import { inspect } from './platform/inspect.ts';
import { version } from './platform/version.ts';

process.exitCode = await runCli(process.argv.slice(2), { version, run, inspect });
