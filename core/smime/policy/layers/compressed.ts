import { compress, decompress } from '../../compress.ts';
import { oids } from '../../cms/oids.ts';
import { decodedBody, writePkcs7Mime } from '../../entity.ts';
import { openView } from '../view.ts';
import { refused, type Layer, type Refused, type Target } from './layer.ts';
import { layerOf, putBack, refusePlace } from './signed.ts';

/** Compressed data inside a signature or an encryption: inflated within limits, and compressed again. @source RFC 3274 */
export async function openCompressed({ message, found, edits }: Target): Promise<Layer | Refused> {
  const inflated = await decompress(await decodedBody(message.octets, found.part));
  if (inflated.kind !== 'decompressed') return refused(`compressed data: ${inflated.reason}`);
  if (inflated.contentType !== oids.data) return refused('compressed data with something else than MIME inside');
  const placed = refusePlace(message, found.part);
  if (placed !== null) return refused(placed);
  const view = await openView(message, found.part, { entity: inflated.content, part: null }, edits);
  if (!('find' in view)) return view;
  return {
    ...layerOf(view),
    close: (octets) =>
      putBack(view, octets, async (entity) => writePkcs7Mime(await compress(entity), 'compressed-data')),
  };
}
