import { atMost, type BatteryCase } from '../battery-case.ts';
import { interruptMigration } from '../interrupted-migration.ts';
import { fault, seconds, until, type Field } from '../field.ts';

/** Everything dies; api and worker are back first, Redis 20 s later, MongoDB 40 s later. Nobody lends a hand. */
export const f28: BatteryCase = {
  id: 'F28',
  seconds: 190,
  title:
    'start order: api and worker first, Redis after 20 s, MongoDB after 40 s, an api killed while it gets ready; all killed in a migration',
  fault: async (field) => {
    let early = 0;
    await fault(field, 'all down, and up in the wrong order', async () => {
      const { stack, redis, mongo } = field;
      const processes = [...stack.apis.map((api) => api.process), ...stack.workers];
      await Promise.all([...processes.map((process) => process.kill('SIGKILL')), redis.kill(), mongo.kill()]);
      for (const process of processes) process.launch();
      early += await readyWithin(field, 20);
      await redis.restart();
      early += await readyWithin(field, 20);
      await mongo.restart();
      const [first] = stack.apis;
      await first?.process.kill('SIGKILL');
      first?.process.launch();
    });
    const ready = await until(
      'every node is ready by itself',
      120_000,
      async () => (await readyNodes(field)) === field.stack.apis.length,
    );
    const allReady = async (): Promise<boolean> => (await readyNodes(field)) === field.stack.apis.length;
    const migrated = await fault(field, 'kill -9 in a migration', () => interruptMigration(field, allReady));
    return { readyTooEarly: early, readyAfterMs: Math.round(ready), ...migrated };
  },
  limits: (figures) => [...atMost(figures, 'readyTooEarly', 0), ...atMost(figures, 'indexesMissing', 0)],
  control: {
    off: 'readiness that waits for its servers',
    mutations: [
      {
        file: 'apps/api/src/entry/health.ts',
        find: 'const ready = waitingFor.length === 0;',
        replace: 'const ready = waitingFor.length >= 0;',
      },
    ],
    harmed: (_, figures) => Number(figures.readyTooEarly) > 0,
  },
};

/** @returns how often a node said that it was ready, asked each half second. */
async function readyWithin(field: Field, forSeconds: number): Promise<number> {
  let said = 0;
  for (let half = 0; half < forSeconds * 2; half += 1) {
    await seconds(field, 0.5);
    said += await readyNodes(field);
  }
  return said;
}

async function readyNodes(field: Field): Promise<number> {
  const answers = await Promise.all(
    field.stack.apis.map(({ url }) =>
      fetch(`${url}/health/ready`)
        .then((reply) => reply.ok)
        .catch(() => false),
    ),
  );
  return answers.filter(Boolean).length;
}
