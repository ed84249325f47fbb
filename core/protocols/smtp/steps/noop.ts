import { say, type Answer } from '../answer.ts';
import { replies } from '../replies.ts';

/** An argument is allowed and ignored. @source RFC 5321 §4.1.1.9 */
export const noop = (): Answer => say(replies.ok);
