import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import * as contract from '../index.ts';
import { canonicalJson } from './canonical.ts';
import { PROTOCOL_VERSION } from './protocol-version.ts';
import { z } from './z.ts';

/** The hash that each protocol version froze. A change of any schema asks for a new version, its line, and its hash. */
const frozen: Record<number, string> = {
  1: 'c47e02fc966452d0f290a8b3b3d4e63303226faa5044ddc52c1c776f9089be5d',
  2: '625c57873b6032c96c2e6fbb0f9c7b2395ba31187d3da1397800ce66f547914f',
  3: 'aa6e6b930bb1933098331886e3c3b11c86ba776b4e481d6c0d70f28f65987f4d',
  4: '607d4cf0e7e93f6ff9319ddecdc83ffdc8671ae4ae1ead72874ddc7c21c65eb4',
};

function schemasOf(exported: object): [string, unknown][] {
  return Object.entries(exported).flatMap(([name, value]: [string, unknown]): [string, unknown][] => {
    if (value instanceof z.ZodType) return [[name, z.toJSONSchema(value, { io: 'input' })]];
    const isTable = typeof value === 'object' && value !== null && !Array.isArray(value);
    // What a program knows repeats the tables that are exported besides.
    if (!isTable || name === 'z' || name === 'knownEvents') return [];
    return schemasOf(value).map(([inner, schema]) => [`${name}.${inner}`, schema]);
  });
}

it('B6, G15: the wire is frozen: PROTOCOL_VERSION changes whenever a schema does', () => {
  const schemas = Object.fromEntries(schemasOf(contract));
  expect(Object.keys(schemas).length).toBeGreaterThan(60);
  const hash = createHash('sha256').update(canonicalJson(schemas)).digest('hex');
  expect(hash).toBe(frozen[PROTOCOL_VERSION]);
});
