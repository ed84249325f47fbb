import { dropPermissions } from './permissions.ts';
import { openPool } from './pool.ts';

/*
 * A sandbox host, a process of its own. The main thread only watches: native code can keep the isolates' thread busy
 * where no timeout reaches it, and then nothing but the end of the process helps. The core watches from outside, with
 * a shorter clock, and knows the culprit; this watch is for the case that the core is gone or stopped.
 */

/** Milliseconds between two looks, and what a frame may take beyond its time. */
const pause = 25;
const grace = 500;

const heartbeat = new Int32Array(new SharedArrayBuffer(8));
const [, , worker = '', quickjs = ''] = process.argv;
void openPool(worker)
  .run({ heartbeat: asShared(heartbeat), quickjs })
  .finally(() => process.exit());
setInterval(createWatch(), pause);

function createWatch(): () => void {
  let seen = 0;
  let since = performance.now();
  let isStarted = false;
  return () => {
    const beat = Atomics.load(heartbeat, 0);
    if (beat > 0 && !isStarted) {
      isStarted = true;
      dropPermissions();
    }
    if (beat !== seen || beat % 2 === 0) {
      seen = beat;
      since = performance.now();
    } else if (performance.now() - since > Atomics.load(heartbeat, 1) + grace) {
      process.kill(process.pid, 'SIGKILL');
    }
  };
}

function asShared({ buffer }: Int32Array): SharedArrayBuffer {
  if (buffer instanceof SharedArrayBuffer) return buffer;
  throw new TypeError('the heartbeat must be shared');
}
