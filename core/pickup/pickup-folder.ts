import { watch, type FSWatcher } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Content } from '../database/content.ts';
import { asFault } from '../errors.ts';
import type { Submission } from '../queue/message.ts';
import type { Log } from '../telemetry/telemetry.ts';
import { readClaimed } from './claimed-file.ts';
import { readMail } from './read-mail.ts';
import { watchSettling, type SettledFiles } from './settled-files.ts';

export type PickupParts = {
  /** Durable when it resolves. */
  accept(submission: Submission): Promise<unknown>;
  write(octets: Uint8Array): Promise<Content>;
  hostname(virtualServer: string): string;
  readonly log: Log;
  readonly now: () => number;
  readonly randomId: () => string;
};

/** A pickup folder of a virtual server. `largest`: octets a message may have. */
export type PickupWanted = { readonly virtualServer: string; readonly folder: string; readonly largest: number };

export type PickupTimes = {
  /** How long a file must stay as it is before it is taken, in milliseconds. */
  readonly settle: number;
  /** How often the folder is looked at when nobody says that it changed: network file systems never do. */
  readonly every: number;
};

/** Files on their way into the queue at a time. */
const atOnce = 8;

/**
 * One pickup folder. A file is claimed by a rename into `.claimed`, put into the queue, and removed when the queue has it:
 * a process that dies in between sends it again (at least once). What is no mail goes to `badmail`, with the reason beside.
 */
export class PickupFolder implements AsyncDisposable {
  readonly #parts: PickupParts;
  readonly #wanted: PickupWanted;
  readonly #times: PickupTimes;
  readonly #claimed: string;
  readonly #badmail: string;
  readonly #files: SettledFiles;
  #watcher: FSWatcher | null = null;
  #timer: NodeJS.Timeout | null = null;
  /** When the timer rings. */
  #due = 0;
  /** Whether something changed while it was looked at. */
  #isStale = false;
  #looking: Promise<void> | null = null;
  #isStopped = false;

  /** @param wanted its folder is made when it is not there, for this user alone */
  constructor(parts: PickupParts, wanted: PickupWanted, times: PickupTimes) {
    this.#parts = parts;
    this.#wanted = wanted;
    this.#times = times;
    this.#claimed = join(wanted.folder, '.claimed');
    this.#badmail = join(wanted.folder, 'badmail');
    this.#files = watchSettling(wanted.folder, times.settle, parts.now);
  }

  /** @throws Error when the folders cannot be made */
  async start(): Promise<void> {
    for (const folder of [this.#wanted.folder, this.#claimed, this.#badmail])
      await mkdir(folder, { recursive: true, mode: 0o700 });
    this.#watcher = watch(this.#wanted.folder, { persistent: false }, () => this.#lookIn(this.#times.settle));
    this.#watcher.on('error', (cause) => this.#complain(cause, 'cannot be watched; it is looked at now and then'));
    this.#lookIn(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopped = true;
    this.#watcher?.close();
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#looking;
  }

  /** What is due sooner already stays: a folder that never rests is looked at all the same. */
  #lookIn(ms: number): void {
    if (this.#looking !== null) this.#isStale = true;
    const due = this.#parts.now() + ms;
    if (this.#isStopped || this.#looking !== null || (this.#timer !== null && this.#due <= due)) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#due = due;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#isStale = false;
      this.#looking = this.#lookAndGoOn();
    }, ms);
  }

  async #lookAndGoOn(): Promise<void> {
    const isSoon = await this.#look();
    this.#looking = null;
    this.#lookIn(isSoon || this.#isStale ? this.#times.settle : this.#times.every);
  }

  /** @returns whether there is something to look at soon. Never rejects */
  async #look(): Promise<boolean> {
    try {
      const { settled, isWaiting } = await this.#files.look();
      for (const name of settled) await this.#claim(name);
      const left = await readdir(this.#claimed);
      let isLeft = false;
      for (let at = 0; at < left.length && !this.#isStopped; at += atOnce) {
        const done = await Promise.all(left.slice(at, at + atOnce).map((name) => this.#take(name)));
        isLeft ||= done.includes(false);
      }
      return isWaiting && !isLeft;
    } catch (cause) {
      this.#complain(cause, 'cannot be looked at');
      return false;
    }
  }

  /** Whoever renames it first has it. */
  async #claim(name: string): Promise<void> {
    const claimed = `${this.#parts.randomId()}-${name}`;
    await rename(join(this.#wanted.folder, name), join(this.#claimed, claimed)).catch((cause: unknown) => {
      if (!isGone(cause)) throw cause;
    });
  }

  /** @returns false when it stays where it is and is tried again later */
  async #take(name: string): Promise<boolean> {
    const path = join(this.#claimed, name);
    try {
      const { virtualServer, largest } = this.#wanted;
      const read = await readClaimed(path, largest);
      if (read.kind === 'moving') return false;
      if (read.kind !== 'octets') return await this.#refuse(name, refusals[read.kind]);
      const id = this.#parts.randomId();
      const mail = readMail(read.octets, { hostname: this.#parts.hostname(virtualServer), id, at: this.#parts.now() });
      if (mail.kind === 'malformed') return await this.#refuse(name, mail.reason);
      const { reversePath, recipients, octets } = mail;
      const content = await this.#parts.write(octets);
      await this.#parts.accept({
        traceId: id,
        virtualServer,
        source: 'pickup',
        reversePath,
        recipients,
        session: null,
        content,
      });
      await rm(path);
      this.#parts.log.info({ virtualServer, file: name, traceId: id, recipients: recipients.length }, 'picked up');
      return true;
    } catch (cause) {
      this.#parts.log.warn({ file: path, fault: asFault(cause) }, 'a file of the pickup folder is tried again later');
      return false;
    }
  }

  async #refuse(name: string, reason: string): Promise<boolean> {
    const to = join(this.#badmail, name);
    const { virtualServer } = this.#wanted;
    const why = { reason, virtualServer, at: new Date(this.#parts.now()).toISOString() };
    await writeFile(`${to}.reason.json`, `${JSON.stringify(why, null, 2)}\n`, { mode: 0o600 });
    await rename(join(this.#claimed, name), to);
    this.#parts.log.error(
      { virtualServer, file: to, reason, alarm: true },
      `a file of the pickup folder is no mail: ${reason}`,
    );
    return true;
  }

  #complain(cause: unknown, what: string): void {
    this.#parts.log.error({ folder: this.#wanted.folder, cause }, `the pickup folder ${what}`);
  }
}

const refusals = {
  'too-large': 'larger than the virtual server takes (limits.size)',
  'not-a-file': 'no regular file',
} as const;

const isGone = (cause: unknown): boolean => cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
