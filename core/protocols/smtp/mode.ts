import type { Answer, TakeLine } from './answer.ts';
import type { ContentReceiver } from './content-receiver.ts';
import type { ServerReply } from './replies.ts';

/** What the octets that come now are. */
export type Mode =
  | { readonly kind: 'greeting' | 'command' | 'tls' | 'closed' }
  | {
      readonly kind: 'content';
      readonly verb: 'DATA' | 'BDAT';
      readonly receiver: ContentReceiver;
      readonly conclude: () => Answer | Promise<Answer>;
    }
  | { readonly kind: 'line'; readonly verb: string; readonly take: TakeLine }
  | { readonly kind: 'swallow'; left: number; readonly reply: ServerReply };

export type ModeOf<Kind extends Mode['kind']> = Extract<Mode, { readonly kind: Kind }>;
