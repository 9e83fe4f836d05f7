import { API, newId, type CommandId, type CommandResults, type ConversationId } from '@parley/events';
import { checkpoints, openDatabase } from '@parley/read-models';
import { AppProcess } from '@parley/stack';
import { freePort } from '@parley/servers';
import { afterEach, expect, test } from 'vitest';
import { FaultProxy } from './delivery/testing/fault-proxy.ts';
import { listen, setUp, startServers, say, type Servers } from './testing/api-node.ts';
import { eventually } from './testing/eventually.ts';

const endings: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

async function withServers(): Promise<Servers> {
  const servers = await startServers();
  endings.push(() => servers.close());
  return servers;
}

async function readiness(url: string): Promise<{ status: number; reasons: string[] }> {
  const response = await fetch(`${url}/health/ready`);
  const { reasons } = (await response.json()) as { reasons: string[] };
  return { status: response.status, reasons };
}

test('trap 11: with Redis and MongoDB late the node is alive, says why it is not ready, and becomes ready alone', async () => {
  const servers = await withServers();
  await Promise.all([servers.redis.kill(), servers.mongo.kill()]);
  const node = await listen(servers.env);
  endings.push(() => node.app[Symbol.asyncDispose]());
  const ready = node.app.ready();

  expect((await fetch(`${node.url}/health/live`)).status).toBe(200);
  expect(await readiness(node.url)).toMatchObject({ status: 503 });
  expect((await readiness(node.url)).reasons).toContain('MongoDB is out of reach');
  expect(await node.call('setupState', {})).toMatchObject({ status: 503, problem: { code: 'not_ready' } });

  await servers.mongo.restart();
  const waiting = await eventually('only the log is missing', async () => {
    const { reasons } = await readiness(node.url);
    return reasons.some((reason) => reason.includes('log Redis')) ? reasons : undefined;
  });
  expect(waiting.join()).not.toContain('MongoDB');
  await servers.redis.restart();
  await ready;
  expect(await readiness(node.url)).toEqual({ status: 200, reasons: [] });
  const alice = await setUp(node);
  expect(alice.user.username).toBe('alice');
});

test('D7, G12: with Redis away reads go on, sends are refused typed, and all comes back alone', async () => {
  const servers = await withServers();
  const node = await servers.addNode();
  const worker = new AppProcess({ role: 'worker', env: servers.env });
  endings.push(() => worker.kill());
  await worker.start();
  const alice = await setUp(node);
  const token = alice.accessToken;
  const { body } = await node.call('conversations', {}, { token });
  const conversationId = body.conversations[0]?.conversationId ?? newId<ConversationId>();
  await say(node, alice, conversationId, 'Kept.');
  await eventually('the message is archived', async () => {
    const { body: page } = await node.call('history', {}, { token, path: { conversationId } });
    return page.chain !== null && page.last === 2;
  });
  await eventually('the archive has it', async () => {
    const page = await node.call('sync', { positions: {}, unarchived: [conversationId] }, { token });
    return page.body.conversations.find((one) => one.conversationId === conversationId)?.archived === 2;
  });

  await servers.redis.kill();
  const history = await node.call('history', {}, { token, path: { conversationId } });
  expect(history).toMatchObject({ status: 200, body: { last: 2 } });
  const list = await node.call('conversations', {}, { token });
  expect(list).toMatchObject({ status: 200, body: { conversations: [{ name: 'general', head: 2 }] } });
  expect(await node.call('members', {}, { token, path: { conversationId } })).toMatchObject({ status: 200 });
  const content = { suite: 'none' as const, text: 'Not now.' };
  const commands = [{ type: 'message.send' as const, commandId: newId<CommandId>(), conversationId, content }];
  const refused = await node.call('command', { commands }, { token });
  const kind =
    refused.status === 200
      ? refused.body.results.map((r) => ('refusal' in r ? r.refusal.kind : r))
      : [refused.problem.code];
  expect(['unavailable', 'not_ready']).toContain(kind[0]);

  await servers.redis.restart();
  await eventually('the same command is taken', async () => {
    const again = await node.call('command', { commands }, { token });
    return again.status === 200 && again.body.results.every((result) => 'receipt' in result);
  });
});

test('G12: MongoDB away: sends and the newest history go on', async () => {
  const servers = await withServers();
  const node = await servers.addNode();
  const alice = await setUp(node);
  const token = alice.accessToken;
  const { body } = await node.call('conversations', {}, { token });
  const conversationId = body.conversations[0]?.conversationId ?? newId<ConversationId>();
  await servers.mongo.kill();
  const receipt = await say(node, alice, conversationId, 'Without MongoDB.');
  const page = await node.call('history', { minSeq: receipt.seq }, { token, path: { conversationId } });
  expect(page).toMatchObject({ status: 200, body: { last: receipt.seq } });
});

test('a partition that stands still is told, and no reason not to be ready', async () => {
  const servers = await withServers();
  const node = await servers.addNode();
  await setUp(node);
  await using database = openDatabase(servers.mongo.url);
  const health = async (): Promise<unknown> => (await fetch(`${node.url}/health/ready`)).json();
  const stopped = 'MongoDB refused a write to events: a secret of the operator.';
  const place = await database.collection(checkpoints).findOneAndUpdate({}, { $set: { stopped } });
  const reason = `the projection of partition ${place?._id} stands still: \`npm run parley -- status\` says why, and what to do`;
  await eventually('the node tells it', async () => JSON.stringify(await health()).includes('stands still'));
  expect(await health()).toEqual({ ready: true, reasons: [], impaired: [reason] });
  await database.collection(checkpoints).updateMany({}, { $unset: { stopped: '' } });
  await eventually('the node tells it no more', async () => !JSON.stringify(await health()).includes('stands still'));
});

test('C2: a process that is told to stop answers what is under way and ends with 0', async () => {
  const servers = await withServers();
  const beside = await servers.addNode();
  const { accessToken: token } = await setUp(beside);
  const { body: list } = await beside.call('conversations', {}, { token });
  const conversationId = list.conversations[0]?.conversationId ?? newId<ConversationId>();
  await using proxy = await FaultProxy.to(servers.redis.port);
  const port = await freePort();
  const env = { ...servers.env, REDIS_URL: proxy.url, PORT: String(port) };
  const node = new AppProcess({ role: 'api', env });
  endings.push(() => node.kill());
  await node.start();

  const { promise, resolve: answer } = Promise.withResolvers<undefined>();
  proxy.repliesFrom = promise;
  const content = { suite: 'none', text: 'Under way.' };
  const commands = [{ type: 'message.send', commandId: newId<CommandId>(), conversationId, content }];
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  const url = `http://127.0.0.1:${port}`;
  const asked = fetch(`${url}${API}/commands`, { method: 'POST', headers, body: JSON.stringify({ commands }) });
  await eventually('the log has it, and the node does not know yet', async () => {
    const { body: page } = await beside.call('history', {}, { token, path: { conversationId } });
    return page.last === 2;
  });
  const ended = node.kill('SIGTERM');
  const listens = (): Promise<boolean> => fetch(`${url}/health/live`).then(Boolean, () => false);
  await eventually('the node takes nobody any more', async () => !(await listens()));
  answer(undefined);
  const { results } = (await (await asked).json()) as CommandResults;
  expect(results).toMatchObject([{ receipt: { conversationId, seq: 2 } }]);
  // One that took longer than its promise would have been ended by its own last resort, with 1.
  expect(await ended).toBe(0);
});

test.each([
  ['PARLEY_TOKEN_SECRET', { PARLEY_TOKEN_SECRET: 'short' }],
  ['MONGODB_URL', { MONGODB_URL: '' }],
])('a process with a bad %s ends with one sentence that names it', async (name, env) => {
  const whole = {
    REDIS_URL: 'redis://127.0.0.1:1',
    MONGODB_URL: 'mongodb://127.0.0.1:1',
    PARLEY_TOKEN_SECRET: 'x'.repeat(43),
  };
  const node = new AppProcess({ role: 'api', env: { ...whole, ...env } });
  endings.push(() => node.kill());
  const failure = await node.start().then(
    () => 'started',
    (error: unknown) => String(error),
  );
  expect(failure).toMatch(new RegExp(`api ended with 1:\n${name} [^\n]+\\.\n$`));
});
