/**
 * Makes the blocks of a message that scroll sideways reachable by Tab, as long as they do. A block that is wholly in view
 * is no stop: on the way through a room of them one would never come to the next message.
 * @returns how to stop.
 */
export function reachWhatScrolls(text: HTMLElement): (() => void) | undefined {
  const blocks = text.querySelectorAll<HTMLElement>('pre, table');
  if (blocks.length === 0) return undefined;
  const observer = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      if (target.scrollWidth > target.clientWidth) target.setAttribute('tabindex', '0');
      else target.removeAttribute('tabindex');
    }
  });
  for (const block of blocks) observer.observe(block);
  return () => observer.disconnect();
}
