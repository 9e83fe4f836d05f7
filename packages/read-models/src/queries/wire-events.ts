import { createHash } from 'node:crypto';
import type { ConversationId, WireEvent } from '@parley/events';
import type { Binary } from 'mongodb';
import { idText, keySeq } from '../binary-ids.ts';
import type { EventDocument } from '../documents/events.ts';

/** @returns an archived event in the wire's form. */
export function wireEvent(event: EventDocument): WireEvent {
  const header = {
    v: event.v,
    type: event.t,
    conversationId: idText<ConversationId>(event._id),
    seq: keySeq(event._id),
    at: event.a,
    actor: { userId: idText(event.u), deviceId: idText(event.d) },
    commandId: idText(event.k),
  };
  return { ...header, ...contentOf(event) } as WireEvent;
}

/** A body that is no JSON has no form on the wire: its commitment stands for it, as for an erased one. */
function contentOf(event: EventDocument): Partial<WireEvent> {
  if (event.b === undefined) return event.c ? { commitment: base64url(event.c) } : {};
  const body = parsed(event.b);
  if (body === undefined) return { commitment: commitmentText(event.s?.buffer ?? new Uint8Array(), event.b) };
  return event.s ? { salt: base64url(event.s), body } : { body };
}

function parsed(text: string): WireEvent['body'] {
  try {
    return JSON.parse(text) as NonNullable<WireEvent['body']>;
  } catch {
    return undefined;
  }
}

function commitmentText(salt: Uint8Array, body: string): string {
  return createHash('sha256').update(salt).update(body).digest('base64url');
}

function base64url(binary: Binary): string {
  return Buffer.from(binary.buffer).toString('base64url');
}
