import { expect, test } from 'vitest';
import { createLogger, type LogFields } from './logger.ts';

function logged(fields: object): Record<string, unknown> {
  const lines: string[] = [];
  createLogger({ write: (line) => lines.push(line) }).info(fields as LogFields, 'said');
  return JSON.parse(lines[0] ?? '{}') as Record<string, unknown>;
}

test('a field that is not on the list never reaches the log', () => {
  const line = logged({ requestId: 'r1', token: 'secret', body: { text: 'hello' }, headers: {} });
  expect(Object.keys(line).sort()).toEqual(['level', 'msg', 'requestId', 'time']);
});

test('the text of a driver fault is left out, where it stands is kept', () => {
  const error = Object.assign(new Error('E11000 duplicate key { usernameKey: "alice" }'), { code: 11000 });
  expect(JSON.stringify(logged({ error }))).not.toContain('alice');
  expect(logged({ error }).error).toMatchObject({ name: 'Error', code: 11000 });
});

test('a network fault keeps its text', () => {
  const error = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:6379'), { syscall: 'connect' });
  expect(logged({ error }).error).toMatchObject({ message: 'connect ECONNREFUSED 127.0.0.1:6379' });
});
