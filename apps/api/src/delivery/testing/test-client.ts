import {
  isRetryable,
  newId,
  PROTOCOL_VERSION,
  RefusalError,
  type Actor,
  type Command,
  type CommandId,
  type ConversationId,
  type Epoch,
  type LiveEvents,
  type Mark,
  type Marks,
  type Receipt,
  type SocketReply,
  type SocketReplyOf,
  type SocketRequestName,
  type SocketRequestOf,
  type SyncPage,
  type UserId,
  type WireEvent,
} from '@parley/events';
import { setTimeout as pause } from 'node:timers/promises';
import { io, type Socket } from 'socket.io-client';
import { eventually } from './eventually.ts';
import { tokenOf, type TestNode } from './test-node.ts';

/** How long an answer may take, and what may pass to pass: a bound for slow machines, by which nothing is measured. */
const PATIENCE_MS = 60_000;

/** Settings of socket.io-client for a test. */
type ClientOptions = Parameters<typeof io>[1];

/** A raw client: keeps every frame as it came, and what it holds as the protocol says a client must. */
export class TestClient {
  readonly socket: Socket;
  readonly actor: Actor;
  readonly frames: LiveEvents[] = [];
  readonly pushes: { name: string; value: unknown }[] = [];
  /** Event by seq, of each conversation. */
  readonly held = new Map<ConversationId, Map<number, WireEvent>>();
  readonly epochs = new Map<ConversationId, Epoch>();
  /** Frames for a seq that was held already. */
  doubles = 0;

  constructor(node: TestNode, actor: Actor, options: ClientOptions = {}) {
    this.actor = actor;
    const auth = { token: tokenOf(actor), protocol: PROTOCOL_VERSION };
    this.socket = io(node.url, { transports: ['websocket'], forceNew: true, reconnection: false, auth, ...options });
    this.socket.on('events', (live: LiveEvents) => {
      this.frames.push(live);
      this.#take(live.conversationId, live.epoch, live.events);
    });
    // Until it went through or the socket is gone, as every client must.
    this.socket.on('resync', () => void this.catchUp().catch(() => undefined));
    for (const name of ['marks', 'typing', 'presence', 'resync', 'drain']) {
      this.socket.on(name, (value: unknown) => this.pushes.push({ name, value }));
    }
  }

  /** Waits for the connection, then syncs until nothing is missing. */
  async ready(): Promise<this> {
    if (!this.socket.connected) {
      await new Promise<void>((resolve, reject) => {
        this.socket.once('connect', resolve);
        this.socket.once('connect_error', reject);
      });
    }
    await this.catchUp();
    return this;
  }

  async ask<N extends SocketRequestName>(name: N, request: SocketRequestOf<N>): Promise<SocketReply<SocketReplyOf<N>>> {
    return (await this.socket.timeout(PATIENCE_MS).emitWithAck(name, request)) as SocketReply<SocketReplyOf<N>>;
  }

  /** @returns the reply, asked for again while the refusal may pass. @throws RefusalError. */
  must<N extends SocketRequestName>(name: N, request: SocketRequestOf<N>): Promise<SocketReplyOf<N>> {
    return inTheEnd(async () => replyOf(await this.ask(name, request)));
  }

  /** @returns the receipt of a command, sent again under its id while the refusal may pass. @throws RefusalError. */
  done(command: Command): Promise<Receipt> {
    return inTheEnd(() => this.once(command));
  }

  /** One attempt at a command. @returns its receipt. @throws RefusalError, also of a kind that may pass. */
  async once(command: Command): Promise<Receipt> {
    const { results } = replyOf(await this.ask('command', { commands: [command] }));
    const [result] = results;
    if (!result) throw new Error('no result');
    if ('refusal' in result) throw new RefusalError(result.refusal);
    return result.receipt;
  }

  createGroup(members: readonly Actor[]): Promise<Receipt> {
    return this.done({
      type: 'conversation.create',
      commandId: newId<CommandId>(),
      kind: 'group',
      name: 'Harbour',
      members: members.map(({ userId }) => userId),
    });
  }

  send(conversationId: ConversationId, text: string, commandId = newId<CommandId>()): Promise<Receipt> {
    return this.done(messageCommand(conversationId, text, commandId));
  }

  /** Asks for what is missing until nothing is. */
  async catchUp(): Promise<SyncPage[]> {
    const pages: SyncPage[] = [];
    for (;;) {
      const page = await this.must('sync', { positions: this.positions() });
      pages.push(page);
      for (const { conversationId, epoch, events, withheld } of page.conversations) {
        this.#take(conversationId, epoch, events);
        for (const { from, to } of withheld) this.#skip(conversationId, from, to);
      }
      for (const conversationId of page.gone) this.held.delete(conversationId);
      if (!page.more) return pages;
    }
  }

  positions(): Record<Epoch, Record<ConversationId, number>> {
    const positions: Record<Epoch, Record<ConversationId, number>> = {};
    for (const conversationId of this.held.keys()) {
      const epoch = this.epochs.get(conversationId);
      if (epoch) (positions[epoch] ??= {})[conversationId] = this.reach(conversationId);
    }
    return positions;
  }

  /** @returns the last seq up to which nothing is missing. */
  reach(conversationId: ConversationId): number {
    const events = this.held.get(conversationId);
    let seq = 0;
    while (events?.has(seq + 1)) seq += 1;
    return seq;
  }

  /** @returns the texts that it holds, by seq. */
  texts(conversationId: ConversationId): string[] {
    const events = [...(this.held.get(conversationId)?.values() ?? [])].sort((a, b) => a.seq - b.seq);
    return events.flatMap(({ type, body }) =>
      type === 'message.sent' ? [(body as { content: { text: string } }).content.text] : [],
    );
  }

  /** Waits until nothing is missing up to `seq`. */
  async holds(conversationId: ConversationId, seq: number): Promise<void> {
    await eventually(() => this.reach(conversationId) >= seq, `${seq} in reach, have ${this.reach(conversationId)}`);
  }

  /** Cuts the connection without a word, as a lost network does. */
  drop(): void {
    this.socket.io.engine.close();
  }

  close(): void {
    this.socket.disconnect();
  }

  /** What it was told of one member's marks. */
  marksOf(userId: UserId): Mark[] {
    const told = this.pushes.flatMap(({ name, value }) => (name === 'marks' ? (value as Marks).marks : []));
    return told.filter((mark) => mark.userId === userId);
  }

  #take(conversationId: ConversationId, epoch: Epoch, events: readonly WireEvent[]): void {
    this.epochs.set(conversationId, epoch);
    const held = this.held.get(conversationId) ?? new Map<number, WireEvent>();
    this.held.set(conversationId, held);
    for (const event of events) {
      if (held.has(event.seq)) this.doubles += 1;
      else held.set(event.seq, event);
    }
  }

  #skip(conversationId: ConversationId, from: number, to: number): void {
    const held = this.held.get(conversationId);
    for (let seq = from; seq <= to; seq += 1) held?.set(seq, { type: 'withheld', seq } as WireEvent);
  }
}

/** @returns the command that sends a plain message. */
export function messageCommand(conversationId: ConversationId, text: string, commandId = newId<CommandId>()): Command {
  return { type: 'message.send', commandId, conversationId, content: { suite: 'none', text } };
}

function replyOf<T>(answer: SocketReply<T>): T {
  if (!answer.ok) throw new RefusalError(answer.refusal);
  return answer.reply;
}

/** @returns what an attempt gives, made again while its refusal may pass. @throws whatever else it throws. */
async function inTheEnd<T>(attempt: () => Promise<T>): Promise<T> {
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      const mayPass = error instanceof RefusalError && isRetryable(error.refusal);
      if (!mayPass || performance.now() > end) throw error;
    }
    await pause(20);
  }
}
