import { generateKeyPairSync, sign } from 'node:crypto';

const DAY_MS = 86_400_000;

/** DER (X.690): a tag, the length, the content. */
function der(tag: number, ...parts: readonly (Buffer | number)[]): Buffer {
  const content = Buffer.concat(parts.map((part) => (typeof part === 'number' ? Buffer.from([part]) : part)));
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const sequence = (...parts: readonly Buffer[]): Buffer => der(0x30, ...parts);
const named = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));
const time = (at: number): Buffer =>
  der(0x17, Buffer.from(`${new Date(at).toISOString().replaceAll(/[-:T]/g, '').slice(2, 14)}Z`));

const ecdsaWithSha256 = sequence(named('2a8648ce3d040302'));
const commonName = sequence(der(0x31, sequence(named('550403'), der(0x0c, Buffer.from('a server of the tests')))));
const extensions = sequence(
  sequence(named('551d13'), der(0x04, sequence(der(0x01, 0xff)))),
  sequence(named('551d11'), der(0x04, sequence(der(0x82, Buffer.from('localhost')), der(0x87, 127, 0, 0, 1)))),
);

/** @returns a key and a self-signed certificate (RFC 5280) for localhost and 127.0.0.1, good for a day, both as PEM. */
export function selfSigned(): { key: string; cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const now = Date.now();
  const signed = sequence(
    der(0xa0, der(0x02, 2)),
    der(0x02, 1),
    ecdsaWithSha256,
    commonName,
    sequence(time(now - DAY_MS), time(now + DAY_MS)),
    commonName,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, extensions),
  );
  const bytes = sequence(signed, ecdsaWithSha256, der(0x03, 0, sign('sha256', signed, privateKey)));
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n'),
  };
}
