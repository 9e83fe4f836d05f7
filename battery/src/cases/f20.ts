import { deadLetters, openDatabase, parked } from '@parley/read-models';
import { atMost, type BatteryCase } from '../battery-case.ts';
import { fault, seconds, type Field } from '../field.ts';
import { poisonLog, poisons } from '../poison.ts';
import { untilProjected } from '../stores.ts';
import { throwForOneEvent } from '../throwing-worker.ts';

/** Of waiting for the projection: far beyond what passes. */
const lagLimitMs = 60_000;

/** Events that no projector of today can take. Each parks its own conversation, in sight of everybody. */
export const f20: BatteryCase = {
  id: 'F20',
  seconds: 120,
  title:
    'poison in the log: a projector that throws for one event, unknown type, newer version, invalid JSON, a megabyte of another shape',
  fault: async (field) => {
    const [person] = field.crowd.people;
    if (!person) throw new Error('Nobody is there.');
    const rooms: string[] = [];
    for (const { name } of poisons) rooms.push(await person.client.createChannel(name, 'private', []));
    await seconds(field, 2);
    await fault(field, 'poison in the log', () => poisonLog(field.redis.url, rooms, person));
    const lag = await untilProjected(field, lagLimitMs).catch(() => lagLimitMs);
    const stands = await standing(field, rooms);
    const suffers = await person.client.createChannel('throws', 'private', []);
    const throws = await throwForOneEvent(field, suffers).catch((error: unknown) => ({ replay: String(error) }));
    const { parkedOthers = 0 } = await standing(field, rooms);
    return { poisoned: poisons.length, othersLagMs: lag, ...stands, ...throws, parkedAfterReplay: parkedOthers };
  },
  limits: (figures, slow) => [
    ...(figures.parked === figures.poisoned
      ? []
      : [`${figures.parked ?? 0} of ${figures.poisoned ?? 0} conversations are parked`]),
    ...(figures.letters === figures.poisoned
      ? []
      : [`${figures.letters ?? 0} dead letters for ${figures.poisoned ?? 0} poisons`]),
    ...atMost(figures, 'parkedOthers', 0),
    ...atMost(figures, 'othersLagMs', 1_000 * slow),
    ...atMost(figures, 'throwLagMs', 1_000 * slow),
    ...atMost(figures, 'parkedAfterReplay', 0),
  ],
  control: {
    off: 'parking (catch and go on)',
    mutations: [
      {
        file: 'apps/worker/src/projector/batch.ts',
        find: '      const letter = letterOf(entry, error.message);',
        replace: '      if (error) continue;\n      const letter = letterOf(entry, error.message);',
      },
    ],
    harmed: (_, figures) => Number(figures.parked) < Number(figures.poisoned),
  },
};

async function standing(field: Field, rooms: readonly string[]): Promise<Record<string, number>> {
  await using database = openDatabase(field.mongo.url);
  const all = await database.collection(parked).find().toArray();
  const ours = all.filter(({ _id }) => rooms.includes(uuidOf(_id.buffer)));
  const letters = await database.collection(deadLetters).countDocuments();
  return { parked: ours.length, parkedOthers: all.length - ours.length, letters };
}

function uuidOf(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
