import { say, type Answer } from '../answer.ts';
import { replies } from '../replies.ts';

/** @source RFC 5321 §4.1.1.8 */
export const help = (): Answer => say(replies.help);
