import { isEventName, specOf, type EventName, type OnFault, type Protocol } from '../../../sdk/catalogue.ts';
import type { Manifest } from '../../../sdk/manifest.ts';
import { formatDuration } from '../../units.ts';
import type { BindingInput, EventBinding } from './input.ts';
import { parseRule, unanswerable, type Rule } from '../rule.ts';
import { defaultOnFault, legalOnFault } from './faults.ts';
import { problemAt, type BindingProblem } from './problem.ts';

type Said = BindingInput['on'][EventName];

const defaultPriority = 24_575;

/** Which events the binding covers and how; what cannot be goes into `problems`. */
export function bindEvents(
  input: BindingInput,
  manifest: Manifest,
  problems: BindingProblem[],
): ReadonlyMap<EventName, EventBinding> {
  const bound = eventsOf(input, manifest, problems);
  const stray = Object.keys(input.on).filter((event) => !bound.some((one) => one === event));
  problems.push(...stray.map((event) => problemAt(['on', event], `this binding does not cover ${event}`)));

  const common = readRule(input.rule, ['rule'], problems);
  return new Map(bound.map((event) => [event, bindEvent({ event, input, manifest, common, problems })]));
}

function eventsOf(input: BindingInput, manifest: Manifest, problems: BindingProblem[]): readonly EventName[] {
  const { sink, virtualServer, events } = input;
  const { id, protocol } = virtualServer;
  const handled = manifest.events.filter(isEventName);
  const unknown = manifest.events.filter((event) => !isEventName(event));
  problems.push(
    ...unknown.map((event) => problemAt(['sink'], `${sink} handles ${event}, and there is no such event here`)),
  );
  for (const [index, event] of (events ?? []).entries()) {
    if (!handled.includes(event)) {
      problems.push(problemAt(['events', index], `${sink} does not handle ${event}; it handles ${handled.join(', ')}`));
    } else if (!isEmitted(event, protocol)) {
      problems.push(problemAt(['events', index], `${id} speaks ${protocol}, where ${event} does not happen`));
    }
  }
  const bound = handled.filter((event) => isEmitted(event, protocol) && (events?.includes(event) ?? true));
  // A sink is loaded, told of its end and woken by its timers whatever events the administrator chose.
  const own = handled.filter(isOwn);
  const isIdle = bound.every((event) => specOf(event).from.includes('lifetime'));
  if (problems.length === 0 && isIdle) {
    const text = `${id} speaks ${protocol}, where none of the events of ${sink} happens: ${handled.join(', ')}`;
    problems.push(problemAt(['sink'], text));
  }
  return [...new Set([...bound, ...own])];
}

/** Messages of the queue come from SMTP alone; timers and lifetime have nothing to do with protocols. */
function isEmitted(event: EventName, protocol: Protocol): boolean {
  const { from } = specOf(event);
  return from.includes(protocol) || isOwn(event) || (protocol === 'smtp' && from.includes('queue'));
}

/** About the sink itself and not about mail: rule, deadline and onFault of the whole binding do not mean these. */
function isOwn(event: EventName): boolean {
  return specOf(event).from.every((source) => source === 'timer' || source === 'lifetime');
}

type EventInput = {
  readonly event: EventName;
  readonly input: BindingInput;
  readonly manifest: Manifest;
  readonly common: Rule | null;
  readonly problems: BindingProblem[];
};

function bindEvent({ event, input, manifest, common, problems }: EventInput): EventBinding {
  const said = input.on[event];
  return {
    rule: ruleOf(event, said, isOwn(event) ? null : common, problems),
    priority: said?.priority ?? input.priority ?? defaultPriority,
    deadline: deadlineOf(event, input, problems),
    onFault: onFaultOf(event, input, manifest, problems),
  };
}

function ruleOf(event: EventName, said: Said, common: Rule | null, problems: BindingProblem[]): Rule | null {
  const path = said?.rule ? ['on', event, 'rule'] : ['rule'];
  const rule = said?.rule ? readRule(said.rule, path, problems) : common;
  if (event === 'onCommand') problems.push(...checkVerbs(said?.rule ?? null, rule));
  const hint = said?.rule
    ? ''
    : `; give it a rule of its own under \`on: { ${event}: { rule: … } }\`, or leave it out of \`events\``;
  for (const problem of rule ? unanswerable(rule, event) : []) {
    problems.push({ ...problem, path: [...path, ...problem.path], text: problem.text + hint });
  }
  return rule;
}

/** A sink that were asked about every command would make every command wait. */
function checkVerbs(said: BindingInput['rule'], rule: Rule | null): readonly BindingProblem[] {
  const isNamed = rule?.used.some(({ name }) => name === 'verb') ?? said !== null; // what cannot be read is told apart
  if (isNamed) return [];
  const line = "on: { onCommand: { rule: 'verb=X-HELLO' } }";
  return [problemAt(['on', 'onCommand', 'rule'], `onCommand is asked about the verbs it names: write \`${line}\``)];
}

function readRule(rule: BindingInput['rule'], path: BindingProblem['path'], problems: BindingProblem[]): Rule | null {
  if (rule === null) return null;
  const reading = parseRule(rule);
  if (reading.kind === 'rule') return reading.rule;
  problems.push(...reading.problems.map((problem) => ({ ...problem, path: [...path, ...problem.path] })));
  return null;
}

function deadlineOf(event: EventName, { deadline, on }: BindingInput, problems: BindingProblem[]): number {
  const most = specOf(event).deadline;
  const own = on[event]?.deadline ?? null;
  const wanted = own ?? (isOwn(event) ? null : deadline) ?? most;
  if (wanted <= most) return wanted;
  const path = own === null ? ['deadline'] : ['on', event, 'deadline'];
  const line = `on: { ${event}: { deadline: ${formatDuration(most)} } }`;
  problems.push(problemAt(path, `${event} allows at most ${formatDuration(most)}: write \`${line}\``));
  return most;
}

function onFaultOf(event: EventName, input: BindingInput, { role }: Manifest, problems: BindingProblem[]): OnFault {
  const legal = legalOnFault(event);
  const own = input.on[event]?.onFault ?? null;
  const isAsked = specOf(event).kind === 'ask' && !isOwn(event);
  const wanted = own ?? (isAsked ? input.onFault : null) ?? defaultOnFault(event, role);
  if (legal.includes(wanted)) return wanted;
  const path = own === null ? ['onFault'] : ['on', event, 'onFault'];
  const line = `on: { ${event}: { onFault: ${defaultOnFault(event, role)} } }`;
  problems.push(problemAt(path, `${event} cannot ${wanted}; it can ${legal.join(', ')}: write \`${line}\``));
  return 'next';
}
