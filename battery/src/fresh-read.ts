import { enterAgain, type Crowd, type Door, type Person } from './crowd.ts';
import { until } from './field.ts';
import { inParallel } from './in-parallel.ts';
import type { Recorder } from './record.ts';
import { TimelineWatch } from './timeline-watch.ts';

const atOnce = 4;
const roomLimitMs = 120_000;

/** The auditor, who has been a member of every room all the time, signs in on a fresh device and reads all of it. */
export async function readAfresh(door: Door, crowd: Crowd, recorder: Recorder): Promise<void> {
  const auditor = await enterAgain(door, crowd.auditor.name);
  await inParallel(crowd.rooms.length, atOnce, async (index) => {
    const room = crowd.rooms[index];
    if (room) await readRoom(auditor, room.conversationId, recorder);
  });
  await auditor.client.close();
}

async function readRoom(
  { client, userId, name }: Person,
  conversationId: Crowd['rooms'][number]['conversationId'],
  recorder: Recorder,
): Promise<void> {
  recorder.add({ kind: 'reader', reader: name, userId, conversationId });
  await until(`${name} reads everything`, roomLimitMs, async () => {
    await client.loadOlder(conversationId);
    const { atStart, complete, head } = client.timeline(conversationId);
    return atStart && complete === head;
  });
  new TimelineWatch(recorder, name, client, conversationId, 'reader').finish();
}
