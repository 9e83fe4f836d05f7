import { afterAll, afterEach, beforeAll } from 'vitest';
import { startBackends, type Backends } from './backends.ts';
import { eventually } from './eventually.ts';
import { TestClient } from './test-client.ts';
import { person, startNode, type TestNode, type TestNodeOptions } from './test-node.ts';

/** Servers and two nodes for one test file, and clients that are closed after each test. */
export interface NodePair {
  readonly backends: Backends;
  readonly one: TestNode;
  readonly two: TestNode;
  /** @returns a client that is connected and has synced. */
  readonly connect: (node: TestNode, actor?: ReturnType<typeof person>, options?: object) => Promise<TestClient>;
  /** @returns a client on its way. */
  readonly client: (node: TestNode, actor: ReturnType<typeof person>, options?: object) => TestClient;
}

/** Starts all of it before the tests of the file and stops it after them. */
export function nodePair(options: TestNodeOptions = {}): NodePair {
  const clients: TestClient[] = [];
  const started: { backends?: Backends; one?: TestNode; two?: TestNode } = {};
  beforeAll(async () => {
    const backends = await startBackends();
    const [one, two] = await Promise.all([startNode(backends, options), startNode(backends, options)]);
    Object.assign(started, { backends, one, two });
    await eventually(() => [one, two].every((node) => node.ready()), 'both nodes are ready');
  });
  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
  });
  afterAll(async () => {
    await started.one?.[Symbol.asyncDispose]();
    await started.two?.[Symbol.asyncDispose]();
    await started.backends?.[Symbol.asyncDispose]();
  });
  const of = <K extends keyof typeof started>(name: K): NonNullable<(typeof started)[K]> => {
    const part = started[name];
    if (!part) throw new Error(`The ${name} has not started.`);
    return part;
  };
  const client = (node: TestNode, actor: ReturnType<typeof person>, extra: object = {}): TestClient => {
    const made = new TestClient(node, actor, extra);
    clients.push(made);
    return made;
  };
  return {
    get backends() {
      return of('backends');
    },
    get one() {
      return of('one');
    },
    get two() {
      return of('two');
    },
    client,
    connect: (node, actor = person(), extra = {}) => client(node, actor, extra).ready(),
  };
}
