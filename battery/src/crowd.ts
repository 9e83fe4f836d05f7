import type { ChatClient, ServerAddress } from '@parley/client';
import type * as Client from '@parley/client';
import type { ConversationId, Session, UserId } from '@parley/events';
import { inParallel } from './in-parallel.ts';

/** One person, signed in, with one client. */
export interface Person {
  readonly name: string;
  readonly userId: UserId;
  readonly session: Session;
  readonly client: ChatClient;
}

/** `people` stay, the senders first; `guest` comes and goes. The auditor is a member of every room, without a client. */
export interface Room {
  readonly conversationId: ConversationId;
  readonly owner: Person;
  readonly people: readonly Person[];
  readonly guest: Person;
}

/** The client library: the real one, or a copy of it in which a protection is off. */
export type ClientLibrary = Pick<typeof Client, 'createChatClient' | 'setup' | 'signIn' | 'signUp'>;

/** Where the crowd finds Parley, and with what it speaks. */
export interface Door {
  readonly library: ClientLibrary;
  readonly address: ServerAddress;
}

/** People and the conversations that they share. `people`: the senders first, then the readers. */
export interface Crowd {
  readonly people: readonly Person[];
  readonly senders: readonly Person[];
  readonly rooms: readonly Room[];
  readonly auditor: Pick<Person, 'name' | 'userId'>;
}

export interface CrowdSize {
  readonly senders: number;
  readonly readers: number;
  readonly rooms: number;
}

const password = 'a long password';
/** Two senders, three readers and a guest in each room. */
const readersPerRoom = 4;
const atOnce = 4;
/** Password hashes are dear: many at once take their time. */
const patienceMs = 60_000;

/** Sets the workspace up and brings everybody in; each sender is in three rooms and each reader in two, at 40, 120, 60. */
export async function gatherCrowd(door: Door, setupCode: string, size: CrowdSize): Promise<Crowd> {
  const { library } = door;
  const address = { ...door.address, timeoutMs: patienceMs };
  const account = { name: 'Alice', username: 'alice', password };
  const session = await library.setup(address, { code: setupCode, workspace: 'Battery', ...account });
  const alice = await enter(door, session);
  const { code } = await alice.client.call('createInvite', { uses: size.senders + size.readers, hours: 24 });
  await alice.client.close();
  // Accounts first, then clients: each client would hear of each account that comes after it.
  const sessions = await inParallel(size.senders + size.readers, atOnce, (index) => {
    const username = index < size.senders ? `sender${index}` : `reader${index - size.senders}`;
    return library.signUp(address, { invite: code, name: username, username, password });
  });
  const people = await Promise.all(sessions.map((one) => enter(door, one)));
  const senders = people.slice(0, size.senders);
  const parts = { senders, readers: people.slice(size.senders), auditor: alice.userId };
  const rooms = await inParallel(size.rooms, atOnce, (index) => openRoom(parts, index));
  return { people, senders, rooms, auditor: alice };
}

/** @returns one of the crowd anew, on a fresh device that holds nothing. */
export async function enterAgain(door: Door, name: string): Promise<Person> {
  return enter(door, await door.library.signIn(door.address, { username: name, password }));
}

async function enter({ address, library }: Door, session: Session): Promise<Person> {
  const client = await library.createChatClient({ server: address, session });
  return { name: session.user.username, userId: session.user.userId, session, client };
}

interface Parts {
  readonly senders: readonly Person[];
  readonly readers: readonly Person[];
  readonly auditor: UserId;
}

/** Who meets whom differs from round to round, so that no two rooms have the same people. */
async function openRoom({ senders, readers, auditor }: Parts, index: number): Promise<Room> {
  const senderRound = Math.floor((index * 2) / senders.length);
  const readerRound = Math.floor((index * readersPerRoom) / readers.length);
  const owner = senders[(index * 2) % senders.length];
  const other = senders[(index * 2 + 1 + senderRound * 2) % senders.length];
  const listening = Array.from(
    { length: readersPerRoom },
    (_, at) => readers[(index * readersPerRoom + at + readerRound * 2) % readers.length],
  );
  const [guest, ...staying] = listening.filter((person) => person !== undefined);
  if (!owner || !other || !guest) throw new Error('A room needs two senders and a guest.');
  const people = [owner, other, ...staying];
  const ids = [...people.slice(1), guest].map((person) => person.userId);
  const name = `room ${index}`;
  // Groups: who is let in sees nothing from before, so whatever a guest got while it was out shows as a leak for ever.
  return { conversationId: await owner.client.createGroup(name, [...ids, auditor]), owner, people, guest };
}
