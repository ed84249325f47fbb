import { asFault, type Fault } from '../errors.ts';

/** Work that is asked for at any time and done by one at a time: asked for meanwhile, it is done once more. */
export type Round = {
  /** It is to be done as soon as may be. */
  request(): void;
  /** Starts it when it was asked for and may run. */
  poke(): void;
};

/** `run` says whether there is more to do at once. */
export type RoundParts = {
  readonly run: () => Promise<boolean>;
  readonly mayRun: () => boolean;
  /** A round ended, `fault` null or not; `isDone` when nothing is left to do at once. */
  readonly ended: (isDone: boolean, fault: Fault | null) => void;
  readonly track: (work: Promise<void>) => void;
};

export function createRound({ run, mayRun, ended, track }: RoundParts): Round {
  let isDue = false;
  let isRunning = false;

  async function go(): Promise<void> {
    isDue = false;
    isRunning = true;
    try {
      isDue ||= await run();
      isRunning = false;
      ended(!isDue, null);
    } catch (thrown) {
      isRunning = false;
      ended(true, asFault(thrown));
    }
  }

  const poke = (): void => {
    if (isDue && !isRunning && mayRun()) track(go());
  };

  return {
    poke,
    request() {
      isDue = true;
      poke();
    },
  };
}
