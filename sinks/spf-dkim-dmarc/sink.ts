import {
  defer,
  defineSink,
  next,
  noted,
  prependField,
  quarantine,
  reject,
  removeFields,
  setTag,
  type Authentication,
  type DecisionFor,
  type EditFor,
  type Message,
} from '@sluice/sdk';
import * as z from 'zod/mini';
import en from 'zod/v4/locales/en.js';

z.config(en());

const action = <const T extends readonly [string, ...string[]]>(...all: T) =>
  z.enum(all, `expected one of ${all.join(', ')}`);
const settings = z.strictObject({
  /** What becomes of mail whose domain asks for `reject`, and that fails DMARC. */
  onReject: z._default(action('reject', 'quarantine', 'mark'), 'reject'),
  /** The same for `quarantine`. */
  onQuarantine: z._default(action('quarantine', 'mark'), 'quarantine'),
  /** What becomes of mail from a client that SPF forbids, where DMARC says nothing. */
  onSpfFail: z._default(action('reject', 'mark'), 'mark'),
  /** What becomes of mail nobody can judge now, since DNS does not answer. */
  onTempError: z._default(action('defer', 'mark'), 'mark'),
  /** Who is believed when their ARC seal says that mail was good before they changed it: mailing lists, forwarders. */
  trustedSealers: z._default(z.array(z.string().check(z.toLowerCase(), z.maxLength(253))).check(z.maxLength(500)), []),
});
type Settings = z.output<typeof settings>;

/** Looks whether mail is from where it says (SPF, DKIM, DMARC, ARC), writes it down and decides. See README.md beside this file. */
export default defineSink({
  name: 'spf-dkim-dmarc',
  version: '1.0.0',
  description: 'Verifies SPF, DKIM, DMARC and ARC, adds Authentication-Results and decides by policy.',
  role: 'decides',
  needs: ['mailauth'],
  settings,

  async onEndOfData({ message, session, settings: its }, { mailauth }) {
    if (session !== null && session.identity !== null) return next();
    const found = await mailauth.verify();
    if (found.kind === 'verified') return answer(found, editsFor(found, message), its);
    const isPatient = its.onTempError === 'defer';
    return isPatient ? defer('Cannot verify the sender now') : noted(next(), `not verified: ${found.reason}`);
  },
});

type EditsHere = EditFor<'onEndOfData'>;

function editsFor(found: Authentication, message: Message): readonly EditsHere[] {
  const name = 'Authentication-Results';
  const { authservId, field, dmarc, arc } = found;
  // RFC 8601 §5: a field that speaks in our name and came from outside is forged.
  const forged = hasForged(message.all(name), authservId) ? [removeFields(name)] : [];
  return [
    ...forged,
    prependField(name, field),
    setTag('authserv-id', authservId),
    setTag('dkim', bestDkim(found)),
    setTag('dmarc', dmarc.result),
    setTag('arc', arc.result),
  ];
}

function answer(found: Authentication, edits: readonly EditsHere[], its: Settings): DecisionFor<'onEndOfData'> {
  const { spf, dkim, dmarc, arc } = found;
  const said = { spf, dkim, dmarc, arc };
  const judged = judge(found, its);
  if (judged === 'mark') return noted(next(...edits), `dmarc ${dmarc.result}`, said);
  if (judged === 'quarantine')
    return noted(quarantine(`DMARC of ${dmarc.domain ?? 'its domain'} asks for it`, ...edits), 'held', said);
  if (judged === 'defer')
    return noted(defer('The sender cannot be verified now', { status: '7.5' }), 'nobody knows now', said);
  const text = 'Message refused: its sender did not authorise it (SPF, DKIM, DMARC)';
  return noted(reject(text, { status: '7.1' }), 'refused', said);
}

function judge({ spf, dmarc, arc, dkim }: Authentication, its: Settings): 'reject' | 'defer' | 'quarantine' | 'mark' {
  const isTemporary = [spf, dmarc, ...dkim].some(({ result }) => result === 'temperror');
  if (dmarc.result === 'pass') return 'mark';
  if (isTemporary && its.onTempError === 'defer') return 'defer';
  if (arc.result === 'pass' && arc.sealedBy !== null && its.trustedSealers.includes(arc.sealedBy.toLowerCase()))
    return 'mark';
  if (dmarc.result === 'fail' && dmarc.policy === 'reject') return its.onReject;
  if (dmarc.result === 'fail' && dmarc.policy === 'quarantine') return its.onQuarantine;
  const isForbidden = spf.result === 'fail' && !dkim.some(({ result }) => result === 'pass');
  return isForbidden && dmarc.policy === null ? its.onSpfFail : 'mark';
}

function hasForged(fields: readonly string[], authservId: string): boolean {
  return fields.some((value) => (value.trim().split(/[\s;]/, 1)[0] ?? '').toLowerCase() === authservId.toLowerCase());
}

const bestDkim = ({ dkim }: Authentication): string =>
  dkim.some(({ result }) => result === 'pass') ? 'pass' : (dkim[0]?.result ?? 'none');
