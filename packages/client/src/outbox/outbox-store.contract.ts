import { newId, type Command, type CommandId, type ConversationId } from '@parley/events';
import { afterEach, describe, expect, it } from 'vitest';
import { conversationId } from '../testing/story.ts';
import type { NewEntry, OutboxEntry } from './outbox-entry.ts';
import type { OutboxStore } from './outbox-store.ts';

/** @returns an entry for a message. */
export function entryOf(text: string, lane: ConversationId = conversationId): NewEntry {
  const commandId = newId<CommandId>();
  const content = { suite: 'none', text } as const;
  const command: Command = { type: 'message.send', commandId, conversationId: lane, content };
  return { commandId, lane, at: 1, command, state: 'waiting', tried: false };
}

/** @returns what the messages of entries say, in order. */
export const texts = (entries: readonly OutboxEntry[]): string[] =>
  entries.map(({ command }) =>
    command.type === 'message.send' && 'text' in command.content ? command.content.text : '',
  );

/**
 * What every place for an outbox must do.
 * @param place makes an empty place; `open` opens it as a client would, any number of times one after the other.
 */
export function outboxStoreContract(
  name: string,
  place: () => Promise<{ open: () => Promise<OutboxStore>; leave?: () => Promise<void> }>,
): void {
  describe(`${name} as an outbox store`, () => {
    const leaving: (() => Promise<void>)[] = [];
    afterEach(async () => {
      for (const leave of leaving.splice(0).reverse()) await leave();
    });

    async function opened(): Promise<{ store: OutboxStore; reopen: () => Promise<OutboxStore> }> {
      const { open, leave } = await place();
      if (leave) leaving.push(leave);
      let current = await open();
      leaving.push(() => current.close());
      const reopen = async (): Promise<OutboxStore> => {
        await current.close();
        current = await open();
        return current;
      };
      return { store: current, reopen };
    }

    it('keeps the order of adding, also when nobody waits in between', async () => {
      const { store } = await opened();
      const orders = await Promise.all(['a', 'b', 'c', 'd'].map((text) => store.add(entryOf(text))));
      expect(orders).toEqual([...orders].sort((a, b) => a - b));
      expect(texts(await store.all())).toEqual(['a', 'b', 'c', 'd']);
    });

    it('gives back after reopening what was added, changed and removed before', async () => {
      const { store, reopen } = await opened();
      const [a, b, c] = [entryOf('a'), entryOf('b'), entryOf('c')];
      await store.add(a);
      const order = await store.add(b);
      await store.add(c);
      const refusal = { kind: 'not_found', message: 'There is no such conversation.' } as const;
      await store.update({ ...b, order, state: 'failed', refusal });
      await store.remove([a.commandId]);
      const again = await (await reopen()).all();
      expect(again.map((entry) => [entry.commandId, entry.state, entry.refusal])).toEqual([
        [b.commandId, 'failed', refusal],
        [c.commandId, 'waiting', undefined],
      ]);
    });

    it('never gives an order twice, also when the newest entry is gone', async () => {
      const { store, reopen } = await opened();
      const a = entryOf('a');
      const before = await store.add(a);
      await store.remove([a.commandId]);
      expect(await (await reopen()).add(entryOf('b'))).toBeGreaterThan(before);
    });

    it('does not bring back an entry that is gone when a late change of it arrives', async () => {
      const { store, reopen } = await opened();
      const a = entryOf('a');
      const order = await store.add(a);
      await store.remove([a.commandId]);
      await store.update({ ...a, order, state: 'acked' });
      await store.remove([a.commandId]);
      expect(await (await reopen()).all()).toEqual([]);
    });

    it('B3: swaps an entry for one behind all others, and of several who ask for it one does it', async () => {
      const { store, reopen } = await opened();
      const [a, b] = [entryOf('a'), entryOf('b')];
      await store.add(a);
      const last = await store.add(b);
      const asked = ['a once more', 'a twice more'].map((text) => store.swap(a.commandId, entryOf(text)));
      const orders = await Promise.all([...asked, store.swap(newId<CommandId>(), entryOf('of nothing'))]);
      expect(orders.filter((order) => order !== null)).toHaveLength(1);
      expect(orders[0]).toBeGreaterThan(last);
      expect(texts(await store.all())).toEqual(['b', 'a once more']);
      expect(texts(await (await reopen()).all())).toEqual(['b', 'a once more']);
    });

    it('takes thousands of changes', async () => {
      const { store, reopen } = await opened();
      const entries = Array.from({ length: 700 }, (_, at) => entryOf(`m${at}`));
      const orders = await Promise.all(entries.map((entry) => store.add(entry)));
      await Promise.all(entries.map((entry, at) => store.update({ ...entry, order: orders[at] ?? 0, tried: true })));
      await store.remove(entries.slice(0, 690).map((entry) => entry.commandId));
      expect(texts(await (await reopen()).all())).toEqual(entries.slice(690).map((_, at) => `m${690 + at}`));
    });
  });
}
