import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { sha256 as browserSha256 } from '@noble/hashes/sha2.js';
import { describe, expect, it } from 'vitest';
import { directConversationId } from '../log/direct-conversation.ts';
import { canonicalJson } from './canonical.ts';
import { chainNext, chainStart, commitment, type Sha256 } from './chain.ts';
import type { WireEvent } from './event.ts';
import { partitionOf, type ConversationId, type UserId, type WorkspaceId } from './ids.ts';

interface Vectors {
  canonical: { value: unknown; text: string }[];
  direct: { workspaceId: WorkspaceId; users: [UserId, UserId]; conversationId: ConversationId }[];
  partitions: { conversationId: ConversationId; partition: number }[];
  chains: {
    conversationId: ConversationId;
    start: string;
    events: { event: WireEvent & { salt: string }; commitment: string; chain: string }[];
  }[];
}

const folder = new URL('../../vectors/', import.meta.url);
const vectors = JSON.parse(readFileSync(new URL('vectors.json', folder), 'utf8')) as Vectors;
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

const hashes: [string, Sha256][] = [
  ['node:crypto', (bytes) => createHash('sha256').update(bytes).digest()],
  ['@noble/hashes', browserSha256],
];

describe('vectors', () => {
  it('RFC 8785 texts', () => {
    for (const { value, text } of vectors.canonical) expect(canonicalJson(value)).toBe(text);
  });

  it.each([[undefined], [Number.NaN], [Infinity], ['\ud800'], [{ '\udc00': 1 }]])(
    '%s has no canonical text',
    (value) => {
      expect(() => canonicalJson(value)).toThrow();
    },
  );

  it('ids of direct conversations', () => {
    for (const { workspaceId, users, conversationId } of vectors.direct) {
      expect(directConversationId(workspaceId, ...users)).toBe(conversationId);
    }
  });

  it('partitions', () => {
    for (const { conversationId, partition } of vectors.partitions) expect(partitionOf(conversationId)).toBe(partition);
  });

  it.each(hashes)('commitments and chain with %s', (_, sha256) => {
    for (const { conversationId, start, events } of vectors.chains) {
      let chain = chainStart(sha256, conversationId);
      expect(hex(chain)).toBe(start);
      for (const { event, ...expected } of events) {
        const committed = commitment(sha256, Buffer.from(event.salt, 'base64url'), canonicalJson(event.body));
        chain = chainNext(sha256, chain, event, committed);
        expect({ commitment: hex(committed), chain: hex(chain) }).toEqual(expected);
      }
    }
  });

  it('a checker in another language agrees', () => {
    const script = fileURLToPath(new URL('check.py', folder));
    expect(execFileSync('python3', [script], { encoding: 'utf8' })).toBe('All vectors agree.\n');
  });
});
