#!/usr/bin/env node
import { runCli } from './cli/cli.ts';
import { run } from './platform/run.ts';
import { inspect } from './platform/inspect.ts';
import { version } from './platform/version.ts';

process.exitCode = await runCli(process.argv.slice(2), { version, run, inspect });
