import type { Tables } from '../database/tables.ts';
import { insertMessage } from './rows/message.ts';
import { claimMessages, releaseClaims, releaseMessage, seizeMessage } from './rows/claim.ts';
import {
  freezeDestination,
  listDestinations,
  listFrozen,
  retryDestination,
  thawDestination,
} from './rows/destinations.ts';
import { removeMessage, setMessageState } from './rows/hold.ts';
import { listMissed } from './rows/missed.ts';
import { listMessages, nextDue, readMessageContent } from './rows/read.ts';
import { settleArrival, settleMessage } from './rows/settle.ts';
import { claimTells, settleTell } from './rows/tells.ts';
import type { Settled } from './message.ts';
import type { SettleInput } from './wire.ts';

export { settleArrival, settleMessage } from './rows/settle.ts';
export { migrations } from './rows/schema.ts';

export const part = 'queue';

export const writes = {
  accept: insertMessage,
  claim: claimMessages,
  releaseClaims,
  release: releaseMessage,
  settleArrival,
  settle: (db: Tables, input: SettleInput): Settled => settleMessage(db, input).settled,
  setState: setMessageState,
  remove: removeMessage,
  seize: seizeMessage,
  claimTells,
  settleTell,
  freezeDestination,
  thawDestination,
  retryDestination,
};

export const reads = {
  list: listMessages,
  missed: listMissed,
  content: readMessageContent,
  nextDue,
  destinations: listDestinations,
  frozen: listFrozen,
};
