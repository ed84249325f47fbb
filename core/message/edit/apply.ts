import type { EditOf, editKinds } from '../../../sdk/edits.ts';
import { applyHeaderEdit } from './header-edit.ts';
import { applyInsertText } from './insert-text.ts';
import type { Applied, State } from './outcome.ts';
import { composeChanges } from './structure/compose.ts';
import { placeImages, planImages } from './structure/inline-images.ts';
import { planAddPart, planRemovePart, planReplacePart, planWrap } from './structure/parts.ts';
import { restructure, type Names, type Restructured } from './structure/restructure.ts';
import { findTargets } from './targets.ts';

/** The edits a message understands; the others are about the envelope or the session. */
export type MessageEdit = EditOf<(typeof editKinds)['header' | 'body'][number]>;

/**
 * What parts are called now that were named before some edits: a sink names those it was shown, in all the edits of
 * an answer. Null while all are called what they were; those that are gone are missing.
 */
export type Renamed = Names | null;

/** One edit applied, or why it cannot be. Names are null when it renamed nothing. */
export type Done =
  | (Omit<Extract<Restructured, { readonly kind: 'done' }>, 'names'> & { readonly names: Names | null })
  | Extract<Applied, { readonly kind: 'skipped' }>;

export function applyEdit(state: State, edit: MessageEdit, renamed: Renamed): Done {
  switch (edit.kind) {
    case 'prepend-field':
    case 'append-field':
    case 'set-field':
    case 'remove-fields':
      return inTree(state, applyHeaderEdit(state.draft, state.root, edit));
    case 'insert-text':
      return (edit.images?.length ?? 0) > 0 && edit.html !== '' ? insertWithImages(state, edit) : insert(state, edit);
    case 'add-part':
      return restructure(state, (scene) => planAddPart(scene, edit));
    case 'wrap':
      return restructure(state, (scene) => planWrap(scene, edit));
    case 'replace-part':
    case 'remove-part':
      break;
  }
  const path = renamed ? renamed.get(edit.path) : edit.path;
  if (path === undefined) return { kind: 'skipped', reason: `part ${edit.path} is gone, or never was` };
  return restructure(state, (scene) =>
    edit.kind === 'replace-part' ? planReplacePart(scene, { ...edit, path }) : planRemovePart(scene, { ...edit, path }),
  );
}

const inTree = ({ root }: State, applied: Applied): Done =>
  applied.kind === 'skipped'
    ? applied
    : { kind: 'done', state: { draft: applied.draft, root }, changes: applied.changes, names: null };

const insert = (state: State, edit: EditOf<'insert-text'>): Done =>
  inTree(state, applyInsertText(state.draft, findTargets(state.root), edit));

/** The text first, then the images its HTML shows, beside the first part that got it. */
function insertWithImages(state: State, edit: EditOf<'insert-text'>): Done {
  const target = findTargets(state.root).find(({ form }) => form === 'html');
  if (!target) return insert(state, edit);
  const placed = placeImages({ octets: state.draft.octets, root: state.root }, edit.html, edit.images ?? []);
  if (placed.kind === 'bad') return { kind: 'skipped', reason: placed.reason };
  const text = insert(state, { ...edit, html: placed.html });
  if (text.kind === 'skipped' || placed.missing.length === 0) return text;
  const images = restructure(text.state, (scene) => planImages(scene, target.part.path, placed.missing));
  if (images.kind === 'skipped') return images;
  return { ...images, changes: composeChanges(text.changes, images.changes) };
}
