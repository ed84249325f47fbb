import type { Manifest } from '../../../sdk/manifest.ts';
import { readTimer } from '../timers.ts';
import { problemAt, type BindingProblem } from './problem.ts';

/** Timers are in the sink's code: the problem is its author's to solve, and found before it runs. */
export function checkTimers({ name, timers, events }: Manifest): readonly BindingProblem[] {
  const problems = Object.entries(timers).flatMap(([timer, spec]) => {
    const reading = readTimer(spec);
    return reading.kind === 'problem' ? [`timer ${timer} of ${name}: ${reading.text}`] : [];
  });
  const isDeaf = Object.keys(timers).length > 0 && !events.includes('onTimer');
  if (isDeaf) problems.push(`${name} has timers but no onTimer`);
  return problems.map((text) => problemAt(['sink'], text));
}
