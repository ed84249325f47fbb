import type { Arguments } from './arguments.ts';
import { err, type Response } from './response.ts';
import type { Stage, StageName, StageOf } from './stage.ts';

type CommandSpec<Name extends StageName, Values extends readonly unknown[]> = {
  readonly verb: string;
  /** The RFC section that defines it. */
  readonly source: string;
  /** The states it may be given in. */
  readonly in: readonly Name[];
  readonly args: Arguments<Values>;
  run(stage: StageOf<Name>, ...values: Values): Response | Promise<Response>;
};

/** One command as the interpreter sees it. */
export type Command = {
  readonly verb: string;
  readonly source: string;
  /** Checks state and syntax, then runs. @param rest what follows the keyword and one space */
  run(stage: Stage, rest: string): Promise<Response>;
};

/** Makes a command of what is particular to it: `run` gets a stage of the right kind and arguments already read. */
export function command<const Name extends StageName, Values extends readonly unknown[]>(
  spec: CommandSpec<Name, Values>,
): Command {
  const { verb, source } = spec;
  return {
    verb,
    source,
    async run(stage, rest) {
      if (!isIn(stage, spec.in)) return err(`${verb} is not allowed now`);
      const values = spec.args(rest);
      return values === null ? err(`syntax: see ${source.replace('§', 'section ')}`) : await spec.run(stage, ...values);
    },
  };
}

function isIn<Name extends StageName>(stage: Stage, names: readonly Name[]): stage is StageOf<Name> {
  return names.some((name) => name === stage.kind);
}
