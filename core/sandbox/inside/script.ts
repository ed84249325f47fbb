import { limits } from '../capabilities/limits.ts';
import { createEnter, createLoader } from './enter.ts';
import { createEvents } from './events.ts';
import { createHostCalls } from './host-calls.ts';
import { lockDown } from './lockdown.ts';
import { createSay, takeNatives } from './natives.ts';
import { createOutbox } from './outbox.ts';

/**
 * What every isolate runs first: the body of a function whose arguments `$0` and `$1` are the host's two callbacks,
 * to take an outbox and to read octets, and which returns the one function the host calls.
 */
export const bridgeScript = `
'use strict';
const limits = ${JSON.stringify(limits)};
const natives = (${takeNatives.toString()})();
const say = (${createSay.toString()})(natives, limits);
const outbox = (${createOutbox.toString()})($0, natives, limits);
const calls = (${createHostCalls.toString()})(outbox, $1, natives, limits);
const parts = { natives, outbox, calls, say };
const events = (${createEvents.toString()})(parts);
(${lockDown.toString()})((level, text) => outbox.log('[3,0,"' + level + '",' + natives.stringify(text) + ']'));
const loader = (${createLoader.toString()})(parts, limits);
return (${createEnter.toString()})(parts, events, loader);`;
