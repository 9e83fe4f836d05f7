import { atMost, type BatteryCase } from '../battery-case.ts';
import { fault, seconds } from '../field.ts';

/** The log Redis freezes and goes on: what was on its way is done late, after it was tried again. */
export const f09: BatteryCase = {
  id: 'F09',
  seconds: 140,
  title: 'SIGSTOP of the log Redis for 1, 10 and 30 s',
  fault: async (field) => {
    for (const frozen of [1, 10, 30]) {
      await fault(field, `the log Redis is frozen for ${frozen} s`, async () => {
        await field.redis.pause();
        await seconds(field, frozen);
        await field.redis.resume();
      });
      await seconds(field, 4);
    }
    return { freezes: 3 };
  },
  limits: (figures) => atMost(figures, 'refused', 0),
  control: {
    off: 'one commandId over all retries',
    mutations: [
      {
        file: 'packages/client/src/outbox/outbox-sender.ts',
        find: 'batch.map((entry) => entry.command)',
        replace: `batch.map((entry) => {
        const tried = ((globalThis as { tried?: Set<string> }).tried ??= new Set<string>());
        const again = tried.has(entry.commandId);
        tried.add(entry.commandId);
        const commandId = entry.commandId.slice(0, 24) + Math.random().toString(16).slice(2).padEnd(12, '0').slice(0, 12);
        return again ? { ...entry.command, commandId } : entry.command;
      })`,
      },
    ],
    harmed: (judgement) => judgement.duplicated > 0,
  },
};
