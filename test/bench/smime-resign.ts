import { openMessage } from '../../core/message/message.ts';
import { defaultPolicy, openProtected, type ProtectionPolicy } from '../../core/smime/policy.ts';
import { keys } from '../core/smime/pki.ts';
import * as kit from '../core/smime/policy/kit.ts';
import { createContent } from './content.ts';
import { medianOf } from './result.ts';

const policy: ProtectionPolicy = { ...defaultPolicy, signed: ['resign'] };
const edits = [{ kind: 'insert-text', position: 'after', plain: 'Note.', html: '<p>Note.</p>' }] as const;
/** Messages under way at a time: a server has more than one connection. */
const atOnce = 8;
const rounds = 5;
const window = 600;

/**
 * The whole way of a signed message through the policy: verified against trust, opened, a disclaimer put into its text
 * and its HTML, signed again by the thread that has the keys, and written.
 *
 * @returns messages a second of one core: two threads take part, so CPU time counts, of both
 */
export async function resignRate(size: number): Promise<number> {
  const ann = kit.somebody('ann@example.test', keys.rsa());
  await using keystore = await kit.keystoreOf([ann]);
  const text = createContent(size, 'alternative');
  const entity = Buffer.from(text.subarray(text.indexOf('Content-Type')));
  const octets = kit.messageOf(kit.headerOf(ann.address), await kit.clear(entity, [ann]));
  const parts = { trust: kit.trust, keystore, now: () => kit.at, hostname: 'mx.example.test' };

  async function resign(): Promise<void> {
    const opened = await openProtected(openMessage(octets), edits, policy, parts);
    if (opened.kind !== 'opened') throw new Error(`not opened: ${opened.kind}`);
    opened.message.edit(opened.edits);
    const sealed = await opened.seal();
    if (sealed.kind !== 'sealed' || sealed.octets.length <= octets.length) throw new Error('not signed again');
  }

  const rates: number[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const start = performance.now();
    const before = process.cpuUsage();
    let count = 0;
    const one = async (): Promise<void> => {
      for (; performance.now() - start < window; count += 1) await resign();
    };
    await Promise.all(Array.from({ length: atOnce }, one));
    const { user, system } = process.cpuUsage(before);
    if (round > 0) rates.push((count * 1e6) / (user + system));
  }
  return medianOf(rates);
}
