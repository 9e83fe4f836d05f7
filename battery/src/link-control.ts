import { createServer, type Server } from 'node:net';
import { createInterface } from 'node:readline';
import type { ServerLink } from './server-links.ts';

/** Each line is the name of a link, what to do with it, and how much of it. */
const acts = ['cut', 'blackhole', 'drop-replies', 'latency', 'throttle', 'heal'] as const;
type Act = (typeof acts)[number];

const needsNumber: ReadonlySet<Act> = new Set<Act>(['latency', 'throttle']);

/**
 * Lets whoever is on this machine break links by hand while a case runs, for example
 * `echo 'api.log drop-replies' | nc 127.0.0.1 7000`. Answers each line with `ok` or with what is wrong with it; an empty
 * one with the names.
 * @param port on 127.0.0.1; 0 takes a free one.
 * @returns the server that listens.
 */
export async function controlLinks(links: ReadonlyMap<string, ServerLink>, port: number): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    const lines = createInterface({ input: socket });
    lines.on('line', (line) => {
      void obey(links, line).then((answer) => socket.write(`${answer}\n`));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return server;
}

async function obey(links: ReadonlyMap<string, ServerLink>, line: string): Promise<string> {
  const [name = '', act = '', amount] = line.trim().split(/\s+/);
  const link = links.get(name);
  if (!link) return `The links are: ${[...links.keys()].join(', ')}.`;
  if (!isAct(act)) return `What a link can do: ${acts.join(', ')}.`;
  const number = Number(amount);
  if (needsNumber.has(act) && !(number > 0)) return `Say how much: \`${name} ${act} 100\`.`;
  await acted(link, act, number);
  return 'ok';
}

function isAct(text: string): text is Act {
  return (acts as readonly string[]).includes(text);
}

function acted(link: ServerLink, act: Act, amount: number): Promise<void> {
  if (act === 'latency') return link.latency(amount);
  if (act === 'throttle') return link.throttle(amount);
  return act === 'drop-replies' ? link.dropReplies() : link[act]();
}
