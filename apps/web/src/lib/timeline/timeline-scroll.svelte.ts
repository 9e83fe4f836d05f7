/** Within this distance of the end one counts as being there. */
export const END_PX = 100;

/** By its lower edge: a row may lose its head when those before it come, and what follows it is what is being read. */
export interface Anchor {
  readonly key: string;
  readonly bottom: number;
}

/**
 * Keeps what is being read where it is. While following, the end stays in view. Otherwise the first visible row is
 * remembered by its key and its place before the rows change, and is put there again after. Differences of the whole
 * height say too little: rows may have come or gone on both sides.
 */
export class TimelineScroll {
  #atEnd = $state(true);
  #following = true;
  #scroller: HTMLElement | null = null;
  #anchor: Anchor | null = null;
  #lastTop = 0;

  get atEnd(): boolean {
    return this.#atEnd;
  }

  get following(): boolean {
    return this.#following;
  }

  get element(): HTMLElement | null {
    return this.#scroller;
  }

  /** Whenever the pane or the rows change their size by themselves, a follower stays at the end. */
  attach(scroller: HTMLElement): () => void {
    this.#scroller = scroller;
    const observer = new ResizeObserver(() => this.#follows() && this.toEnd());
    observer.observe(scroller);
    if (scroller.firstElementChild) observer.observe(scroller.firstElementChild);
    return () => {
      observer.disconnect();
      this.#scroller = null;
    };
  }

  /** Call before the rows change. */
  beforeChange(): void {
    this.#anchor = this.#follows() ? null : this.#firstVisible();
  }

  /** Call after the rows changed. */
  afterChange(): void {
    if (this.#following) this.toEnd();
    else if (this.#anchor) this.#restore(this.#anchor);
  }

  /** @param newest whether the newest row is in the page: only its end is the end. */
  scrolled(newest: boolean): void {
    const scroller = this.#scroller;
    if (!scroller) return;
    const left = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;
    this.#atEnd = newest && left <= END_PX;
    if (this.#atEnd) this.#following = true;
    else if (scroller.scrollTop < this.#lastTop || !newest) this.#following = false;
    this.#lastTop = scroller.scrollTop;
  }

  /** From now on the end stays in view. */
  follow(): void {
    this.#following = true;
    this.toEnd();
  }

  letGo(): void {
    this.#following = false;
  }

  toEnd(): void {
    const scroller = this.#scroller;
    if (!scroller) return;
    scroller.scrollTop = scroller.scrollHeight;
    this.#lastTop = scroller.scrollTop;
    this.#atEnd = true;
  }

  /** Puts a row a quarter of the pane below its top. @returns whether the row is in the page. */
  toRow(key: string): boolean {
    const row = this.#find(key);
    if (!row || !this.#scroller) return false;
    this.#following = false;
    this.#scroller.scrollTop += this.#offset(row) - this.#scroller.clientHeight / 4;
    return true;
  }

  /** The row that is being read, and where it stands; null while following the end. */
  get place(): Anchor | null {
    return this.#follows() ? null : this.#firstVisible();
  }

  /** Puts a row where it once stood. @returns whether it is in the page. */
  toPlace(place: Anchor): boolean {
    if (!this.#find(place.key)) return false;
    this.#following = false;
    this.#restore(place);
    return true;
  }

  /** @returns where a row is: above what is visible, in it, below it, or not in the page. */
  placeOf(key: string): 'above' | 'visible' | 'below' | null {
    const row = this.#find(key);
    if (!row || !this.#scroller) return null;
    const top = this.#offset(row);
    if (top + row.offsetHeight < 0) return 'above';
    return top > this.#scroller.clientHeight ? 'below' : 'visible';
  }

  /** Gives the focus to a message, from where arrows and its keys go on, without moving anything. */
  focusRow(key: string): void {
    this.#find(key)?.querySelector('article')?.focus({ preventScroll: true });
  }

  /** @returns the key of the last row that is wholly visible. */
  lastVisible(): string | null {
    const scroller = this.#scroller;
    if (!scroller) return null;
    const rows = this.#rows();
    const below = this.#firstBelow(rows, scroller.clientHeight + 1);
    return rows[below - 1]?.dataset.key ?? null;
  }

  /** Who scrolled up does not follow any more, also where the event that says so has not come yet. */
  #follows(): boolean {
    const scroller = this.#scroller;
    if (!scroller) return this.#following;
    const left = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;
    if (scroller.scrollTop < this.#lastTop - 1 && left > END_PX) this.#following = false;
    return this.#following;
  }

  /** A message, where one is visible: dividers come and go with what stands above them. */
  #firstVisible(): Anchor | null {
    const rows = this.#rows();
    const visible = rows.slice(
      this.#firstBelow(rows, 0),
      this.#firstBelow(rows, this.#scroller?.clientHeight ?? 0) + 1,
    );
    const first = visible.find((row) => 'row' in row.dataset) ?? visible[0];
    const key = first?.dataset.key;
    return first && key !== undefined ? { key, bottom: this.#bottom(first) } : null;
  }

  #restore(anchor: Anchor): void {
    const row = this.#find(anchor.key);
    if (!row || !this.#scroller) return;
    const drift = this.#bottom(row) - anchor.bottom;
    if (Math.abs(drift) >= 0.5) this.#scroller.scrollTop += drift;
    this.#lastTop = this.#scroller.scrollTop;
  }

  /** @returns the index of the first row that ends below so many pixels from the pane's top. By halves: each look costs. */
  #firstBelow(rows: readonly HTMLElement[], pixels: number): number {
    let [low, high] = [0, rows.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const row = rows[middle];
      if (row && this.#bottom(row) <= pixels) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #offset(row: HTMLElement): number {
    return row.getBoundingClientRect().top - (this.#scroller?.getBoundingClientRect().top ?? 0);
  }

  #bottom(row: HTMLElement): number {
    return this.#offset(row) + row.getBoundingClientRect().height;
  }

  #find(key: string): HTMLElement | undefined {
    return this.#scroller?.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`) ?? undefined;
  }

  #rows(): HTMLElement[] {
    return [...(this.#scroller?.querySelectorAll<HTMLElement>('[data-key]') ?? [])];
  }
}
