/** Where one lands in a region: at what is current, written in or read, else at what Tab would reach first. */
const landings = [
  '[aria-current="page"]',
  'textarea',
  'article[tabindex="0"]',
  '[tabindex="0"]',
  'a[href], button:not(:disabled), input, select',
] as const;

/**
 * Moves the focus to the next part of the page, or the previous one; after the last comes the first. Parts carry
 * `data-region`; those that can't be seen or hold nothing to focus are passed over.
 * @param step 1 or -1.
 */
export function goToRegion(step: 1 | -1): void {
  const stops = [...document.querySelectorAll<HTMLElement>('[data-region]')].flatMap((region) => {
    const landing = landingIn(region);
    return landing ? [{ region, landing }] : [];
  });
  const at = stops.findIndex(({ region }) => region.contains(document.activeElement));
  const next = at < 0 && step < 0 ? stops.length - 1 : at + step;
  stops[(next + stops.length) % stops.length]?.landing.focus({ focusVisible: true });
}

function landingIn(region: HTMLElement): HTMLElement | undefined {
  for (const landing of landings) {
    const found = [...region.querySelectorAll<HTMLElement>(landing)].find((element) => element.checkVisibility());
    if (found) return found;
  }
  return undefined;
}
