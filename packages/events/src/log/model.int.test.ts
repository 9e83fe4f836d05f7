import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ConversationId } from '../contract/ids.ts';
import type { AppendRequest } from './event-log.ts';
import type { RedisEventLog } from './redis-event-log.ts';
import {
  add,
  changeRole,
  decided,
  join,
  leave,
  LogNodes,
  message,
  newGroup,
  person,
  remove,
  verdict,
} from './testing/log-nodes.ts';

let nodes: LogNodes;
let logs: RedisEventLog[];
const people = Array.from({ length: 4 }, person);
const [owner] = people;

beforeAll(async () => {
  nodes = await LogNodes.start();
  logs = [await nodes.node(), await nodes.node()];
});
afterAll(() => nodes.stop());

/** What the log should know of a public channel with `history: joined`, in the fewest words. */
class Channel {
  head = 1;
  readonly roles = new Map<number, number>([[0, 2]]);
  readonly visible = new Map<number, [number, number?][]>([[0, [[1]]]]);
  readonly done = new Set<string>();

  /** @returns the expected verdict; changes the model if it is `appended`. */
  step({ act, by, other, again }: Step): string {
    const [mine, theirs] = [this.roles.get(by), this.roles.get(other)];
    if (again) return 'repeated';
    switch (act) {
      case 'send':
        return mine === undefined ? 'not_found' : this.#next();
      case 'add':
        return mine === undefined ? 'not_found' : theirs === undefined ? this.#come(other) : 'conflict';
      case 'join':
        return mine === undefined ? this.#come(by) : 'conflict';
      case 'leave':
        if (mine === undefined) return 'not_found';
        return this.#isLastOwner(by) ? 'last_owner' : this.#go(by);
      case 'own':
      case 'disown':
        return this.#changeRole(by, other, act === 'own' ? 2 : 0);
      case 'remove':
        return (mine ?? 0) >= 1 && theirs !== undefined && (mine ?? 0) > theirs ? this.#go(other) : 'not_found';
    }
  }

  #isLastOwner(who: number): boolean {
    return this.roles.get(who) === 2 && [...this.roles.values()].filter((role) => role === 2).length === 1;
  }
  #changeRole(by: number, other: number, role: number): string {
    const theirs = this.roles.get(other);
    if (this.roles.get(by) !== 2 || theirs === undefined || (by !== other && theirs === 2)) return 'not_found';
    if (role < 2 && this.#isLastOwner(other)) return 'last_owner';
    this.roles.set(other, role);
    return this.#next();
  }
  #next(): string {
    this.head += 1;
    return 'appended';
  }
  #come(who: number): string {
    this.#next();
    this.roles.set(who, 0);
    this.visible.set(who, [...(this.visible.get(who) ?? []), [this.head]]);
    return 'appended';
  }
  #go(who: number): string {
    this.#next();
    this.roles.delete(who);
    this.visible.get(who)?.at(-1)?.push(this.head);
    return 'appended';
  }
}

interface Step {
  readonly act: 'send' | 'add' | 'join' | 'leave' | 'remove' | 'own' | 'disown';
  readonly by: number;
  readonly other: number;
  readonly node: number;
  /** Sends the last command that succeeded once more. */
  readonly again: boolean;
}

const steps = fc.array(
  fc.record<Step>({
    act: fc.constantFrom('send', 'send', 'add', 'join', 'leave', 'remove', 'own', 'disown'),
    by: fc.nat(3),
    other: fc.nat(3),
    node: fc.nat(1),
    again: fc.boolean(),
  }),
  { minLength: 1, maxLength: 40 },
);

function requestOf({ act, by, other }: Step, id: ConversationId): AppendRequest {
  const [actor, whom] = [people[by] ?? person(), people[other] ?? person()];
  switch (act) {
    case 'send':
      return message(actor, id, 'x');
    case 'add':
      return add(actor, id, whom);
    case 'join':
      return join(actor, id);
    case 'leave':
      return leave(actor, id);
    case 'remove':
      return remove(actor, id, whom);
    case 'own':
      return changeRole(actor, id, whom, 'owner');
    case 'disown':
      return changeRole(actor, id, whom, 'member');
  }
}

it('any sequence of commands over two nodes ends as the model says', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (list) => {
      const log = (node: number): RedisEventLog => logs[node] ?? expect.fail();
      const id = await newGroup(log(0), owner ?? person(), { kind: 'channel', visibility: 'public' });
      const model = new Channel();
      let last: AppendRequest | undefined;
      for (const step of list) {
        const again = step.again && last !== undefined;
        const wanted = again && last ? last : requestOf(step, id);
        const { outcome: made, tries } = await decided(log(step.node), wanted);
        // What an earlier try had stored before its answer was lost was appended by this step.
        const outcome = tries > 1 && !again && made.outcome === 'repeated' ? 'appended' : verdict(made);
        expect(outcome).toBe(model.step({ ...step, again }));
        if (outcome === 'appended') last = wanted;
      }
      for (const [at, { userId }] of people.entries()) {
        const found = (await log(1).access(userId, [id]))[0];
        expect(found?.conversation.head).toBe(model.head);
        expect(found?.role === null ? undefined : found?.role).toBe(
          ['member', 'moderator', 'owner'][model.roles.get(at) ?? 3],
        );
        const visible = (model.visible.get(at) ?? []).map(([from, to]) => (to === undefined ? { from } : { from, to }));
        expect(found?.visible).toEqual(visible);
      }
      expect((await log(0).events(id, 1, 100)).map(({ seq }) => seq)).toEqual(
        Array.from({ length: model.head }, (_, n) => n + 1),
      );
    }),
    { numRuns: 60 },
  );
});
