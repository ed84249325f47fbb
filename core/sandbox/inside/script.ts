import { limits } from '../capabilities/limits.ts';
import { usualLimits } from '../../limits.ts';
import { missing, refused } from '../missing.ts';
import { createEnter, createLoader } from './enter.ts';
import { createEvents } from './events.ts';
import { guardsScript } from './guards.ts';
import { createHostCalls } from './host-calls.ts';
import { lockData, lockDown } from './lockdown.ts';
import { createSay, takeNatives } from './natives.ts';
import { createOutbox } from './outbox.ts';

/** Where the snapshot leaves the bridge until the context takes it; no sink has run yet. */
const door = '__sluice';

/**
 * What the startup snapshot of every isolate is made of: the bridge, with its natives taken, and the guards.
 * It leaves one function, which takes the host's two callbacks and gives the one function the host calls.
 */
export const snapshotScript = `
'use strict';
globalThis.${door} = (function () {
const natives = (${takeNatives.toString()})();
const createSay = ${createSay.toString()};
const createOutbox = ${createOutbox.toString()};
const createHostCalls = ${createHostCalls.toString()};
const createEvents = ${createEvents.toString()};
const createLoader = ${createLoader.toString()};
const createEnter = ${createEnter.toString()};
const lockDown = ${lockDown.toString()};
const lockData = ${lockData.toString()};
return function open(emit, octets, own) {
  const limits = { ...${JSON.stringify(limits)}, ...natives.parse(own) };
  const say = createSay(natives, limits);
  const outbox = createOutbox(emit, natives, limits);
  const calls = createHostCalls(outbox, octets, natives, limits);
  const parts = { natives, outbox, calls, say };
  const events = createEvents(parts);
  lockDown((level, text) => outbox.log('[3,0,"' + level + '",' + natives.stringify(text) + ']'), say,
    ${JSON.stringify({ missing: Object.keys(missing), refused })});
  lockData();
  return createEnter(parts, events, createLoader(parts, limits));
};
})();
(function () {${guardsScript}
})();`;

/**
 * A sink that comes and goes while the snapshot is made: what it calls is compiled in the snapshot, and no isolate has to
 * compile it at its first event. V8 runs it in a context of its own, of which nothing else stays.
 */
export const warmingScript = `
const enter = globalThis.${door}(() => undefined, () => null, '${JSON.stringify(usualLimits)}');
const handle = async (event, payload, call) => { call('log.write', []); return await call('kv.get', ['a']); };
enter(1, (module) => { module.exports = { default: { manifest: {}, runtime: { configure: () => [], handle } } }; });
enter(2, '{}');
enter(3, '');
enter(0, '[[0,1,"onRcpt",{},0],[0,2,"onRcpt",{},0],[0,3,"onRcpt",{},0],[3,3]]');
enter(0, '[[1,1,1,"a"],[2,2,1,"b"]]');`;

/**
 * What every context runs first: the body of a function whose arguments `$0` and `$1` are the host's two callbacks,
 * to take an outbox and to read octets, `$2` the limits of this sink as JSON, and which returns the one function the host calls.
 */
export const openScript = `
'use strict';
const open = globalThis.${door};
delete globalThis.${door};
return open($0, $1, $2);`;
