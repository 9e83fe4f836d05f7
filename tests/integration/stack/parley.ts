import { startStack, type Stack, type StackOptions } from '@parley/stack';
import { afterAll, beforeAll } from 'vitest';

import { People } from './people.ts';

/** A running Parley and the people who use it. */
export interface Parley {
  readonly stack: Stack;
  readonly people: People;
}

/**
 * One Parley for all tests of a file: up before the first of them, gone after the last. Its parts can be used from then
 * on: in tests, and in hooks that stand below this call.
 * @param options two api nodes by default; a function where they come from a hook above.
 */
export function parleyForFile(options: StackOptions | (() => StackOptions) = { apis: 2 }): Parley {
  let running: Parley | undefined;
  beforeAll(async () => {
    const stack = await startStack(typeof options === 'function' ? options() : options);
    running = { stack, people: new People(stack) };
  });
  afterAll(async () => {
    await running?.people.close();
    await running?.stack.close();
  });
  const parley = (): Parley => {
    if (!running) throw new Error('Parley runs only while the tests of its file do: use it inside of one.');
    return running;
  };
  return {
    get stack() {
      return parley().stack;
    },
    get people() {
      return parley().people;
    },
  };
}
