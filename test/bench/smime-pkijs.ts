import { createHash, webcrypto } from 'node:crypto';
import * as asn1 from 'asn1js';
import * as pkijs from 'pkijs';
import type { Person } from '../core/smime/people.ts';

const oids = {
  data: '1.2.840.113549.1.7.1',
  signedData: '1.2.840.113549.1.7.2',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingTime: '1.2.840.113549.1.9.5',
};

/** Signs as we do, detached, with signed attributes, by pkijs and the WebCrypto of Node. The key is imported once. */
export async function createPkijsSigner({
  certificate,
  key,
}: Person): Promise<(content: Uint8Array) => Promise<Uint8Array>> {
  const pkcs8 = key.export({ type: 'pkcs8', format: 'der' });
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  const signing = await webcrypto.subtle.importKey('pkcs8', pkcs8, algorithm, false, ['sign']);
  const read = pkijs.Certificate.fromBER(certificate);
  return async (content) => {
    const attributes = [
      new pkijs.Attribute({ type: oids.contentType, values: [new asn1.ObjectIdentifier({ value: oids.data })] }),
      new pkijs.Attribute({ type: oids.signingTime, values: [new asn1.UTCTime({ valueDate: new Date(0) })] }),
      new pkijs.Attribute({
        type: oids.messageDigest,
        values: [new asn1.OctetString({ valueHex: createHash('sha256').update(content).digest() })],
      }),
    ];
    const signer = new pkijs.SignerInfo({
      version: 1,
      sid: new pkijs.IssuerAndSerialNumber({ issuer: read.issuer, serialNumber: read.serialNumber }),
      signedAttrs: new pkijs.SignedAndUnsignedAttributes({ type: 0, attributes }),
    });
    const data = new pkijs.SignedData({
      version: 1,
      encapContentInfo: new pkijs.EncapsulatedContentInfo({ eContentType: oids.data }),
      signerInfos: [signer],
      certificates: [read],
    });
    await data.sign(signing, 0, 'SHA-256', new Uint8Array(content).buffer);
    const info = new pkijs.ContentInfo({ contentType: oids.signedData, content: data.toSchema(true) });
    return new Uint8Array(info.toSchema().toBER(false));
  };
}
