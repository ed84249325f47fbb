#!/bin/sh
# Makes the S/MIME fixtures beside it, with a test CA of its own. Run it by hand, and commit what it makes.
# Keys are thrown away: nothing here needs them, and the certificates last to the year 9900 or so.
set -eu
cd "$(dirname "$0")"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
days=2870000

openssl req -x509 -newkey rsa:2048 -nodes -days $days -subj '/CN=Sluice Test CA' \
  -keyout "$scratch/ca.key" -out "$scratch/ca.pem" 2>/dev/null
openssl req -newkey rsa:2048 -nodes -subj '/CN=Ann/emailAddress=ann@example.org' \
  -keyout "$scratch/ann.key" -out "$scratch/ann.csr" 2>/dev/null
printf 'subjectAltName=email:ann@example.org\nextendedKeyUsage=emailProtection\nkeyUsage=digitalSignature,keyEncipherment\n' \
  >"$scratch/ann.ext"
openssl x509 -req -in "$scratch/ann.csr" -CA "$scratch/ca.pem" -CAkey "$scratch/ca.key" -CAcreateserial \
  -days $days -extfile "$scratch/ann.ext" -out "$scratch/ann.pem" 2>/dev/null
cp "$scratch/ca.pem" ca.pem

printf 'Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nHello Bob,\r\n\r\nthis is signed.\r\n\r\nAnn\r\n' >"$scratch/content"
sign() { openssl cms -sign -signer "$scratch/ann.pem" -inkey "$scratch/ann.key" -md sha256 "$@"; }
header() {
  printf 'From: Ann <ann@example.org>\r\nTo: Bob <bob@example.test>\r\nSubject: %s\r\n' "$1"
  printf 'Date: Mon, 23 Nov 2026 12:00:00 +0000\r\nMessage-ID: <%s@example.org>\r\n' "$2"
}
# Every line end becomes CRLF; base64 and the clear text alike.
crlf() { sed 's/\r$//; s/$/\r/'; }

{ header 'Clear-signed' clear-signed; sign -binary -in "$scratch/content" | crlf; } >clear-signed.eml
{ header 'Opaque-signed' opaque-signed; sign -binary -nodetach -in "$scratch/content" | crlf; } >opaque-signed.eml
{ header 'Enveloped' enveloped; openssl cms -encrypt -binary -aes256 -in "$scratch/content" "$scratch/ann.pem" | crlf; } \
  >enveloped.eml
{ header 'Auth-enveloped' auth-enveloped; openssl cms -encrypt -binary -aes-256-gcm -in "$scratch/content" "$scratch/ann.pem" | crlf; } \
  >auth-enveloped.eml
sign -binary -in "$scratch/content" | crlf >"$scratch/inner"
{
  header 'Fwd: signed, in a list' nested-signed
  printf 'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="outer"\r\n\r\n--outer\r\n'
  printf 'Content-Type: text/plain; charset=us-ascii\r\n\r\nSee below.\r\n--outer\r\nContent-Type: message/rfc822\r\n\r\n'
  header 'Clear-signed' inner
  cat "$scratch/inner"
  printf '\r\n--outer--\r\n'
} >nested-signed.eml
