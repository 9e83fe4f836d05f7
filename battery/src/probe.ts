import { setTimeout as delay } from 'node:timers/promises';
import type { Person } from './crowd.ts';
import type { Field, Figures } from './field.ts';
import { isRetryable, newId, RefusalError, type CommandId, type ConversationId } from '@parley/events';

const everyMs = 200;

/**
 * Asks over HTTP, without any outbox in between, while work goes on: what a server says in a bad hour, and how soon.
 * Its conversation is none of the load's rooms.
 */
export async function probing<T extends Figures>(field: Field, work: () => Promise<T>): Promise<T & Figures> {
  const [person] = field.crowd.senders;
  if (!person) throw new Error('Nobody is there to ask.');
  const probe = new Probe(person, await person.client.createChannel('probe', 'private', []));
  const asking = probe.run();
  try {
    return { ...(await work()), ...probe.figures() };
  } finally {
    probe.stop();
    await asking;
  }
}

class Probe {
  readonly #person: Person;
  readonly #conversationId: ConversationId;
  readonly #kinds = new Map<string, number>();
  #slowestMs = 0;
  #final = 0;
  #over = false;

  constructor(person: Person, conversationId: ConversationId) {
    this.#person = person;
    this.#conversationId = conversationId;
  }

  /** `answerMaxMs`: the slowest answer; `finalRefusals`: those that told a client to give up. */
  figures(): Figures {
    const kinds = [...this.#kinds].map(([kind, count]) => `${count} ${kind}`).join(', ');
    return { answers: kinds, answerMaxMs: Math.round(this.#slowestMs), finalRefusals: this.#final };
  }

  stop(): void {
    this.#over = true;
  }

  #isOver(): boolean {
    return this.#over;
  }

  async run(): Promise<void> {
    while (!this.#isOver()) {
      const began = performance.now();
      const kind = await this.#ask();
      if (this.#isOver()) return;
      this.#slowestMs = Math.max(this.#slowestMs, performance.now() - began);
      this.#kinds.set(kind, (this.#kinds.get(kind) ?? 0) + 1);
      await delay(everyMs);
    }
  }

  /** @returns `ok`, or the kind of the refusal. */
  async #ask(): Promise<string> {
    const command = {
      type: 'message.send' as const,
      commandId: newId<CommandId>(),
      conversationId: this.#conversationId,
      content: { suite: 'none' as const, text: 'is anybody there?' },
    };
    try {
      const { results } = await this.#person.client.call('command', { commands: [command] });
      const [result] = results;
      return result && 'refusal' in result ? this.#refused(new RefusalError(result.refusal)) : 'ok';
    } catch (error) {
      return this.#refused(error);
    }
  }

  #refused(error: unknown): string {
    if (!(error instanceof Error) || !('refusal' in error)) return 'untyped';
    const { refusal } = error as RefusalError;
    if (!isRetryable(refusal)) this.#final += 1;
    return refusal.kind;
  }
}
