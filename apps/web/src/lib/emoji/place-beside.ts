interface Size {
  readonly width: number;
  readonly height: number;
}

const GAP = 8;

/** @returns where to put a box beside something: above it if there is room, else below, always inside the window. */
export function placeBeside(
  near: Pick<DOMRect, 'top' | 'bottom' | 'right'>,
  box: Size,
  window: Size,
): { readonly left: number; readonly top: number } {
  const above = near.top - box.height - GAP;
  const top = above >= GAP ? above : near.bottom + GAP;
  return {
    left: Math.max(GAP, Math.min(near.right - box.width, window.width - box.width - GAP)),
    top: Math.max(GAP, Math.min(top, window.height - box.height - GAP)),
  };
}
