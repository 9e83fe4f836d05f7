import { newId, PROTOCOL_VERSION, type CommandId, type ConversationId } from '@parley/events';
import type { ServerHandle } from '@parley/servers';
import { startStack, unlimited, type Stack } from '@parley/stack';
import { CommandSender } from '../load/command-sender.ts';
import { nodeOf, type Crowd, type Member, type Place, type System } from '../load/member.ts';
import { SocketIoSocket } from '../load/socket-io-socket.ts';
import { HttpAccount } from './http-account.ts';

/** Parley with the crowd's people and conversations in it. */
export interface ParleySystem extends System {
  readonly stack: Stack;
}

interface Conversation {
  readonly conversationId: ConversationId;
  readonly people: readonly HttpAccount[];
}

/** Starts two api nodes, which serve the built app in `webDir`, and `workers` workers; signs the whole crowd up. */
export async function startParley(
  redis: ServerHandle,
  mongo: ServerHandle,
  crowd: Crowd,
  workers: number,
  webDir?: string,
): Promise<ParleySystem> {
  const web = webDir === undefined ? {} : { webDir };
  const stack = await startStack({ redis, mongo, apis: 2, workers, env: unlimited, ...web });
  const conversations = await populate(stack, crowd);
  return {
    name: `Parley, ${workers === 1 ? 'one worker' : `${workers} workers`}`,
    stack,
    connect: (place, heard) => connect(stack, conversations, place, heard),
    pids: () => [...stack.apis.map((api) => api.process), ...stack.workers].flatMap((process) => process.pid ?? []),
    stop: () => stack.close(),
  };
}

async function populate(stack: Stack, crowd: Crowd): Promise<Conversation[]> {
  const url = stack.apis[0]?.url ?? '';
  const admin = await HttpAccount.setUp(url, stack.setupCode);
  const invite = await admin.invite(crowd.conversations * crowd.members);
  const conversations: Conversation[] = [];
  for (let index = 0; index < crowd.conversations; index += 1) {
    const names = Array.from({ length: crowd.members }, (_, member) => `user${index}-${member}`);
    const people = await Promise.all(names.map((name) => HttpAccount.signUp(url, invite, name)));
    conversations.push({ conversationId: await createChannel(people, `room ${index}`), people });
  }
  return conversations;
}

async function createChannel(people: readonly HttpAccount[], name: string): Promise<ConversationId> {
  const [owner, ...others] = people;
  const commandId = newId<CommandId>();
  await owner?.command({
    commandId,
    type: 'conversation.create',
    kind: 'channel',
    name,
    visibility: 'private',
    members: others.map((account) => account.session.user.userId),
  });
  return commandId as string as ConversationId;
}

/** Speaks docs/protocol.md: handshake with a token, one sync from where everything is, then commands. */
async function connect(
  stack: Stack,
  conversations: readonly Conversation[],
  place: Place,
  heard: (frame: string) => void,
): Promise<Member> {
  const conversation = conversations[place.conversation];
  const person = conversation?.people[place.member];
  if (!conversation || !person) throw new Error('There is no such place in the crowd.');
  const socket = await SocketIoSocket.open({
    url: stack.apis[nodeOf(place)]?.url ?? '',
    auth: { token: await person.token(), protocol: PROTOCOL_VERSION },
    heard,
  });
  await syncFromHead(socket, person);
  const sender = new CommandSender(socket, conversation.conversationId);
  return { send: (text, acked) => sender.send(text, acked), close: () => socket.close() };
}

/** Takes what exists as held, as a client does that doesn't want all of its history. */
async function syncFromHead(socket: SocketIoSocket, person: HttpAccount): Promise<void> {
  const list = (await person.get('/conversations')) as {
    conversations: { conversationId: string; epoch: string; head: number }[];
  };
  const positions: Record<string, Record<string, number>> = {};
  for (const { conversationId, epoch, head } of list.conversations)
    positions[epoch] = { ...positions[epoch], [conversationId]: head };
  await new Promise<void>((resolve, reject) => {
    socket.request('sync', JSON.stringify({ positions }), (answer) => {
      if (answer.startsWith('[{"ok":true')) resolve();
      else reject(new Error(`Sync was refused: ${answer}`));
    });
  });
}
