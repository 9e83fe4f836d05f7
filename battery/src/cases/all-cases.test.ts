import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { cases } from './all-cases.ts';

const root = new URL('../../../', import.meta.url);
const mutations = cases.flatMap(({ id, control }) =>
  (control.mutations ?? []).map((mutation) => ({ id, ...mutation })),
);

test.each(mutations)('the control of $id still fits the code: $file', async ({ file, find }) => {
  const text = await readFile(new URL(file, root), 'utf8');
  expect(text.split(find)).toHaveLength(2);
});

test('every case has a name of its own', () => {
  expect(new Set(cases.map(({ id }) => id)).size).toBe(cases.length);
});
