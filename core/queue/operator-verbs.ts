import type { QueueOperations } from './claimed.ts';
import { openMessageRow } from './json.ts';
import type { Queue } from './queue.ts';

const longestList = 1_000;

/** What operators ask and say. */
export function operatorVerbs(
  remote: QueueOperations,
): Pick<Queue, 'list' | 'setState' | 'resume' | 'remove' | 'missed' | 'destinations'> {
  return {
    async list({ after = 0, limit = longestList, ...filter } = {}) {
      const rows = await remote.list({
        state: filter.state ?? null,
        virtualServer: filter.virtualServer ?? null,
        from: filter.from ?? null,
        to: filter.to ?? null,
        destination: filter.destination ?? null,
        after,
        limit: Math.min(limit, longestList),
      });
      return rows.map(openMessageRow);
    },
    setState: (id, state, reason) => remote.setState({ id, state, reason: reason ?? null }),
    resume: (id) => remote.setState({ id, state: 'resume', reason: null }),
    remove: (id) => remote.remove(id),
    missed: () => remote.missed(longestList),
    destinations: {
      list: () => remote.destinations(),
      frozen: () => remote.frozen(),
      freeze: (name) => remote.freezeDestination(name),
      thaw: (name) => remote.thawDestination(name),
      retry: (name) => remote.retryDestination(name),
    },
  };
}
