import { setTimeout as delay } from 'node:timers/promises';
import { PROTOCOL_VERSION, type ConversationId } from '@parley/events';
import { ephemeralMongo, ephemeralRedis } from '@parley/servers';
import { startStack, unlimited } from '@parley/stack';
import type { Measured } from '../goal.ts';
import { quantile, rounded } from '../load/quantile.ts';
import { SocketIoSocket } from '../load/socket-io-socket.ts';
import { HttpAccount } from '../systems/http-account.ts';
import { createRoom, fillRoom } from '../systems/room.ts';

const people = 20;
const clients = 1_000;
const behind = 200;
const awayMs = 5_000;
const jitterMs = 1_000;

/** 1,000 sockets lose their node; 200 messages later it is back: until the last one holds everything again. */
export async function p5(scale: number): Promise<Measured> {
  const socketsEach = Math.ceil((clients * scale) / people);
  await using undo = new AsyncDisposableStack();
  const redis = undo.adopt(await ephemeralRedis(), (one) => one.stop());
  const mongo = undo.adopt(await ephemeralMongo(), (one) => one.stop());
  const stack = undo.adopt(await startStack({ redis, mongo, apis: 2, env: unlimited }), (one) => one.close());
  const [node, other] = stack.apis;
  if (!node || !other) throw new Error('Two nodes are needed.');
  const accounts = await gather(other.url, stack.setupCode);
  const [owner, ...others] = accounts;
  if (!owner) throw new Error('Somebody is needed.');
  const conversationId = await createRoom(owner, others);
  const sockets = await Promise.all(accounts.flatMap((account) => open(node.url, account, socketsEach)));
  await node.process.kill('SIGKILL');
  for (const socket of sockets) socket.close();
  await fillRoom(owner, conversationId, behind);
  await delay(awayMs);
  await node.process.start();
  const returned = performance.now();
  const took = await Promise.all(
    accounts.flatMap((account) =>
      Array.from({ length: socketsEach }, () => comeBack(node.url, account, conversationId, returned)),
    ),
  );
  const value = rounded(Math.max(...took) / 1_000);
  return {
    value,
    unit: 's until the last is complete',
    ratios: {},
    goal: '≤ 5 s after the return of the node',
    met: value <= 5,
    detail: { sockets: took.length, behind, p50: rounded(quantile(took, 0.5) / 1_000), jitterMs },
  };
}

async function gather(url: string, setupCode: string): Promise<HttpAccount[]> {
  const admin = await HttpAccount.setUp(url, setupCode);
  const invite = await admin.invite(people);
  const names = Array.from({ length: people - 1 }, (_, index) => `user${index}`);
  return [admin, ...(await Promise.all(names.map((name) => HttpAccount.signUp(url, invite, name))))];
}

function open(url: string, account: HttpAccount, count: number): Promise<SocketIoSocket>[] {
  return Array.from({ length: count }, async () =>
    SocketIoSocket.open({
      url,
      auth: { token: await account.token(), protocol: PROTOCOL_VERSION },
      heard: () => undefined,
    }),
  );
}

/** Connects after a random wait, as clients do, and syncs until nothing is missing. @returns when, after the return. */
async function comeBack(url: string, account: HttpAccount, room: ConversationId, returned: number): Promise<number> {
  await delay(Math.random() * jitterMs);
  for (;;) {
    const [socket] = await Promise.all(open(url, account, 1)).catch(() => []);
    const held = socket ? await syncAll(socket, room).catch(() => 0) : 0;
    socket?.close();
    if (held >= behind) return performance.now() - returned;
    await delay(Math.random() * jitterMs);
  }
}

interface Page {
  readonly ok: boolean;
  readonly reply?: {
    readonly more: boolean;
    readonly conversations: {
      conversationId: string;
      epoch: string;
      events: { seq: number }[];
      withheld: { to: number }[];
    }[];
  };
}

/** @returns how many events of the room came in. */
async function syncAll(socket: SocketIoSocket, room: ConversationId): Promise<number> {
  const positions: Record<string, Record<string, number>> = {};
  let held = 0;
  for (;;) {
    const answer = await new Promise<string>((resolve) =>
      socket.request('sync', JSON.stringify({ positions }), resolve),
    );
    const [page] = JSON.parse(answer) as [Page];
    if (!page.reply) throw new Error('The sync was refused.');
    for (const { conversationId, epoch, events, withheld } of page.reply.conversations) {
      const reached = Math.max(0, ...events.map(({ seq }) => seq), ...withheld.map(({ to }) => to));
      positions[epoch] = { ...positions[epoch], ...(reached > 0 && { [conversationId]: reached }) };
      if (conversationId === room) held += events.length;
    }
    if (!page.reply.more) return held;
  }
}
