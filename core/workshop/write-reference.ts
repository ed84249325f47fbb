import { mkdir, writeFile } from 'node:fs/promises';
import { formatReference } from './reference.ts';

/** `npm run docs`. */
const folder = new URL('../../sdk/docs/', import.meta.url);
await mkdir(folder, { recursive: true });
await writeFile(new URL('events.md', folder), formatReference());
