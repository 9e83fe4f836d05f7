import type { Page } from 'playwright-core';

/** Where the keyboard is. */
export interface FocusStop {
  /** What has the focus, well enough to tell it from the others. */
  readonly id: string;
  /** The part of the page that it is in; '' outside of all. */
  readonly region: string;
  /** Whether one sees it: by an outline or a shadow of it or of the field around it. */
  readonly visible: boolean;
}

/** @returns null where nothing has the focus. */
export function focusStop(page: Page): Promise<FocusStop | null> {
  return page.evaluate(() => {
    const focused = document.activeElement;
    if (!focused || focused === document.body) return null;
    const isRinged = (element: Element): boolean => {
      const { outlineStyle, outlineWidth, outlineColor, boxShadow } = getComputedStyle(element);
      const isSeen = !/transparent|, 0\)|\/ 0\)/.test(outlineColor);
      return (outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1 && isSeen) || boxShadow !== 'none';
    };
    const region = focused.closest('[data-region]');
    const named = region?.hasAttribute('aria-label') ? region : region?.querySelector('[aria-label]');
    const place = [...document.querySelectorAll('*')].indexOf(focused);
    return {
      id: `${focused.tagName} ${focused.getAttribute('aria-label') ?? focused.textContent.trim()} ${place}`,
      region: named?.getAttribute('aria-label') ?? '',
      visible: isRinged(focused) || [...document.querySelectorAll('form:focus-within')].some(isRinged),
    };
  });
}
