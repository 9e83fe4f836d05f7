import type { Crowd, Person, Room } from './crowd.ts';
import type { Recorder } from './record.ts';
import { reactionValue } from './stored-value.ts';

/** Of a hundred operations so many are edits or reactions, and joins or leaves; the rest are messages. */
const CHANGES = 5;
const MOVES = 2;

/**
 * The load: each sender in turn says something of its own in each of its rooms in turn, at a steady rate until it is
 * stopped; some operations are edits and reactions, and some let a room's guest in or out. What goes wrong is the
 * client's matter: it keeps every command until it is decided.
 */
export class Sending {
  readonly #crowd: Crowd;
  readonly #recorder: Recorder;
  readonly #run: string;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #started = performance.now();
  readonly #perSecond: number;
  readonly #roomsOf: ReadonlyMap<Person, readonly Room[]>;
  /** Rooms whose guest is just being let in or out. */
  readonly #moving = new Set<Room>();
  readonly #out = new Set<Room>();
  #done = 0;
  #stopped = false;
  readonly counts = { messages: 0, edits: 0, reactions: 0, joins: 0, leaves: 0 };

  /** @param run makes the texts of this run differ from those of all others. */
  constructor(crowd: Crowd, recorder: Recorder, run: string, perSecond: number) {
    this.#crowd = crowd;
    this.#recorder = recorder;
    this.#run = run;
    this.#perSecond = perSecond;
    this.#roomsOf = new Map(
      crowd.senders.map((sender) => [sender, crowd.rooms.filter((room) => room.people.includes(sender))]),
    );
    this.#timer = setInterval(() => this.#catchUp(), 10);
  }

  /** Whether all that stopped with the load is decided: only then it is known who is in which room. */
  get settled(): boolean {
    return this.#stopped && this.#moving.size === 0;
  }

  isIn(room: Room): boolean {
    return !this.#out.has(room);
  }

  stop(): void {
    this.#stopped = true;
    clearInterval(this.#timer);
  }

  #catchUp(): void {
    const due = ((performance.now() - this.#started) * this.#perSecond) / 1_000;
    for (; this.#done < due; this.#done += 1)
      this.#one(this.#done).catch((error: unknown) => this.#recorder.add({ kind: 'note', text: String(error) }));
  }

  async #one(number: number): Promise<void> {
    const { senders, rooms } = this.#crowd;
    const person = senders[number % senders.length];
    const own = person && this.#roomsOf.get(person);
    const room = own?.[Math.floor(number / senders.length) % own.length];
    if (!person || !room) return;
    const kind = (number * 37) % 100;
    if (kind < MOVES) await this.#moveGuest(rooms[Math.floor((number * 7) / 50) % rooms.length] ?? room);
    else if (kind >= MOVES + CHANGES || !(await this.#change(room, person, number)))
      await this.#say(room, person, number);
  }

  async #say(room: Room, person: Person, number: number): Promise<void> {
    const text = `${this.#run} ${person.name} ${number}`;
    this.#asked(room, person, await person.client.send(room.conversationId, { suite: 'none', text }), text);
    this.counts.messages += 1;
  }

  /** An edit of one's own newest message, or a reaction to anybody's. @returns false where there is none yet. */
  async #change(room: Room, person: Person, number: number): Promise<boolean> {
    const { items, complete } = person.client.timeline(room.conversationId);
    const edits = number % 2 === 0;
    const last = items.findLast(
      (item) =>
        item.kind === 'message' &&
        (item.message.seq ?? Infinity) <= complete &&
        (!edits || item.message.userId === person.userId),
    );
    if (last?.kind !== 'message' || last.message.seq === null) return false;
    if (edits) await this.#edit(room, person, last.message.seq, `${this.#run} ${person.name} edit ${number}`);
    else await this.#react(room, person, last.message.seq);
    return true;
  }

  async #edit(room: Room, person: Person, seq: number, text: string): Promise<void> {
    const op = await person.client.edit(room.conversationId, seq, { suite: 'none', text });
    this.#asked(room, person, op, text);
    this.counts.edits += 1;
  }

  async #react(room: Room, person: Person, seq: number): Promise<void> {
    this.#asked(room, person, await person.client.react(room.conversationId, seq, '👍', true), reactionValue);
    this.counts.reactions += 1;
  }

  #asked({ conversationId }: Room, { userId, session }: Person, op: string, value: string): void {
    this.#recorder.add({ kind: 'invoke', op, userId, deviceId: session.deviceId, conversationId, value });
  }

  /** Lets a room's guest out, or in again. The event itself says in the end from where to where it may see. */
  async #moveGuest(room: Room): Promise<void> {
    if (this.#moving.has(room)) return;
    this.#moving.add(room);
    const { owner, guest, conversationId } = room;
    try {
      if (this.#out.has(room)) {
        await owner.client.addMember(conversationId, guest.userId);
        this.#out.delete(room);
        this.counts.joins += 1;
      } else {
        await owner.client.removeMember(conversationId, guest.userId);
        this.#out.add(room);
        this.counts.leaves += 1;
      }
    } finally {
      this.#moving.delete(room);
    }
  }
}
