import type { Backend } from '../../../core/admin/admin.ts';
import { Fault } from '../../../core/errors.ts';

const at = Date.UTC(2026, 10, 23, 12, 0, 0);
export const octets = Buffer.from('Subject: caf\xe9\r\n\r\n\x1b[31mred\r\n', 'latin1');

const entry = {
  traceId: '01hx',
  at,
  kind: 'event',
  event: 'onArrival',
  virtualServer: 'mx',
  binding: 'disclaimer',
  sink: 'disclaimer',
  revision: 'b7e23ec29af22b0b4e41da31e868d57226121c84',
  decision: 'next',
  detail: JSON.stringify({
    edits: ['insert-text'],
    outcomes: [{ kind: 'done', part: '1.1', at: 40, added: 312, removed: 0 }],
  }),
  ms: 0.42,
} as const;
const step = { ...entry, binding: null, sink: null, revision: null, decision: null, ms: null } as const;

/** A small Sluice as operators see it; notes what it was told to do. */
export function exampleBackend(done: string[] = []): Backend {
  return {
    status: async () => ({
      version: '0.1.0',
      pid: 42,
      startedAt: at,
      config: '/etc/sluice.yaml',
      data: '/var/sluice',
      generation: 3,
      virtualServers: [
        { id: 'mx', protocol: 'smtp', state: 'running', listen: ['127.0.0.1:2525'], sessions: 2, bindings: 1 },
        { id: 'pop', protocol: 'pop3', state: 'running', listen: ['127.0.0.1:2110'], sessions: 0, bindings: 0 },
      ],
      queue: { waiting: 1, held: 1 },
      sandbox: { hosts: 2 },
      loopDelay: 1.25,
      tracesLost: 0,
      problems: ['sluice.yaml:3:1: x: unknown key'],
    }),
    queue: async () => [
      {
        id: 7,
        traceId: '01hx',
        virtualServer: 'mx',
        state: 'arrived',
        reversePath: 'alice@example.test',
        recipients: [
          {
            address: 'bob@example.test',
            state: 'pending',
            attempts: 2,
            nextAttempt: at + 90_000,
            lastReply: '451 4.3.0 later\x1b[2J',
            destination: 'mx.far.test',
          },
          {
            address: 'eve@example.test',
            state: 'delivered',
            attempts: 1,
            nextAttempt: at,
            lastReply: null,
            destination: null,
          },
        ],
        size: 2_048,
        acceptedAt: at,
        due: 0,
        reason: null,
      },
      {
        id: 8,
        traceId: '01hy',
        virtualServer: 'mx',
        state: 'frozen',
        reversePath: '',
        recipients: [],
        size: 1,
        acceptedAt: at,
        due: null,
        reason: '10 faults',
      },
    ],
    missed: async () => ({
      counts: [{ binding: 'mx/disclaimer/default', count: 12, last: at }],
      sends: [
        {
          at,
          message: 7,
          traceId: '01hx',
          binding: 'mx/disclaimer/default',
          revision: 'b7e23ec29af22b0b',
          fault: 'sandbox.breaker',
        },
      ],
    }),
    freeze: async ({ id }) => (id === 7 ? (done.push(`freeze ${id}`), 'done') : null),
    bounce: async ({ id }) => (id === 7 ? (done.push(`bounce ${id}`), 'done') : null),
    destinations: async () => [
      { name: 'mx.far.test', waiting: 3, oldest: at - 60_000, next: at, isFrozen: false, lastReply: '451 4.3.0 later' },
      { name: 'cold.test', waiting: 0, oldest: 0, next: 0, isFrozen: true, lastReply: null },
    ],
    freezeDestination: async ({ name }) => (done.push(`freeze ${name}`), 'done'),
    thawDestination: async ({ name }) => (done.push(`thaw ${name}`), 'done'),
    retryDestination: async ({ name }) => (done.push(`retry ${name}`), { waiting: name === 'mx.far.test' ? 3 : 0 }),
    aliases: async () => [{ address: 'all@example.test', members: ['bob@example.test', 'eve@far.test'] }],
    setAlias: async ({ address, members }) =>
      address.endsWith('@example.test') ? (done.push(`alias ${address} ${members.join(' ')}`), 'done') : null,
    removeAlias: async ({ address }) =>
      address === 'all@example.test' ? (done.push(`unalias ${address}`), 'done') : null,
    release: async ({ id }) => (id === 7 ? (done.push(`release ${id}`), 'done') : null),
    remove: async ({ id }) => (id === 7 ? (done.push(`remove ${id}`), 'done') : null),
    mailboxes: async () => [{ user: 'bob@example.test', messages: 2, size: 3_072 }],
    mailbox: async ({ user }) =>
      user === 'bob@example.test'
        ? [
            { uid: 1, size: 1_024, flags: ['\\Seen'], internalDate: at },
            { uid: 3, size: 2_048, flags: [], internalDate: at + 60_000 },
          ]
        : null,
    message: async ({ user, uid }) => (user === 'bob@example.test' && uid === 3 ? octets : null),
    recorded: async () => ({ recording: null, events: [] }),
    purge: async ({ address }) => {
      done.push(`purge ${address}`);
      return { traces: 2, recorded: 1 };
    },
    recent: async ({ after }) => {
      const said = { ...entry, kind: 'log', decision: 'info', detail: 'said hello' } as const;
      return { next: 7, entries: after < 7 ? [said, entry] : [] };
    },
    trace: async ({ id }) => {
      if (id === 'broken') throw new Fault('database.unavailable', {}, new Error('disk on fire'));
      if (id === 'long') return [{ ...step, detail: 'word '.repeat(100).trim() }];
      if (id !== '01hx') return null;
      return [
        { ...step, kind: 'session', event: 'MAIL', detail: 'from alice@example.test: 250 2.1.0 ok' },
        { ...entry, at: at + 12 },
        {
          ...entry,
          at: at + 13,
          binding: 'night',
          sink: 'slow',
          revision: 'ff00ff00ff',
          decision: null,
          detail: JSON.stringify({ fault: 'sandbox.deadline', event: 'onArrival', cause: 'late' }),
          ms: 2_000,
        },
        {
          ...entry,
          at: at + 14,
          decision: 'reject',
          detail: JSON.stringify({ reply: { code: 550, status: '5.7.1', text: 'No cats' } }),
          ms: 12.5,
        },
        {
          ...step,
          at: at + 2_015,
          kind: 'delivery',
          event: 'delivered',
          detail: JSON.stringify({ recipient: 'bob@example.test', mailbox: 'bob@example.test/INBOX' }),
        },
      ];
    },
    sinks: async () => [
      {
        name: 'disclaimer',
        version: '1.0.0',
        hash: 'b7e23ec29af22b0b',
        description: 'Adds a text.',
        events: ['onArrival'],
        settings: { type: 'object', properties: { text: { type: 'string' } } },
        bindings: ['mx/disclaimer/default', 'mx/disclaimer/other'],
        quickjs: ['mx/disclaimer/other'],
        shadows: [],
        limits: [],
        breakers: [
          { binding: 'mx/disclaimer/other', state: 'off', since: at, until: null, reason: 'sandbox.killed' },
          { binding: 'mx/disclaimer/default', state: 'open', since: at, until: at + 90_000, reason: 'sandbox.cpu' },
        ],
        problems: [],
      },
      {
        name: 'bad',
        version: '',
        hash: null,
        description: '',
        events: [],
        settings: null,
        bindings: [],
        quickjs: [],
        shadows: [],
        limits: [],
        breakers: [],
        problems: ['sinks/bad/sink.ts:3:5: expected ";"'],
      },
    ],
    turnOn: async ({ key }) => (key === 'mx/disclaimer/other' ? (done.push(`on ${key}`), 'done') : null),
    reload: async () => (done.push('reload'), { kind: 'done', changes: ['replace mx'] }),
    ...exampleKeys(done),
  };
}

const known = {
  id: 'ab'.repeat(32),
  subject: 'CN=Ann',
  issuer: 'CN=CA, O=Test',
  addresses: ['ann@example.test'],
  notBefore: at,
  notAfter: Date.UTC(2027, 10, 23),
  keyKind: 'rsa',
} as const;
const key = { ...known, owner: 'ann@example.test', canSign: true, canDecrypt: true, importedAt: at } as const;
const missing = { kind: 'refused', code: 'key-unknown', text: 'there is no such key' } as const;

/** A keystore with one key; a file `locked.p12` has the password `secret`. */
function exampleKeys(
  done: string[],
): Pick<Backend, Extract<keyof Backend, `${string}ey${string}` | `${string}ertificate${string}`>> {
  const remove = (id: string, noun: string) => {
    if (!known.id.startsWith(id)) return missing;
    done.push(`remove ${noun}`);
    return { kind: 'done', id: known.id } as const;
  };
  return {
    keys: async () => ({ kind: 'keys', keys: [key] }),
    importKeys: async ({ file, password, address, gateway }) => {
      if (file.endsWith('locked.p12') && password !== 'secret') {
        const [code, text] =
          password === null
            ? ['password-missing', 'the file is encrypted and no password was given']
            : ['password-wrong', 'the password is wrong, or the file is damaged'];
        return { kind: 'refused', code: code ?? '', text: text ?? '' };
      }
      done.push(`import for ${address ?? gateway}`);
      return { kind: 'keys', keys: [{ ...key, owner: gateway === null ? key.owner : `gateway ${gateway}` }] };
    },
    keyCertificates: async () => ({ kind: 'pem', pem: '-----BEGIN CERTIFICATE-----\n' }),
    removeKey: async ({ id }) => remove(id, 'key'),
    testKey: async () => ({ kind: 'tested', id: known.id, signs: true, decrypts: false, problem: null }),
    certificates: async () => ({ kind: 'certificates', certificates: [known] }),
    importCertificates: async () => ({ kind: 'kept', certificates: [known], known: 2 }),
    removeCertificate: async ({ id }) => remove(id, 'certificate'),
  };
}
