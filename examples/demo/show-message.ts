import { setTimeout as wait } from 'node:timers/promises';
import { createTransport } from 'nodemailer';
import { openPop3 } from '../../test/support/pop3-client.ts';
import type { Sluice } from '../../test/support/sluice-process.ts';
import { checkEdited, checkUntouched } from './checks.ts';
import { author, type DemoMessage } from './messages.ts';
import { faint, type Screen } from './screen.ts';
import { readSteps, type Step } from './steps.ts';

/** One message, and what must happen to it. */
export type Scene = {
  readonly show: Screen;
  readonly sluice: Sluice;
  readonly message: DemoMessage;
  /** The version of the stamp sink it must meet; null: no sink may have touched it. */
  readonly stamp: string | null;
};

/** Sends one message, waits for it, reads it back over POP3, and shows what happened in between. */
export async function showMessage(scene: Scene): Promise<void> {
  const { show, sluice, message } = scene;
  show.title(message.title);
  show.line(`   ${faint(message.about)}`);
  const { traceId, took } = await submit(sluice.smtp, message);
  show.check(`sent to ${message.recipient}, accepted in ${took.toFixed(0)} ms as ${traceId}`, traceId !== '');

  const { octets, number } = await receive(sluice, message);
  const steps = await readSteps(sluice, traceId);
  const asked = steps.filter(({ sink, event }) => sink !== null && event === 'onArrival');
  for (const step of asked) for (const line of linesOf(step)) show.line(`     ${line}`);
  const mailbox = steps.flatMap(({ mailboxes }) => mailboxes).join(', ');
  show.check(
    `delivered to ${mailbox || 'nowhere'}, read back over POP3 as message ${number}`,
    mailbox === `${message.recipient}/INBOX`,
  );

  show.diff(message.octets.toString(message.charset), octets.toString(message.charset));
  if (scene.stamp === null) checkUntouched({ show, message, octets, asked });
  else await checkEdited({ show, message, octets, asked, stamp: scene.stamp });
}

async function submit(port: number, { recipient, octets }: DemoMessage) {
  const transport = createTransport({ host: '127.0.0.1', port, ignoreTLS: true });
  const begun = performance.now();
  const sent = await transport.sendMail({ envelope: { from: author.address, to: recipient }, raw: octets });
  transport.close();
  return { took: performance.now() - begun, traceId: /queued as (\S+)/.exec(sent.response)?.[1] ?? '' };
}

/** Looks until the message is there: delivery takes a few milliseconds. @throws Error when it does not come */
async function receive(sluice: Sluice, { recipient, octets }: DemoMessage) {
  const id = /^Message-ID: (<.*>)\r$/im.exec(octets.toString('latin1'))?.[1] ?? '';
  for (const last = Date.now() + 5_000; Date.now() < last; await wait(50)) {
    await using maildrop = await openPop3(sluice.pop3, recipient, sluice.passwords().get(recipient) ?? '');
    const { count } = await maildrop.stat();
    const found = count === 0 ? null : await maildrop.retrieve(count);
    await maildrop.quit();
    if (found?.includes(id)) return { octets: found, number: count };
  }
  throw new Error(`message ${id} did not reach ${recipient}`);
}

function linesOf({ event, sink, decision, did, ms }: Step): readonly string[] {
  const time = ms === null ? '' : `${ms.toFixed(1)} ms`;
  const head = `${event} → ${(sink ?? '').padEnd(11)}${time.padStart(8)}  answered ${decision}`;
  return [head, ...did.map((line) => faint(`            ${line}`))];
}
