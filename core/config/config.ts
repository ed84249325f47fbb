export { readConfig, readDataFolder, type ReadConfig } from './read.ts';
export { formatProblem, type Problem } from './problem.ts';
export type { Config } from './schema.ts';
