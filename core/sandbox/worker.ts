import { readFileSync } from 'node:fs';
import { encodeDone, readFrame, writeFrame } from './bridge.ts';
import { prepareIsolates } from './isolate.ts';
import { dropPermissions } from './permissions.ts';
import { prepareQuickJs, provideQuickJs } from './quickjs.ts';
import { createRoom } from './room.ts';

/** Inherited from the core: one end of a socket pair. */
const channel = 3;

/** `quickjs`: the file of its WebAssembly. */
export type Service = { readonly heartbeat: SharedArrayBuffer; readonly quickjs: string };

/**
 * The one task of the thread that owns the isolates: reads a frame, does it, writes what came of it, until the core
 * closes its end. Each answer is with the kernel before the next frame begins, so that the first frame without an
 * answer is the one that ended the process.
 *
 * It waits for nothing but microtasks: the thread's event loop stands still.
 *
 * The first word of the heartbeat is odd while a frame is worked on; the second says how long that may take.
 */
export async function serve({ heartbeat, quickjs }: Service): Promise<void> {
  const beat = new Int32Array(heartbeat);
  provideQuickJs(readFileSync(quickjs));
  prepareIsolates();
  const plan = createRoom();
  dropPermissions();
  writeFrame(channel, 'ready', process.pid, Buffer.alloc(0));
  for (let frame = readFrame(channel, 'host'); frame; frame = readFrame(channel, 'host')) {
    const { allowed, quickjs: needed, run } = plan(frame);
    Atomics.store(beat, 1, allowed);
    Atomics.add(beat, 0, 1);
    if (needed) await prepareQuickJs(needed.memory);
    const done = run();
    Atomics.add(beat, 0, 1);
    if (done) writeFrame(channel, 'done', frame.number, encodeDone(done));
  }
}
