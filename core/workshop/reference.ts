import { eventNames, specOf, type EventName } from '../../sdk/catalogue.ts';

/** The event reference, `sdk/docs/events.md`: everything the catalogue says of every event, for sinks' authors. */
export function formatReference(): string {
  const head = `# Event reference

Made from \`sdk/catalogue.ts\` by \`npm run docs\`; do not edit.

${eventNames.map((event) => `- [\`${event}\`](#${event.toLowerCase()}): ${specOf(event).about}`).join('\n')}
`;
  return [head, ...eventNames.map(formatEvent)].join('\n');
}

function formatEvent(event: EventName): string {
  const { kind, from, about, source, decisions, edits, deadline, cpu, atLeastOnce } = specOf(event);
  const told = atLeastOnce ? 'told at least once, also over a crash' : 'told, best effort';
  const rows = [
    ['Kind', kind === 'ask' ? 'ask: sinks answer in order of priority, before the fact' : `tell: ${told}`],
    ['From', from.join(', ')],
    ['Source', source === '-' ? 'our own' : source],
    ['Decisions', decisions.map((one) => `\`${one}\``).join(', ') || 'none: what the handler returns is ignored'],
    ['Edits', edits.map((one) => `\`${one}\``).join(', ') || 'none'],
    ['Deadline', `${deadline / 1_000} s, of which ${cpu} ms of CPU`],
  ];
  return `## ${event}

${about}

${rows.map(([name, value]) => `- **${name}**: ${value}`).join('\n')}
${payloadOf(event)}
\`\`\`ts
${exampleOf(event)}
\`\`\`
`;
}

function payloadOf(event: EventName): string {
  const fields = Object.entries(specOf(event).payload);
  if (fields.length === 0) return '- **Payload**: none beside what every event carries\n';
  const rows = fields.map(([name, { shape, about }]) => `| \`${name}\` | ${shape.replaceAll('|', '\\|')} | ${about} |`);
  return `\n| payload | type | |\n| --- | --- | --- |\n${rows.join('\n')}\n`;
}

/** A handler that compiles: it reads everything, and has no opinion. */
function exampleOf(event: EventName): string {
  const { kind, payload } = specOf(event);
  const names = Object.keys(payload).filter((name) => name !== 'message');
  const taken = ['message' in payload ? 'message' : '', ...names].filter((name) => name !== '');
  const values = ['message' in payload ? "subject: message.field('Subject')" : '', ...names].filter(
    (one) => one !== '',
  );
  const first = taken.length === 0 ? '_' : `{ ${taken.join(', ')} }`;
  const shown = values.length === 0 ? '' : `, { ${values.join(', ')} }`;
  const end = kind === 'ask' ? '\n  return next();' : '';
  return `${event}(${first}, { log }) {\n  log.info('${event}'${shown});${end}\n},`;
}
