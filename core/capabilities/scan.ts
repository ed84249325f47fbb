import { z } from 'zod';
import type { ScanAnswer } from '../../sdk/capabilities/scan.ts';
import { formatDuration, formatSize } from '../units.ts';
import type { Capability, HostCall } from './capability.ts';
import type { Limits } from './limits.ts';
import { askClamd } from './scan/clamd.ts';
import { createUnderWay } from './under-way.ts';

export type ScanParts = {
  readonly limits: Limits;
  readonly signal: (duration: number) => AbortSignal;
  readonly now: () => number;
};

const none = z.tuple([]);
/** Messages one binding may have looked at, at the same time: clamd has a thread for each. */
const mostUnderWay = 8;

/** `scan`: clamd looks at the message. Only a verdict comes back; octets and address never enter the sandbox. */
export function scanCapability({ limits, signal, now }: ScanParts): Capability<'scan'> {
  const underWay = createUnderWay(mostUnderWay);
  const scan = async (call: HostCall<'scan'>, octets: Uint8Array): Promise<ScanAnswer> => {
    const { grant, until } = call;
    if (octets.length > grant.size) {
      limits.hit(call, 'scanned message', formatSize(grant.size));
      return { kind: 'failed', reason: 'too-large' };
    }
    const ends = signal(Math.max(1, Math.min(grant.timeout, until - now())));
    const answer = await askClamd({ where: grant.clamd, octets, signal: ends });
    if (answer.kind === 'failed' && answer.reason === 'timeout')
      limits.hit(call, 'scan time', formatDuration(grant.timeout));
    return answer;
  };
  return {
    async message(call, args) {
      none.parse(args);
      if (!call.message) throw new RangeError('this event has no message to scan');
      const { octets } = call.message;
      const answer = await underWay.run(call.binding.key, () => scan(call, octets));
      if (answer !== null) return answer;
      limits.hit(call, 'scans under way', String(mostUnderWay));
      return { kind: 'failed', reason: 'busy' };
    },
  };
}
