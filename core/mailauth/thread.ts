import { Resolver } from 'node:dns/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import type { AuthFailure } from '../../sdk/capabilities/mailauth.ts';
import { runWork } from './run-work.ts';
import type { Answer, Done, Task, ThreadOptions } from './task.ts';

/* The thread in which mail is authenticated: many messages at a time, most of them waiting for DNS. */

/** Questions one message may cause; a message has as many signatures as it likes. */
const mostQuestions = 100;

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what `openMailAuth` starts it with
const { servers, timeout, tries, deadline } = workerData as ThreadOptions;
const resolver = new Resolver({ timeout, tries });
if (servers) resolver.setServers(servers);

parentPort?.on('message', (task: Task) => void answer(task));

async function answer({ id, octets, work }: Task): Promise<void> {
  const over = new AbortController();
  const late = wait(deadline, failed('timeout'), { signal: over.signal }).catch(() => failed('timeout'));
  const done = runWork(octets, work, boundedResolver()).catch(() => failed('unread'));
  const first: Answer = await Promise.race([done, late]);
  over.abort();
  const message: Done = { id, answer: first };
  parentPort?.postMessage(message, []);
}

const failed = (reason: AuthFailure['reason']): AuthFailure => ({ kind: 'failed', reason });

/** What mailauth asks DNS with: what it knows how to treat is what node:dns rejects with. */
function boundedResolver(): (domain: string, type: string) => Promise<string[][] | string[]> {
  let asked = 0;
  return async (domain, type) => {
    asked += 1;
    if (asked > mostQuestions) throw Object.assign(new Error('too many questions'), { code: 'ETIMEOUT' });
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- one shape for each type, which the caller names
    return (await resolver.resolve(domain, type)) as string[][] | string[];
  };
}
