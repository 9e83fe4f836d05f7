import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { newId, type DeviceId, type Session, type UserId, type WorkspaceId } from '@parley/events';
import { afterEach, expect, it } from 'vitest';
import { SessionKeeper } from './session.ts';

let server: Server;
let keeper: SessionKeeper;
afterEach(() => {
  keeper.close();
  server.close();
});

const sessionOf = (userId: UserId, accessToken: string): Session => ({
  user: { userId, username: 'alice', name: 'Alice', role: 'member' },
  deviceId: newId<DeviceId>(),
  workspace: { workspaceId: newId<WorkspaceId>(), name: 'Parley' },
  accessToken,
  accessExpiresAt: Date.now() + 600_000,
});

/** A server that renews every session as this one. */
async function renewsAs(session: Session): Promise<string> {
  server = createServer((_, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(session));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it('a session that was kept without its token gets one before anything else', async () => {
  const me = newId<UserId>();
  const baseUrl = await renewsAs(sessionOf(me, 'fresh'));
  keeper = new SessionKeeper({ baseUrl, headless: true }, sessionOf(me, ''));
  expect(await keeper.token()).toBe('fresh');
});

it('ends when the browser belongs to somebody else now: what waits must not go out under their name', async () => {
  const baseUrl = await renewsAs(sessionOf(newId<UserId>(), 'theirs'));
  keeper = new SessionKeeper({ baseUrl, headless: true }, sessionOf(newId<UserId>(), ''));
  const lost = new Promise((resolve) => keeper.listen({ renewed: () => undefined, lost: resolve }));
  await expect(keeper.token()).rejects.toMatchObject({ refusal: { kind: 'unauthenticated' } });
  expect(await lost).toMatchObject({ kind: 'unauthenticated' });
  await expect(keeper.token()).rejects.toMatchObject({ refusal: { kind: 'unauthenticated' } });
});
