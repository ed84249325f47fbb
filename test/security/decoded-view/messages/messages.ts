import { charsets } from './charsets.ts';
import { codings } from './codings.ts';
import { fields } from './fields.ts';
import type { Hostile } from './hostile.ts';
import { structures } from './structures.ts';
import { texts } from './texts.ts';

/** Messages meant to hang or crash whoever shows them. */
export const hostile: Hostile = { ...charsets, ...codings, ...structures, ...fields, ...texts };
