import { testServer } from '@parley/servers';
import { startStack } from '@parley/stack';
import { expect, it } from 'vitest';

import { eventually } from './stack/eventually.ts';
import { holds, People, say, shown } from './stack/people.ts';

interface Readiness {
  readonly status: number;
  readonly reasons: readonly string[];
}

it('C3: a node is not ready until it hears the fan-out, never serves without it, and then by itself hears all nodes', async () => {
  const { server: fanout } = await testServer('redis');
  await fanout.kill();
  const stack = await startStack({ apis: 2, fanout, awaitReady: false });
  const people = new People(stack);
  try {
    for (const { url } of stack.apis) {
      // Its log and its MongoDB are there: all that is missing is what the other nodes say.
      await eventually('only the fan-out is missing', async () => {
        const { status, reasons } = await readiness(url);
        return status === 503 && reasons.includes('this node does not hear the fan-out') && reasons.every(ofFanOut);
      });
      expect((await fetch(`${url}/health/live`)).status).toBe(200);
    }
    await fanout.restart();
    for (const { url } of stack.apis) {
      await eventually('the node is ready', async () => (await readiness(url)).status === 200);
    }

    const { alice, bob, channel } = await people.aliceAndBobIn('heard');
    for (let n = 1; n <= 20; n += 1) await say(n % 2 === 0 ? alice : bob, channel, `message ${n}`);
    await Promise.all([holds(alice, channel, 20), holds(bob, channel, 20)]);
    expect(shown(alice, channel)).toEqual(shown(bob, channel));
  } finally {
    await people.close();
    await stack.close();
    await fanout.stop();
  }
});

const ofFanOut = (reason: string): boolean => /fan-out|revoked/.test(reason);

async function readiness(url: string): Promise<Readiness> {
  const response = await fetch(`${url}/health/ready`).catch(() => undefined);
  if (!response) return { status: 0, reasons: [] };
  const { reasons } = (await response.json()) as { reasons: string[] };
  return { status: response.status, reasons };
}
