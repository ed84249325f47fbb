import { serveDesk } from '../message/desk-thread.ts';
import { protectionOf } from '../smime/smime.ts';

/* A thread that reads and edits large messages. */
serveDesk(protectionOf);
