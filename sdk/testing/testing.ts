export { fire, problemsOf } from './fire.ts';
export { matchers } from './matchers.ts';
export { message } from './message.ts';
export { contextOf, payloadOf } from './payloads.ts';
export { createWorld } from './world.ts';
export type { Fired, FireOptions } from './fire.ts';
export type { Attachment, MessageOptions, TestMessage } from './message.ts';
export type { ContextOptions, PayloadOptions } from './payloads.ts';
export type { HostAnswers, LogLine, World } from './world.ts';
