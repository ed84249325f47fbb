import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

/** Lines to octets as they go over the wire: CRLF, one character an octet. */
export const wire = (text: string): Buffer => Buffer.from(text.replaceAll('\n', '\r\n'), 'latin1');

const head = (subject: string): string => `Received: from client.example.org (client.example.org [192.0.2.7])
	by mail.example.test with ESMTP id 4711; Mon, 23 Nov 2026 12:00:01 +0000
From: Ann <ann@example.org>
To: Bob <bob@example.test>
Subject: ${subject}
Date: Mon, 23 Nov 2026 12:00:00 +0000
Message-ID: <${subject.toLowerCase().replaceAll(/[^a-z]+/g, '-')}@example.org>
MIME-Version: 1.0
`;
const armor = `-----BEGIN PGP MESSAGE-----

hQEMA0fJ3v5f2bq6AQf9Fe0zv5dK1f7Qm8m1m1r0a1yq3c2bq9u5q6s7t8u9v0w1
=abcd
-----END PGP MESSAGE-----
`;
const signature = `-----BEGIN PGP SIGNATURE-----

iQEzBAABCAAdFiEEabc0123456789abcdef0123456789abcdefFAmV0ZXN0AAoJ
=efgh
-----END PGP SIGNATURE-----
`;
const octets = (count: number): string =>
  Buffer.from(Array.from({ length: count }, (_, at) => (at * 131) % 251))
    .toString('base64')
    .replaceAll(/.{76}/g, '$&\n');

/** The messages by file name. `node test/messages/make.ts` writes them; S/MIME ones come from `smime/make.sh`. */
export const sources: Readonly<Record<string, Buffer>> = {
  'plain.eml': wire(`${head('Plain text')}Content-Type: text/plain; charset=us-ascii

Hello Bob,

this is plain text.

Ann
`),
  'alternative-attachment.eml': wire(`${head('HTML, text and a file')}Content-Type: multipart/mixed;
 boundary="----=_Part_1"

This is a multi-part message in MIME format.
------=_Part_1
Content-Type: multipart/alternative; boundary="----=_Part_2"

------=_Part_2
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: quoted-printable

Gr=C3=BC=C3=9Fe an alle, dies ist eine Zeile, die l=C3=A4nger ist als sechsund=
siebzig Zeichen.
------=_Part_2
Content-Type: text/html; charset="utf-8"
Content-Transfer-Encoding: quoted-printable

<!DOCTYPE html>
<html><head><style>p { margin: 0 }</style></head>
<body class=3D"a"><p>Gr=C3=BC=C3=9Fe an <b>alle</b></p></body></html>

------=_Part_2--

------=_Part_1
Content-Type: application/pdf; name="report.pdf"
Content-Disposition: attachment; filename="report.pdf"
Content-Transfer-Encoding: base64

${octets(1000)}
------=_Part_1--
This is the epilogue.
`),
  'flowed-latin1.eml': wire(`${head('Flowed')}Content-Type: text/plain; charset=ISO-8859-1; format=flowed
Content-Transfer-Encoding: 8bit

Dies ist ein Absatz mit Umlauten, \xe4\xf6\xfc, der \xfcber mehrere Zeilen \nflie\xdft und hier endet.

> zitiert \n> und weiter

-- \nAnn
`),
  'related.eml':
    wire(`${head('Related')}Content-Type: multipart/related; boundary=rel; start="<root@x>"; type="text/html"

--rel
Content-Type: image/png
Content-ID: <image@x>
Content-Transfer-Encoding: base64

iVBORw0KGgo=
--rel
Content-Type: text/html; charset=iso-8859-1
Content-ID: <root@x>

<p>Look: <img src="cid:image@x"></p>
--rel--
`),
  'report.eml': wire(`${head('Report')}Content-Type: multipart/report; report-type=delivery-status; boundary=rep

--rep

Your message was not delivered.
--rep
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.test

Final-Recipient: rfc822; bob@example.test
Action: failed
Status: 5.1.1
--rep--
`),
  'pgp-signed.eml': wire(`${head('PGP/MIME signed')}Content-Type: multipart/signed; micalg=pgp-sha256;
 protocol="application/pgp-signature"; boundary=pgp

--pgp
Content-Type: text/plain; charset=us-ascii

Signed text.
--pgp
Content-Type: application/pgp-signature; name=signature.asc

${signature}
--pgp--
`),
  'pgp-encrypted.eml': wire(`${head('PGP/MIME encrypted')}Content-Type: multipart/encrypted;
 protocol="application/pgp-encrypted"; boundary=pgp

--pgp
Content-Type: application/pgp-encrypted

Version: 1
--pgp
Content-Type: application/octet-stream; name=encrypted.asc

${armor}
--pgp--
`),
  'pgp-inline.eml': wire(`${head('Inline PGP')}Content-Type: text/plain; charset=utf-8

-----BEGIN PGP SIGNED MESSAGE-----
Hash: SHA256

Signed text.
${signature}`),
  'forwarded.eml': wire(`${head('Forwarded')}Content-Type: multipart/mixed; boundary=out

--out
Content-Type: text/plain; charset=utf-8

See below.
--out
Content-Type: message/rfc822

${head('Inner')}Content-Type: multipart/alternative; boundary=in

--in

inner text
--in
Content-Type: text/html

<p>inner text</p>
--in--

--out--
`),
  'odd.eml': Buffer.from(
    'X-Odd:   twice\r\nx-odd: TWICE\nSubject : spaced\r\nthis line is no field\r\nContent-Type: MULTIPART/Mixed;\r\n' +
      '\tboundary="a b = c "; x\r\n__proto__: none\r\n\r\nPreamble \0 NUL\n--a b = c \t\r\n\r\nfirst\n\r\n--a b = c\r\n\r\n--a b = c\n' +
      'Content-Type: text/plain; charset=x-nobody-knows\r\n\r\nlast, and never closed',
    'latin1',
  ),
};

const here = new URL('./', import.meta.url);

/** Every message file of this folder, with its path in it. */
export function fixtures(): readonly (readonly [name: string, octets: Buffer])[] {
  return readdirSync(here, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.eml'))
    .sort()
    .map((name) => [name, readFileSync(new URL(name, here))]);
}

if (import.meta.main)
  for (const [name, message] of Object.entries(sources)) writeFileSync(new URL(name, here), message);
