import { setTimeout as delay } from 'node:timers/promises';
import { ephemeralMongo, ephemeralRedis } from '@parley/servers';
import { startStack, unlimited } from '@parley/stack';
import type { Measured } from '../goal.ts';
import { quantile, rounded } from '../load/quantile.ts';
import { ReturningClient } from '../load/returning-client.ts';
import { HttpAccount } from '../systems/http-account.ts';
import { createRoom, fillRoom } from '../systems/room.ts';

/** As many as one command may add; each with some devices. */
const people = 200;
const clients = 1_000;
const behind = 200;
const awayMs = 5_000;
/** Seq 1 is the creation of the room. */
const first = 1;

/** 1,000 clients lose their node, and 200 messages come; it is back: until the last client holds everything again. */
export async function p5(scale: number): Promise<Measured> {
  const devices = Math.ceil((clients * scale) / people);
  await using undo = new AsyncDisposableStack();
  const redis = undo.adopt(await ephemeralRedis(), (one) => one.stop());
  const mongo = undo.adopt(await ephemeralMongo(), (one) => one.stop());
  const stack = undo.adopt(await startStack({ redis, mongo, apis: 2, env: unlimited }), (one) => one.close());
  const [node, other] = stack.apis;
  if (!node || !other) throw new Error('Two nodes are needed.');
  const accounts = await gather(other.url, stack.setupCode);
  const [owner, ...others] = accounts;
  if (!owner) throw new Error('Somebody is needed.');
  const room = await createRoom(owner, others);
  const coming = accounts.flatMap((account) =>
    Array.from({ length: devices }, () => new ReturningClient(node.url, account, room)),
  );
  undo.defer(() => coming.forEach((client) => client.close()));
  await Promise.all(coming.map((client) => client.holds(first)));
  await node.process.kill('SIGKILL');
  await fillRoom(owner, room, behind);
  await delay(awayMs);
  await node.process.start();
  const returned = performance.now();
  const complete = await Promise.all(coming.map((client) => client.holds(first + behind)));
  const took = complete.map((at) => (at - returned) / 1_000);
  const value = rounded(Math.max(...took));
  return {
    value,
    unit: 's until the last is complete',
    ratios: {},
    goal: '≤ 5 s after the return of the node',
    met: value <= 5,
    detail: { clients: took.length, people, behind, p50: rounded(quantile(took, 0.5)) },
  };
}

async function gather(url: string, setupCode: string): Promise<HttpAccount[]> {
  const admin = await HttpAccount.setUp(url, setupCode);
  const invite = await admin.invite(people);
  const names = Array.from({ length: people - 1 }, (_, index) => `user${index}`);
  return [admin, ...(await Promise.all(names.map((name) => HttpAccount.signUp(url, invite, name))))];
}
