import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, getCACertificates, setDefaultCACertificates } from 'node:tls';
import { ephemeralRedis, until } from '@parley/servers';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ReadingConnection } from './reading-connection.ts';
import { selfSigned } from './testing/certificate.ts';

let redis: Awaited<ReturnType<typeof ephemeralRedis>>;
let admin: Redis;
let reading: ReadingConnection | undefined;

beforeAll(async () => {
  redis = await ephemeralRedis();
  admin = new Redis(redis.url);
  await admin.set('colour', 'green');
});
afterEach(() => reading?.close());
afterAll(async () => {
  admin.disconnect();
  await redis.stop();
});

const question = [['GET', 'colour']];

async function answer(url: string): Promise<string | null> {
  reading = new ReadingConnection(url);
  return (await reading.ask(question)).text();
}

/** Resolves when Redis has no client but this test's own. */
async function noStrangers(): Promise<void> {
  const alone = async (): Promise<true | undefined> =>
    String(await admin.client('LIST'))
      .trim()
      .split('\n').length === 1 || undefined;
  expect(await until(alone, 60_000)).toBe(true);
}

describe('a Redis that accepts and never answers', () => {
  let server: Server;
  /** Whether bytes go on to Redis; what came before stays swallowed. */
  let passes: boolean;
  let accepted: number;
  let url: string;

  beforeEach(async () => {
    passes = false;
    accepted = 0;
    const open = new Set<Socket>();
    server = createServer((near) => {
      accepted += 1;
      const far = connect(redis.port, '127.0.0.1');
      for (const socket of [near, far]) {
        open.add(socket);
        socket.on('error', () => undefined).on('close', () => [near, far].forEach((each) => each.destroy()));
      }
      near.on('data', (chunk) => passes && far.write(chunk));
      far.on('data', (chunk) => passes && near.write(chunk));
    }).listen(0, '127.0.0.1');
    server.on('close', () => open.forEach((socket) => socket.destroy()));
    await once(server, 'listening');
    url = `redis://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => server.close());

  it('is given up, each question by itself, and asked over a new connection when it answers again', async () => {
    reading = new ReadingConnection(url);
    const both = [reading.ask(question), reading.ask(question)];
    for (const asked of both) await expect(asked).rejects.toThrow('The log Redis is silent.');
    expect(accepted).toBe(2);
    passes = true;
    expect((await reading.ask(question)).text()).toBe('green');
  });

  it('is noticed as well when it falls silent between two questions', async () => {
    passes = true;
    expect(await answer(url)).toBe('green');
    passes = false;
    await expect(reading?.ask(question)).rejects.toThrow('The log Redis is silent.');
    passes = true;
    expect((await reading?.ask(question))?.text()).toBe('green');
    expect(accepted).toBe(2);
  });

  it('keeps nobody who was closed meanwhile', async () => {
    reading = new ReadingConnection(url);
    const asked = reading.ask(question);
    const broke = expect(asked).rejects.toThrow(/broke|silent/);
    expect(await until(() => accepted === 1 || undefined, 60_000)).toBe(true);
    reading.close();
    await broke;
    passes = true;
    await noStrangers();
    await expect(reading.ask(question)).rejects.toThrow(/closed/);
  });
});

describe('a Redis with passwords', () => {
  const address = (who: string): string => redis.url.replace('redis://', `redis://${who}@`);

  beforeAll(async () => {
    await admin.call('ACL', 'SETUSER', 'alice', 'on', '>wörd of alice', '~*', '+@all');
    await admin.config('SET', 'requirepass', 'a p@ssword');
  });
  afterAll(() => admin.config('SET', 'requirepass', ''));

  it('is opened by the password of the address, alone or with a user', async () => {
    const [password, word] = [encodeURIComponent('a p@ssword'), encodeURIComponent('wörd of alice')];
    expect(await answer(address(`:${password}`))).toBe('green');
    reading?.close();
    expect(await answer(address(`default:${password}`))).toBe('green');
    reading?.close();
    expect(await answer(address(`alice:${word}`))).toBe('green');
  });

  it.each([
    ['no password', ''],
    ['a wrong one', ':wrong@'],
    ['an unknown user', 'eve:wrong@'],
  ])('refuses %s, and no connection stays open', async (_, who) => {
    await expect(answer(redis.url.replace('redis://', `redis://${who}`))).rejects.toThrow(/NOAUTH|WRONGPASS/);
    await noStrangers();
  });
});

describe('C4: a Redis behind TLS', () => {
  const { key, cert } = selfSigned();
  const trusted = getCACertificates('default');
  let server: Server;
  let port: number;

  beforeAll(async () => {
    server = createTlsServer({ key, cert }, (near) => {
      const far = connect(redis.port, '127.0.0.1');
      for (const socket of [near, far])
        socket.on('error', () => undefined).on('close', () => [near, far].forEach((each) => each.destroy()));
      near.pipe(far).pipe(near);
    });
    server.on('tlsClientError', () => undefined);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
  });
  afterEach(() => setDefaultCACertificates(trusted));
  afterAll(() => server.close());

  it.each(['127.0.0.1', 'localhost'])('is read where its certificate is trusted: rediss://%s', async (host) => {
    setDefaultCACertificates([...trusted, cert]);
    const warnings: string[] = [];
    const warned = (warning: Error): void => void warnings.push(warning.message);
    process.on('warning', warned);
    expect(await answer(`rediss://${host}:${port}`)).toBe('green');
    process.off('warning', warned);
    expect(warnings).toEqual([]);
  });

  it('is refused where nobody vouches for it', async () => {
    await expect(answer(`rediss://127.0.0.1:${port}`)).rejects.toThrow(/self-signed certificate/);
  });

  it('is not taken for one without', async () => {
    await expect(answer(`rediss://127.0.0.1:${redis.port}`)).rejects.toThrow(/wrong version number|silent|broke/);
  });
});
