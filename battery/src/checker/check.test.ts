import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Happening, RecordLine } from '../record.ts';
import { check, isClean } from './check.ts';
import { add, cleanRun, isOp, nothing, replaced, run, value, without } from './clean-run.ts';

describe('a record in which nothing went wrong', () => {
  test('is clean', () => {
    expect(check(run)).toEqual({ acked: 8, ...nothing, findings: [] });
    expect(isClean(check(run))).toBe(true);
  });

  test('may hold raw duplicates of live frames, undecided commands and refused ones that are not stored', () => {
    const frame: Happening = {
      kind: 'frame',
      reader: 'bob-1',
      epoch: 'e1',
      op: 'c0-op2',
      conversationId: 'c0',
      seq: 2,
      value: value('c0', 2),
    };
    const invoke = { kind: 'invoke', userId: 'bob', deviceId: 'bob-1', conversationId: 'c0', value: 'x' } as const;
    const lines = add(
      frame,
      { ...invoke, op: 'y' },
      { kind: 'info', op: 'y', reason: 'cut' },
      { ...invoke, op: 'z' },
      { kind: 'fail', op: 'z', reason: 'invalid' },
    );
    expect(check(lines)).toMatchObject(nothing);
  });

  test('may drop what a new epoch does not share, and be shown other events there', () => {
    const other: Happening = {
      kind: 'invoke',
      op: 'late',
      userId: 'bob',
      deviceId: 'bob-1',
      conversationId: 'c9',
      value: 'new',
    };
    const at = { conversationId: 'c9', seq: 1 };
    const shown = { kind: 'shown', reader: 'bob-1', ...at } as const;
    const lines = add(
      { kind: 'visible', userId: 'bob', conversationId: 'c9', from: 1, to: 9 },
      other,
      { ...other, op: 'gone', value: 'old' },
      { ...shown, op: 'gone', value: 'old', epoch: 'e1' },
      { kind: 'dropped', reader: 'bob-1', conversationId: 'c9', seq: 0 },
      { kind: 'document', op: 'late', value: 'new', ...at },
      { ...shown, op: 'late', value: 'new', epoch: 'e2' },
    );
    expect(check(lines)).toMatchObject(nothing);
  });

  test('proves nothing when nothing was acked', () => {
    expect(isClean(check([]))).toBe(false);
  });
});

describe('planted losses', () => {
  test('not stored: once per command', () => {
    const lines = without((line) => isOp(line, 'c1-op3') && ['log', 'document', 'frame', 'shown'].includes(line.kind));
    expect(check(lines)).toMatchObject({ ...nothing, lost: 1 });
  });

  test('not projected', () => {
    const lines = without((line) => isOp(line, 'c0-op5') && line.kind === 'document');
    expect(check(lines)).toMatchObject({ ...nothing, lost: 1 });
  });

  test('not delivered to one reader', () => {
    const lines = without((line) => isOp(line, 'c0-op5') && line.kind === 'shown' && line.reader === 'carol-1');
    expect(check(lines)).toMatchObject({ ...nothing, lost: 1 });
  });

  test('an edit that shows no receipt, but was acked, and is not stored', () => {
    const edit = { op: 'edit', userId: 'bob', deviceId: 'bob-1', conversationId: 'c0', value: 'better' };
    expect(check(add({ kind: 'invoke', ...edit }, { kind: 'settled', op: 'edit' }))).toMatchObject({
      ...nothing,
      lost: 1,
    });
  });

  test('a guest owes nothing from before it came in last', () => {
    const isCarol = (line: RecordLine): boolean =>
      'reader' in line && line.reader === 'carol-1' && line.conversationId === 'c0';
    const since = (from: number): RecordLine[] =>
      run.flatMap((line): RecordLine[] => {
        if (!isCarol(line)) return [line];
        if (line.kind === 'reader') return [{ ...line, from }];
        return 'seq' in line && line.seq < 4 ? [] : [line];
      });
    expect(check(since(4))).toMatchObject(nothing);
    expect(check(since(3))).toMatchObject({ ...nothing, lost: 1, holes: 1 });
  });

  test('a reader that was shown nothing at all', () => {
    const lines = without((line) => line.kind === 'shown' && line.reader === 'carol-1' && line.conversationId === 'c1');
    expect(check(lines)).toMatchObject({ ...nothing, lost: 3 });
  });
});

describe('planted phantoms', () => {
  const stored = { op: 'ghost', conversationId: 'c0', seq: 6, value: 'boo' };

  test('never sent', () => {
    expect(check(add({ kind: 'log', partition: 0, n: 9, ...stored }, { kind: 'document', ...stored }))).toMatchObject({
      ...nothing,
      phantom: 1,
    });
  });

  test('refused, yet stored', () => {
    const invoke: Happening = {
      kind: 'invoke',
      op: 'ghost',
      userId: 'bob',
      deviceId: 'bob-1',
      conversationId: 'c0',
      value: 'boo',
    };
    expect(
      check(add(invoke, { kind: 'fail', op: 'ghost', reason: 'not_found' }, { kind: 'document', ...stored })),
    ).toMatchObject({ ...nothing, phantom: 1 });
  });
});

describe('planted duplicates', () => {
  test('one command at two places', () => {
    const again = { op: 'c0-op5', conversationId: 'c0', seq: 6, value: value('c0', 5) };
    expect(check(add({ kind: 'log', partition: 0, n: 9, ...again }, { kind: 'document', ...again })).duplicated).toBe(
      1,
    );
  });

  test('one text under two commands, as a client does that tries again under a new id', () => {
    const again = { op: 'another-id', conversationId: 'c0', seq: 6, value: value('c0', 5) };
    expect(check(add({ kind: 'log', partition: 0, n: 9, ...again }, { kind: 'document', ...again }))).toMatchObject({
      ...nothing,
      duplicated: 1,
      phantom: 1,
    });
  });

  test('shown twice', () => {
    const again: Happening = {
      kind: 'shown',
      reader: 'bob-1',
      epoch: 'e1',
      op: 'c0-op5',
      conversationId: 'c0',
      seq: 5,
      value: value('c0', 5),
    };
    expect(check(add(again))).toMatchObject({ ...nothing, duplicated: 1 });
  });
});

describe('planted inversions', () => {
  test('shown in a wrong order', () => {
    const early = without((line) => isOp(line, 'c0-op4') && line.kind === 'shown' && line.reader === 'bob-1');
    const late: RecordLine = {
      kind: 'shown',
      reader: 'bob-1',
      epoch: 'e1',
      op: 'c0-op4',
      conversationId: 'c0',
      seq: 4,
      value: value('c0', 4),
      at: 1_000,
    };
    expect(check([...early, late])).toMatchObject({ ...nothing, inversions: 1 });
  });

  test('stored in another order than one device sent', () => {
    const invoke: RecordLine = {
      kind: 'invoke',
      op: 'c0-op5',
      userId: 'alice',
      deviceId: 'alice-1',
      conversationId: 'c0',
      value: value('c0', 5),
      at: -1,
    };
    const lines = [invoke, ...without((line) => isOp(line, 'c0-op5') && line.kind === 'invoke')];
    expect(check(lines).inversions).toBeGreaterThan(0);
  });
});

describe('planted holes', () => {
  test('a seq that neither log nor archive holds', () => {
    const lines = without((line) => isOp(line, 'c0-op2'));
    expect(check(lines).holes).toBeGreaterThan(0);
  });

  test('a position of a partition', () => {
    const lines = without((line) => line.kind === 'log' && line.n === 3);
    expect(check(lines)).toMatchObject({ ...nothing, holes: 1 });
  });

  test('one that a reader skipped', () => {
    const lines = without((line) => isOp(line, 'c0-op2') && line.kind === 'shown' && line.reader === 'bob-1');
    expect(check(lines)).toMatchObject({ ...nothing, holes: 1, lost: 1 });
  });
});

describe('planted divergence', () => {
  test('archive and log hold different events at one place', () => {
    const lines = replaced(
      (line) => line.kind === 'document' && line.op === 'c0-op2',
      (line) => ({ ...line, value: 'other' }) as RecordLine,
    );
    expect(check(lines).diverged).toBeGreaterThan(0);
  });

  test('readers are given different events at one place', () => {
    const lines = replaced(
      (line) => line.kind === 'frame' && line.op === 'c0-op2' && line.reader === 'bob-1',
      (line) => ({ ...line, op: 'c0-op3', value: value('c0', 3) }) as RecordLine,
    );
    expect(check(lines)).toMatchObject({ ...nothing, diverged: 1 });
  });

  test('a receipt names another place', () => {
    const lines = replaced(
      (line) => line.kind === 'ok' && line.op === 'c0-op2',
      (line) => ({ ...line, seq: 4 }) as RecordLine,
    );
    expect(check(lines).diverged).toBeGreaterThan(0);
  });

  test('a rebuild gives another digest', () => {
    const digest = { kind: 'digest', name: 'history' } as const;
    expect(
      check(add({ ...digest, source: 'live', value: 'a' }, { ...digest, source: 'rebuilt', value: 'b' })),
    ).toMatchObject({ ...nothing, diverged: 1 });
  });
});

describe('planted leaks', () => {
  const stay = (to: number): RecordLine[] =>
    replaced(
      (line) => line.kind === 'visible' && line.userId === 'carol' && line.conversationId === 'c0',
      (line) => ({ ...line, to }) as RecordLine,
    );

  test('frames after the removal', () => {
    expect(check(stay(3))).toMatchObject({ ...nothing, leaked: 2 });
  });

  test('one frame on the wire to a guest between two stays, though no timeline showed it', () => {
    const lines = run.flatMap((line): RecordLine[] => {
      if (line.kind === 'visible' && line.userId === 'carol' && line.conversationId === 'c0')
        return [
          { ...line, to: 2 },
          { ...line, from: 4 },
        ];
      return line.kind === 'shown' && line.reader === 'carol-1' && line.conversationId === 'c0' && line.seq === 3
        ? []
        : [line];
    });
    expect(check(lines)).toMatchObject({ ...nothing, leaked: 1 });
  });

  test('an event of a conversation that its reader was never in', () => {
    const stranger: Happening = { kind: 'reader', reader: 'eve-1', userId: 'eve', conversationId: 'c9' };
    const copy = { op: 'c0-op1', conversationId: 'c0', seq: 1, value: value('c0', 1), epoch: 'e1' };
    expect(check(add(stranger, { kind: 'frame', reader: 'eve-1', ...copy }))).toMatchObject({ ...nothing, leaked: 1 });
  });

  test('what may not be seen need not be delivered', () => {
    const lines = stay(3).filter(
      (line) => !((line.kind === 'shown' || line.kind === 'frame') && line.reader === 'carol-1' && line.seq > 3),
    );
    expect(check(lines)).toMatchObject(nothing);
  });
});

describe('planted exceptions', () => {
  test('each counts, and what is only noted does not', () => {
    const gone = { kind: 'exception', process: 'api', text: 'ended by itself with 1' } as const;
    expect(check(add(gone, gone, { kind: 'note', text: 'a command was not queued' }))).toMatchObject({
      ...nothing,
      exceptions: 2,
    });
  });
});

describe('any record', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 4 });

  test('without a fault has no finding', () => {
    fc.assert(fc.property(sizes, (counts) => isClean(check(cleanRun(counts)))));
  });

  test('that lacks any one line of a copy has a finding', () => {
    fc.assert(
      fc.property(sizes, fc.nat(), (counts, pick) => {
        const lines = cleanRun(counts);
        const needed = lines.filter((line) => ['invoke', 'document', 'shown'].includes(line.kind));
        const gone = needed[pick % needed.length];
        return check(lines.filter((line) => line !== gone)).findings.length > 0;
      }),
    );
  });

  test('that shows any one event again has a finding', () => {
    fc.assert(
      fc.property(sizes, fc.nat(), (counts, pick) => {
        const lines = cleanRun(counts);
        const shown = lines.filter((line) => line.kind === 'shown');
        const again = shown[pick % shown.length];
        return again !== undefined && check([...lines, again]).duplicated === 1;
      }),
    );
  });
});
