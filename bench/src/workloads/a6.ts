import { setInterval as everySoOften } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { newId, type CommandId } from '@parley/events';
import { ephemeralMongo, ephemeralRedis, findChromium } from '@parley/servers';
import { chromium } from 'playwright-core';
import type { Measured } from '../goal.ts';
import { openLoop } from '../load/load.ts';
import { usualCrowd } from '../load/member.ts';
import { quantile, rounded } from '../load/quantile.ts';
import { BrowserReader } from '../load/browser-reader.ts';
import { HttpAccount } from '../systems/http-account.ts';
import { startParley } from '../systems/parley.ts';
import { createRoom } from '../systems/room.ts';

const perSecond = 200;
const seconds = 20;
const everyMs = 200;
const webDir = fileURLToPath(new URL('../../../apps/web/build', import.meta.url));

/** From the append to the screen of a real browser, on another node than the sender's, beside a load on the sockets. */
export async function a6(): Promise<Measured> {
  await using undo = new AsyncDisposableStack();
  const redis = undo.adopt(await ephemeralRedis({ settings: { maxmemory: '2gb' } }), (one) => one.stop());
  const mongo = undo.adopt(await ephemeralMongo(), (one) => one.stop());
  const system = undo.adopt(await startParley(redis, mongo, usualCrowd, 1, webDir), (one) => one.stop());
  const [first, second] = system.stack.apis;
  if (!first || !second) throw new Error('Two nodes are needed.');
  const alice = await HttpAccount.signIn(first.url, 'user0-0');
  const bob = await HttpAccount.signIn(first.url, 'user0-1');
  const conversationId = await createRoom(alice, [bob]);
  const browser = undo.adopt(
    await chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox', '--disable-gpu'] }),
    (one) => one.close(),
  );
  const reader = await BrowserReader.open(browser, second.url, 'user0-1', conversationId);

  const appended = new Map<string, number>();
  const load = openLoop(system, usualCrowd, perSecond, seconds);
  const turns = everySoOften(everyMs);
  for (let n = 1; n <= (seconds * 1_000) / everyMs; n += 1) {
    await turns.next();
    const content = { suite: 'none' as const, text: `message ${n}` };
    const commandId = newId<CommandId>();
    const receipt = await alice.command({ commandId, type: 'message.send', conversationId, content });
    appended.set(content.text, receipt.at);
  }
  const { ackedPerSecond } = await load;
  const shown = await reader.shownAt(appended.size);
  const waits = Array.from(appended, ([text, at]) => (shown.get(text) ?? Infinity) - at);
  const value = rounded(quantile(waits, 0.95));
  return {
    value,
    unit: 'ms (p95)',
    ratios: {},
    goal: 'p95 < 250 ms from the append to the screen of a browser',
    met: value < 250,
    detail: {
      p50: rounded(quantile(waits, 0.5)),
      messages: waits.length,
      loadPerSecond: ackedPerSecond,
      fanOut: usualCrowd.members,
    },
  };
}
