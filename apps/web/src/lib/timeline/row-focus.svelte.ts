import type { Row } from './timeline-rows.ts';

/**
 * Roving focus: one message row can be reached by Tab, arrows move between rows. The row is the last one that had
 * focus, as long as it is in the page, or the newest.
 */
export class RowFocus {
  #key = $state<string | null>(null);

  /** @returns the key of the row that Tab reaches; undefined where there is no message. */
  stopIn(rows: readonly Row[]): string | undefined {
    const messages = rows.filter((row) => row.kind === 'message');
    return (messages.find((row) => row.key === this.#key) ?? messages.at(-1))?.key;
  }

  took(event: FocusEvent): void {
    this.#key = rowOf(event.target)?.dataset.key ?? null;
  }

  /** @returns the key of the row that itself has the focus, for a letter that does something there (WCAG 2.1.4). */
  keyed(event: KeyboardEvent): string | undefined {
    return focusedRow(event)?.dataset.key;
  }

  key(event: KeyboardEvent): void {
    const row = focusedRow(event);
    if (!row) return;
    const rows = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>('[data-row]')];
    const next = rows[targetIndex(event.key, rows.indexOf(row), rows.length)];
    if (!next) return;
    event.preventDefault();
    articleOf(next)?.focus();
    next.scrollIntoView({ block: 'nearest' });
  }
}

function targetIndex(key: string, at: number, count: number): number {
  if (key === 'ArrowUp' || key === 'k') return at - 1;
  if (key === 'ArrowDown' || key === 'j') return at + 1;
  if (key === 'Home') return 0;
  return key === 'End' ? count - 1 : -1;
}

function focusedRow(event: KeyboardEvent): HTMLElement | null {
  const row = rowOf(event.target);
  const isPlain = !event.altKey && !event.ctrlKey && !event.metaKey;
  return row && isPlain && event.target === articleOf(row) ? row : null;
}

function rowOf(target: EventTarget | null): HTMLElement | null {
  return target instanceof Element ? target.closest<HTMLElement>('[data-row]') : null;
}

function articleOf(row: HTMLElement): HTMLElement | null {
  return row.querySelector('article');
}
