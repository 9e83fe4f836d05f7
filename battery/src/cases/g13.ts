import { atLeast, atMost, type BatteryCase } from '../battery-case.ts';
import { fault, seconds, until, type Figures } from '../field.ts';
import { HostileCrowd } from '../hostile-crowd.ts';
import { latencies } from '../load-figures.ts';
import { lateness, NodeWatch } from '../node-watch.ts';
import { latenessFolder } from '../place.ts';

/** What the system itself keeps for a deaf socket has to fill up first. */
const cutLimitMs = 60_000;

/** Slow and hostile clients cost a bounded amount. At pace 5 it is the ten minutes of the guarantee. */
export const g13: BatteryCase = {
  id: 'G13',
  onRequest: true,
  seconds: 250,
  title: 'clients that never read, drop, stop half way through a handshake or send rubbish, for 120 s',
  topology: {
    lateness: true,
  },
  fault: async (field) => {
    const crowd = await HostileCrowd.gather(field.door, field);
    crowd.talk();
    await seconds(field, 10);
    const calm = field.recorder.lines.length;
    await seconds(field, 20);
    const stormy = field.recorder.lines.length;
    const since = Date.now();
    const watch = new NodeWatch(field.stack);
    const suffered = await fault(field, 'hostile clients', async (): Promise<Figures> => {
      crowd.attack();
      await seconds(field, 120);
      const everyOne = (): boolean => crowd.cuts.every((count) => count > 0);
      await until('every deaf socket was cut', cutLimitMs, everyOne).catch(() => undefined);
      return { deafNeverCut: crowd.cuts.filter((count) => count === 0).length, ...(await crowd.stop()) };
    });
    const memory = await watch.figures();
    const { lines } = field.recorder;
    const before = Number(latencies(lines.slice(calm, stormy)).ackP99);
    const during = Number(latencies(lines.slice(stormy)).ackP99);
    return {
      ...suffered,
      ...memory,
      loopP99Ms: await lateness(latenessFolder(field.folder), since),
      ...{ ackP99BeforeMs: before, ackP99DuringMs: during, slowdown: Math.round((100 * during) / before) / 100 },
    };
  },
  limits: (figures, slow) => [
    ...atMost(figures, 'deafNeverCut', 0),
    ...atLeast(figures, 'visits', 10),
    ...atMost(figures, 'rssGrowthPercent', 20),
    ...atMost(figures, 'loopP99Ms', 100 * slow),
    ...atMost(figures, 'slowdown', 2 * slow),
  ],
  control: {
    off: 'the cut of sockets for which more than 1 MB waits',
    mutations: [
      {
        file: 'apps/api/src/delivery/slow-socket.ts',
        find: 'export const MAX_QUEUED_BYTES = 1024 * 1024;',
        replace: 'export const MAX_QUEUED_BYTES = Infinity;',
      },
    ],
    harmed: (_, figures) => Number(figures.deafNeverCut) > 0,
  },
};
