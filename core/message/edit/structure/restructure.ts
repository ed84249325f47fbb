import { indexMessage } from '../../index/indexer.ts';
import type { Part } from '../../part.ts';
import type { Draft } from '../journal.ts';
import type { Change, State } from '../outcome.ts';
import { writeDraft } from '../writer.ts';
import { applySplices, type Act, type Plan, type Scene } from './scene.ts';

/** Old paths and what they are called now; those of parts that are gone are missing. */
export type Names = ReadonlyMap<string, string>;

export type Restructured =
  | { readonly kind: 'done'; readonly state: State; readonly changes: readonly Change[]; readonly names: Names }
  | { readonly kind: 'skipped'; readonly reason: string };

/**
 * Makes a change of the tree: the edits so far are written, the plan is made on that, and the result is indexed anew.
 * When its tree is not the old one but for what was planned, readers could see something else than was meant: then
 * nothing is changed.
 *
 * LIMIT: each change of the tree copies the message.
 */
export function restructure({ draft, root }: State, makePlan: (scene: Scene) => Plan): Restructured {
  const scene = sceneOf(draft, root);
  const plan = makePlan(scene);
  if (plan.kind === 'skipped') return plan;
  const octets = applySplices(scene.octets, plan.splices);
  const after = indexMessage(octets);
  if (after.limit !== null) return { kind: 'skipped', reason: `the message would have ${after.limit}` };
  const names = new Map<string, string>();
  if (!match({ was: scene.root, is: after.root }, plan.act, names))
    return { kind: 'skipped', reason: 'the message is so odd that its other parts would not stay what they are' };
  const part = plan.act.part.path;
  const changes = plan.splices.map(({ at, removed, octets: put }) => ({ part, at, removed, added: put.length }));
  return {
    kind: 'done',
    state: { draft: { octets, lineEnd: draft.lineEnd, journal: new Map() }, root: after.root },
    changes,
    names,
  };
}

/** The message with all edits in its octets. */
function sceneOf(draft: Draft, root: Part): Scene {
  if (draft.journal.size === 0) return { octets: draft.octets, root, lineEnd: draft.lineEnd };
  const octets = writeDraft(draft);
  return { octets, root: indexMessage(octets).root, lineEnd: draft.lineEnd };
}

type Pair = { readonly was: Part; readonly is: Part };

/** Walks the old and the new tree together. Depth is bounded by the index. */
function match({ was, is }: Pair, act: Act, names: Map<string, string>): boolean {
  const own = act.part === was ? act : null;
  const inner = own?.kind === 'enclose' ? is.parts[0] : is;
  if (own?.kind === 'enclose' && is.parts.length !== own.others + 1) return false;
  if (!inner) return false;
  names.set(was.path, inner.path);
  if (own?.kind === 'replace') return inner.parts.length === 0;
  if (inner.type !== was.type || (inner.boundary ?? '') !== (was.boundary ?? '')) return false;
  if (was.parts.length === 0 && own?.kind !== 'append')
    return inner.parts.length === 0 && sizeOf(inner) === sizeOf(was);
  const kept = act.kind === 'remove' ? was.parts.filter((part) => part !== act.part) : was.parts;
  if (inner.parts.length !== kept.length + (own?.kind === 'append' ? own.others : 0)) return false;
  return kept.every((part, at) => {
    const now = inner.parts[at];
    return now !== undefined && match({ was: part, is: now }, act, names);
  });
}

const sizeOf = ({ body }: Part): number => body.to - body.from;
