export {
  accept,
  badmail,
  defer,
  discard,
  disconnect,
  drop,
  fork,
  next,
  noted,
  quarantine,
  redirect,
  reject,
  reply,
} from './decisions.ts';
export {
  addCapability,
  addPart,
  addRecipient,
  appendField,
  filePart,
  hideCapability,
  insertText,
  prependField,
  removeFields,
  removePart,
  removeRecipient,
  replacePart,
  setField,
  setGreeting,
  setHeloName,
  setMailbox,
  setMembers,
  setNextHops,
  setRecipient,
  setReversePath,
  setTag,
  textPart,
  wrap,
} from './edits.ts';
export { defineSink } from './define-sink.ts';
export { day, hour, minute, second } from './durations.ts';
export type { DecisionFor, EditFor, EventName } from './catalogue.ts';
export type {
  Capabilities,
  CapabilityName,
  Clock,
  Directory,
  Dns,
  Http,
  KeyValue,
  Log,
  MailAuth,
  Scan,
  Secrets,
  Submit,
} from './capabilities.ts';
export type { DirectoryEntry } from './capabilities/directory.ts';
export type { DnsAnswer, DnsRecords, DnsType } from './capabilities/dns.ts';
export type { HttpAnswer, HttpBody, HttpMethod, HttpOptions } from './capabilities/http.ts';
export type { Authentication, AuthFailure, AuthResult, DkimVerdict, SignedFields } from './capabilities/mailauth.ts';
export type { ScanAnswer } from './capabilities/scan.ts';
export type { NewMessage, SubmitAnswer } from './capabilities/submit.ts';
export type { Session, SinkEvent } from './context.ts';
export type { Decision, DecisionOf, Note } from './decisions.ts';
export type { SinkDefinition } from './define-sink.ts';
export type { Edit, InlineImage, MediaType, NewPart, PartContent, TextPosition } from './edits.ts';
export type { Envelope } from './fields.ts';
export type { Manifest, Role, SinkLimits, TimerSpec } from './manifest.ts';
export type { Message, MessageReader, PartData, Protection } from './message.ts';
export type { Reply } from './reply.ts';
export type { Sink } from './runtime.ts';
export type { StandardSchema } from './standard-schema.ts';
