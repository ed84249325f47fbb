import { say, type Answer } from './answer.ts';
import { tell } from './ask.ts';
import type { Listener, Wire } from './engine.ts';
import { holdGreeting } from './greeting-delay.ts';
import { Input } from './input.ts';
import type { Mode, ModeOf } from './mode.ts';
import { logFault, replyToError } from './notes.ts';
import { readCommand } from './read-command.ts';
import { formatReply, replies, type ServerReply } from './replies.ts';
import { reportRefusal, type About } from './report-refusal.ts';
import type { Server } from './services.ts';
import { SmtpSession, type TlsState } from './session.ts';
import { slow } from './tarpit.ts';
import { greet, refuseEarlyTalker } from './steps/connect.ts';
import { endOfData } from './steps/end-of-data.ts';

/** Octets of a SASL response, CRLF included (RFC 4954 §4: 12288 without it). */
const longestResponse = 12_290;
const command: Mode = { kind: 'command' };

/**
 * One connection: octets in, replies out, one command at a time. It knows modes and boundaries; what a command means is
 * the business of its step.
 */
export class Conversation implements Listener {
  readonly #server: Server;
  readonly #wire: Wire;
  readonly #session: SmtpSession;
  readonly #input = new Input();
  readonly #onClosed: () => void;
  #mode: Mode = { kind: 'greeting' };
  /** An answer is being worked out: nothing is read until it is there. */
  #isBusy = false;
  #isDraining = false;
  #out = '';
  #errors = 0;
  #stopHolding: () => void = () => undefined;

  constructor(server: Server, wire: Wire, onClosed: () => void) {
    this.#server = server;
    this.#wire = wire;
    this.#onClosed = onClosed;
    this.#session = new SmtpSession(server.services.randomId(), wire.remote, wire.local);
    if (wire.tls) this.#session.secure(wire.tls, wire.bindings());
  }

  open(): void {
    this.#stopHolding = holdGreeting(this.#server.options.greetingDelay, () => {
      this.#run('connect', () => this.#greet());
      this.#read();
    });
  }

  receive(chunk: Buffer, done: () => void): void {
    this.#input.take(chunk, done);
    if (this.#mode.kind !== 'greeting') this.#read();
  }

  secured(tls: TlsState): void {
    this.#session.secure(tls, this.#wire.bindings());
    this.#mode = command;
    tell(this.#server, this.#session, 'onStartTls', {});
    if (this.#isDraining) this.drain();
  }

  idle(): void {
    if (this.#mode.kind === 'tls') this.#wire.destroy();
    // While the client waits for us, its silence is none.
    else if (!this.#isBusy && this.#mode.kind !== 'greeting') this.#end(replies.idle);
  }

  /** Ends at the next command boundary: now, unless a command is under way or content on its way in. */
  drain(): void {
    this.#isDraining = true;
    if (this.#mode.kind === 'tls') this.#wire.destroy();
    else if (!this.#isBusy && this.#mode.kind !== 'content') this.#end(replies.stopping);
  }

  /** Ends without a word. */
  destroy(): void {
    this.#wire.destroy();
  }

  closed(): void {
    this.#leave();
    this.#session.close();
    if (!this.#isBusy) this.#session.reset();
    tell(this.#server, this.#session, 'onDisconnect', { accepted: this.#session.accepted });
    this.#onClosed();
  }

  /** Octets that are here when the greeting is about to go were sent before it. */
  async #greetAfter(asked: Promise<Answer>): Promise<Answer> {
    const answer = await asked;
    const isWelcome = answer.kind === 'reply' && !this.#session.isRefused;
    return isWelcome && this.#input.isHeld ? refuseEarlyTalker(this.#session) : answer;
  }

  #greet(): Answer | Promise<Answer> {
    if (this.#input.isHeld) return refuseEarlyTalker(this.#session);
    const answer = greet(this.#server, this.#session);
    return answer instanceof Promise ? this.#greetAfter(answer) : answer;
  }

  #read(): void {
    while (!this.#isBusy && !this.#input.isRead) this.#readSome(this.#mode);
    if (this.#isBusy) {
      // Replies to commands of the same group need not wait for a slow one.
      if (this.#out !== '') setImmediate(() => this.#flush());
      return;
    }
    if (this.#isDraining && this.#mode.kind === 'command') this.#end(replies.stopping);
    const done = this.#input.release();
    const isTaken = this.#flush();
    if (done === null) return;
    if (isTaken) done();
    else this.#wire.onceDrained(done);
  }

  #readSome(mode: Mode): void {
    switch (mode.kind) {
      case 'command':
        return this.#readCommand();
      case 'line':
        return this.#readLine(mode);
      case 'content':
        return this.#readContent(mode);
      case 'swallow': {
        mode.left -= this.#input.skip(mode.left);
        if (mode.left > 0) return;
        this.#mode = command;
        return this.#say(mode.reply, { verb: 'BDAT', traceId: this.#session.id });
      }
      case 'greeting':
      case 'tls':
      case 'closed':
        this.#input.discard();
    }
  }

  #readCommand(): void {
    if (this.#isDraining) return this.#end(replies.stopping);
    const line = this.#input.cutLine(this.#server.options.limits.commandLength);
    if (line === null) return;
    const read = readCommand(this.#server, this.#session, line, this.#isFollowed());
    this.#run(read.verb, () => read.run());
  }

  #readLine({ verb, take }: ModeOf<'line'>): void {
    const line = this.#input.cutLine(longestResponse);
    if (line === null) return;
    this.#mode = command;
    this.#run(verb, () => take(line));
  }

  #readContent({ verb, receiver, conclude }: ModeOf<'content'>): void {
    this.#input.pour(receiver);
    if (receiver.isComplete) {
      this.#mode = command;
      this.#run(verb, conclude);
    } else if (receiver.isHopeless) {
      this.#run(verb, () => ({ kind: 'close', reply: replies.tooLarge(receiver.writer.limit) }));
    } else {
      const ready = receiver.untilReady();
      if (ready) this.#wait(ready, () => undefined);
    }
  }

  /** Whether the client has sent more than what was read so far. */
  #isFollowed(): boolean {
    return this.#input.isFollowed(this.#wire.waiting());
  }

  #run(verb: string, step: () => Answer | Promise<Answer>): void {
    const about = { verb, traceId: this.#session.transaction?.traceId ?? this.#session.id };
    const failed = (cause: unknown): Answer => say(replyToError(this.#server, about.traceId, cause));
    try {
      const answer = step();
      const slowed = slow(this.#server, this.#session, answer);
      if (slowed instanceof Promise) this.#wait(slowed.catch(failed), (made) => this.#settle(made, about));
      else this.#settle(slowed, about);
    } catch (cause) {
      this.#settle(failed(cause), about);
    }
  }

  /** Reads nothing until it has resolved. */
  #wait<T>(promise: Promise<T>, then: (value: T) => void): void {
    this.#isBusy = true;
    promise
      .then((value) => {
        this.#isBusy = false;
        if (this.#mode.kind === 'closed') return this.#session.reset();
        then(value);
        return this.#read();
      })
      .catch((cause: unknown) => {
        logFault(this.#server, this.#session.id, cause);
        this.#wire.destroy();
      });
  }

  #settle(answer: Answer, about: About): void {
    if (this.#mode.kind === 'greeting') this.#mode = command;
    if (answer.kind === 'swallow' && answer.octets > 0) {
      this.#mode = { kind: 'swallow', left: answer.octets, reply: answer.reply };
      return;
    }
    if (answer.kind === 'chunk') {
      const { receiver, conclude } = answer;
      this.#mode = { kind: 'content', verb: 'BDAT', receiver, conclude };
      // There may be nothing to wait for.
      return receiver.isComplete ? this.#readContent(this.#mode) : undefined;
    }
    // A client that sends content before 354 has not understood, or wants us not to (RFC 2920 §3.1).
    const isEarly = answer.kind === 'content' && this.#isFollowed();
    this.#say(isEarly ? replies.outOfStep : answer.reply, about);
    if (answer.kind === 'close' || isEarly) this.#close();
    else if (answer.kind === 'content') this.#receive(answer.receiver);
    else if (answer.kind === 'line') this.#mode = { kind: 'line', verb: about.verb, take: answer.take };
    else if (answer.kind === 'start-tls') this.#startTls();
  }

  #receive(receiver: ModeOf<'content'>['receiver']): void {
    const conclude = (): Promise<Answer> => endOfData(this.#server, this.#session, receiver);
    this.#mode = { kind: 'content', verb: 'DATA', receiver, conclude };
  }

  #say(reply: ServerReply, about: About): void {
    const isEnhanced = !this.#session.isExtended || this.#session.offers('ENHANCEDSTATUSCODES');
    this.#out += formatReply(reply, isEnhanced);
    if (reply.code === 250 && (about.verb === 'DATA' || about.verb === 'BDAT')) this.#errors = 0;
    if (reportRefusal(this.#server, this.#session, about, reply)) this.#errors += 1;
    if (this.#errors > this.#server.options.limits.errors && this.#mode.kind !== 'closed')
      this.#end(replies.tooManyErrors);
  }

  /** The last reply, to no command in particular. */
  #end(reply: ServerReply): void {
    this.#out += formatReply(reply);
    this.#close();
  }

  #close(): void {
    this.#leave();
    this.#input.discard();
    this.#flush();
    this.#wire.end();
  }

  #startTls(): void {
    this.#flush();
    this.#mode = { kind: 'tls' };
    this.#wire.startTls(this.#input.release() ?? (() => undefined));
  }

  /** Whatever was on its way in goes. */
  #leave(): void {
    this.#stopHolding();
    if (this.#mode.kind === 'content') {
      this.#mode.receiver.abandon().catch((cause: unknown) => logFault(this.#server, this.#session.id, cause));
    }
    this.#mode = { kind: 'closed' };
  }

  /** @returns false when the client does not read what it is sent */
  #flush(): boolean {
    if (this.#out === '') return true;
    const text = this.#out;
    this.#out = '';
    return this.#wire.write(text);
  }
}
