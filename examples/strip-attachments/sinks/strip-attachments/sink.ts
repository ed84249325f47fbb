import { defineSink, next, removePart, type PartData } from '@sluice/sdk';
import { z } from 'zod';

/** Takes attachments out that nobody should get by mail, and leaves a notice in their place. */
export default defineSink({
  name: 'strip-attachments',
  version: '1.0.0',
  description: 'Removes attachments by the end of their name.',
  role: 'edits',
  settings: z.strictObject({ endings: z.array(z.string()).default(['.exe', '.js', '.scr', '.vbs']) }),

  onArrival({ message, settings }, { log }) {
    const isBad = ({ filename }: PartData): boolean =>
      settings.endings.some((ending) => filename?.trim().toLowerCase().endsWith(ending) ?? false);
    const bad = leaves(message.tree).filter(isBad);
    if (bad.length > 0) log.warn('removed', { files: bad.map(({ filename }) => filename) });
    return next(...bad.map(({ path, filename }) => removePart(path, `The attachment ${filename} was removed.`)));
  },
});

/** Parts that have no parts. */
function leaves(part: PartData): readonly PartData[] {
  return part.parts.length === 0 ? [part] : part.parts.flatMap(leaves);
}
