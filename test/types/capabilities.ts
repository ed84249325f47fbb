/*
 * What `needs` gives in the editor, compiled by `tsc` and never run. Each `@ts-expect-error` is a mistake that must not
 * compile.
 */
import { defineSink, filePart, next, type DnsAnswer, type HttpAnswer, type SubmitAnswer } from '@sluice/sdk';

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
/** Compiles only when each of the two types is assignable to the other. */
const same = <A, B>(isSame: Same<A, B>): boolean => isSame;

const about = { name: 'x', version: '1.0.0', description: 'x', role: 'decides' } as const;

// Every capability, each with the types of its answers.
defineSink({
  ...about,
  needs: ['kv', 'dns', 'http', 'scan', 'submit', 'directory', 'secrets'],
  async onArrival({ envelope }, has) {
    same<keyof typeof has, 'log' | 'kv' | 'dns' | 'http' | 'scan' | 'submit' | 'directory' | 'secrets'>(true);
    const { kv, dns, http, scan, submit, directory, secrets } = has;
    const sum = await kv.increment('n', 2, 60_000);
    same<typeof sum, number>(true);
    const keys = await kv.list('prefix', 10, 'after');
    same<typeof keys, readonly string[]>(true);
    const mx = await dns.resolve('example.test', 'MX');
    same<typeof mx, DnsAnswer<{ readonly priority: number; readonly exchange: string }>>(true);
    const a = await dns.resolve('example.test', 'A');
    if (a.kind === 'found') same<typeof a.records, readonly string[]>(true);
    const answer = await http.post('https://api.example.com/', {
      body: 'message',
      headers: { Authorization: { secret: 'token', prefix: 'Bearer ' } },
    });
    same<typeof answer, HttpAnswer>(true);
    if (answer.kind === 'response') same<typeof answer.body, string>(true);
    const verdict = await scan.message();
    if (verdict.kind === 'infected') same<typeof verdict.name, string>(true);
    const pdf = filePart('application/pdf', 'AAEC', { disposition: 'attachment', filename: 'a.pdf' });
    const sent = await submit.message({ to: envelope.recipients, subject: 'x', text: 'y', parts: [pdf] });
    same<typeof sent, SubmitAnswer>(true);
    const entry = await directory.lookup('a@example.test');
    if (entry.kind === 'user') same<typeof entry.attributes, Readonly<Record<string, string>>>(true);
    const token = await secrets.read('token');
    same<typeof token, string>(true);
    return next();
  },
});

defineSink({
  ...about,
  needs: ['http'],
  // @ts-expect-error: dns is not in needs
  onMail: async (_, { dns }) => (dns ? next() : next()),
});

defineSink({
  ...about,
  needs: ['http', 'dns', 'submit', 'kv'],
  async onMail(_, { http, dns, submit, kv }) {
    // @ts-expect-error: GET has no body
    await http.get('https://api.example.com/', { body: { text: 'x' } });
    // @ts-expect-error: the method is missing
    await http.request('https://api.example.com/', {});
    // @ts-expect-error: a body says what it is
    await http.post('https://api.example.com/', { body: 'text' });
    // @ts-expect-error: a header is one text
    await http.get('https://api.example.com/', { headers: { 'X-A': 1 } });
    // @ts-expect-error: there is no such record type
    await dns.resolve('example.test', 'ANY');
    // @ts-expect-error: raw octets are not for a sink to send
    await submit.message({ to: ['a@example.test'], subject: 'x', raw: 'x' });
    // @ts-expect-error: a message has a subject
    await submit.message({ to: ['a@example.test'], text: 'x' });
    // @ts-expect-error: a counter is a number
    await kv.increment('n', '1');
    const a = await dns.resolve('example.test', 'A');
    // @ts-expect-error: there are records only when some were found
    return a.records.length > 0 ? next() : next();
  },
});
