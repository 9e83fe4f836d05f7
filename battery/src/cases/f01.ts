import { atLeast, atMost, type BatteryCase } from '../battery-case.ts';
import { anyOf, every, fault, killAndRestart } from '../field.ts';

const kills = 6;

/** Api nodes die at random. Whoever was on one lives on elsewhere; what was acked stays. */
export const f01: BatteryCase = {
  id: 'F01',
  seconds: 120,
  title: 'kill -9 of a random api node every 5 s, restarted after 2 s, 6 times',
  fault: async (field) => {
    await every(field, 5, kills, async () => {
      const { process } = anyOf(field.stack.apis);
      await fault(field, 'kill -9 of an api node', () => killAndRestart(field, process, 2));
    });
    return { kills };
  },
  limits: (figures, slow) => [
    ...atLeast(figures, 'resumes', 1),
    ...atMost(figures, 'resumeP99Ms', 5_000 * slow),
    ...atMost(figures, 'resumeMaxMs', 10_000 * slow),
  ],
  control: {
    off: 'ack only after the append',
    mutations: [
      {
        file: 'packages/events/src/log/group-commit.ts',
        find: '      this.#waiting.push({ request, record: packRecord(request), resolve });\n      this.#book();',
        replace: `      const go = () => {
        this.#waiting.push({ request, record: packRecord(request), resolve });
        this.#book();
      };
      if (request.rule.rule !== 'post') return go();
      const { conversationId, at } = request;
      resolve({ outcome: 'appended', receipt: { conversationId, epoch: '0000000000000000', seq: 1, at } });
      setTimeout(go, 300);`,
      },
    ],
    harmed: (judgement) => judgement.lost > 0,
  },
};
