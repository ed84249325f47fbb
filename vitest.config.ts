import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    pool: 'forks',
    testTimeout: process.env['LONG'] ? 1_800_000 : 30_000,
    hookTimeout: 30_000,
    retry: 0,
    projects: [
      { extends: true, test: { name: 'all', include: ['test/**/*.test.ts', 'examples/*/sinks/*/sink.test.ts'] } },
      {
        // What sinks do in an isolate, they do in QuickJS.
        extends: true,
        test: {
          name: 'quickjs',
          include: ['test/core/sandbox/{faults,leak,limits,lockdown,octets,sandbox}.test.ts'],
          env: { SLUICE_TEST_ENGINE: 'quickjs' },
        },
      },
    ],
  },
});
