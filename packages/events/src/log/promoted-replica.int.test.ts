import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { ephemeralRedis, until } from '@parley/servers';
import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { openEventLog } from './redis-event-log.ts';
import { ArchiveInMemory } from './testing/archive-in-memory.ts';
import { appended, appendedInTheEnd, message, newGroup, person } from './testing/log-nodes.ts';

/** A door in front of two servers, as a failover sees it: `to` leads every new connection elsewhere and cuts the old. */
async function door(first: number): Promise<{ url: string; to: (port: number) => void; close: () => void }> {
  let target = first;
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    const behind = connect(target, '127.0.0.1');
    for (const end of [socket, behind]) {
      open.add(end);
      end.on('error', () => undefined).on('close', () => [socket, behind].forEach((each) => each.destroy()));
    }
    socket.pipe(behind).pipe(socket);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const cut = (): void => {
    for (const socket of open) socket.destroy();
    open.clear();
  };
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    to: (port) => {
      target = port;
      cut();
    },
    close: () => {
      cut();
      server.close();
    },
  };
}

it('trap 16 G6: a promoted replica that lacks acked events: a new epoch, no (epoch, seq) with two contents', async () => {
  // The primary gives its data out at once, and waits for no second replica.
  const settings = { 'repl-diskless-sync-delay': '0' };
  const [primary, replica] = await Promise.all([ephemeralRedis({ settings }), ephemeralRedis()]);
  const [one, two] = [new Redis(primary.url), new Redis(replica.url)];
  const entrance = await door(primary.port);
  const archive = new ArchiveInMemory();
  const log = await openEventLog({ url: entrance.url, archive, lineage: archive });
  const alice = person();
  try {
    const id = await newGroup(log, alice);
    const kept = await appended(log, message(alice, id, 'kept'));
    await two.replicaof('127.0.0.1', primary.port);
    const synced = until(
      async () => ((await two.info('replication')).includes('master_link_status:up') ? true : undefined),
      60_000,
    );
    expect(await synced).toBe(true);
    await two.replicaof('127.0.0.1', 1);
    const lost = [await appended(log, message(alice, id, 'lost 1')), await appended(log, message(alice, id, 'lost 2'))];
    await two.replicaof('NO', 'ONE');
    entrance.to(replica.port);
    const next = await appendedInTheEnd(log, message(alice, id, 'other'));
    expect(next.seq).toBe(lost[0]?.seq);
    expect(next.epoch).not.toBe(kept.epoch);
    expect(await log.shared(id, kept.epoch)).toBe(kept.seq);
    expect(await log.events(id, 1, 9)).toMatchObject([
      { seq: 1 },
      { seq: 2 },
      { seq: 3, body: { content: { text: 'other' } } },
    ]);
  } finally {
    await log.close();
    entrance.close();
    one.disconnect();
    two.disconnect();
    await Promise.all([primary.stop(), replica.stop()]);
  }
});
