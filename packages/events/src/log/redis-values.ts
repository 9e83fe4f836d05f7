/**
 * The values of Redis replies (RESP2, https://redis.io/docs/latest/develop/reference/protocol-spec/) as places in the
 * bytes that came: nothing is copied and nothing is made for a value that nobody looks at. Feed `push` until it says
 * that all replies are there, then take the values in their order.
 */
export class RedisValues {
  #bytes: Buffer;
  #filled = 0;
  #scanned = 0;
  /** Values that are still to come; an array adds its own. */
  #open: number;
  /** Two numbers a value: begin and end of a string; `ARRAY` and the count; `NULL` and 0. */
  readonly #values: number[] = [];
  /** Which value is next: set it back to read values again. */
  place = 0;
  /** Where the string ends that `string` gave last. */
  end = 0;

  /** @param replies how many are awaited. @param room expected bytes: more only costs copying. */
  constructor(replies: number, room: number) {
    this.#open = replies;
    this.#bytes = Buffer.allocUnsafeSlow(room);
  }

  /** All bytes, which `string` points into. */
  get bytesOfAll(): Buffer {
    return this.#bytes;
  }

  /** Bytes that came so far. */
  get size(): number {
    return this.#filled;
  }

  /** @returns whether every reply is complete. Throws the first error that Redis replied, or for what is not RESP2. */
  push(chunk: Uint8Array): boolean {
    if (this.#filled + chunk.length > this.#bytes.length) this.#grow(this.#filled + chunk.length);
    this.#bytes.set(chunk, this.#filled);
    this.#filled += chunk.length;
    while (this.#open > 0) if (!this.#scan()) return false;
    return true;
  }

  /** @returns how many values the next list has. */
  array(): number {
    const kind = this.#take();
    if (kind !== ARRAY) throw new Error('Redis replied something else than a list.');
    return this.end;
  }

  /** @returns where the next string begins, `end` says where it ends; a negative number where there is none. */
  string(): number {
    const begin = this.#take();
    if (begin === ARRAY) throw new Error('Redis replied a list instead of a string.');
    return begin;
  }

  /** @returns the next string's bytes, in place; null where there is none. */
  bytes(): Buffer | null {
    const begin = this.string();
    return begin === NULL ? null : this.#bytes.subarray(begin, this.end);
  }

  /** @returns the next string as text; null where there is none. */
  text(): string | null {
    return this.bytes()?.toString() ?? null;
  }

  #take(): number {
    const [one, two] = [this.#values[this.place], this.#values[this.place + 1]];
    if (one === undefined || two === undefined) throw new Error('Redis replied less than was asked for.');
    this.place += 2;
    this.end = two;
    return one;
  }

  /** Takes in one value, if all of it is there. */
  #scan(): boolean {
    const bytes = this.#bytes;
    const kind = bytes[this.#scanned];
    let at = this.#scanned + 1;
    let number = 0;
    let negative = false;
    for (; ; at += 1) {
      if (at + 1 >= this.#filled) return false;
      const byte = bytes[at];
      if (byte === CR) break;
      if (byte === MINUS) negative = true;
      else number = number * 10 + (byte ?? 0) - ZERO;
    }
    const line = at + 2;
    if (kind === STRING && !negative) {
      if (line + number + 2 > this.#filled) return false;
      this.#values.push(line, line + number);
      this.#scanned = line + number + 2;
    } else {
      this.#simple(kind, { begin: this.#scanned + 1, end: at }, negative ? -1 : number);
      this.#scanned = line;
    }
    this.#open -= 1;
    return true;
  }

  #simple(kind: number | undefined, line: { begin: number; end: number }, number: number): void {
    if (kind === LIST && number >= 0) {
      this.#values.push(ARRAY, number);
      this.#open += number;
    } else if (kind === LIST || kind === STRING) this.#values.push(NULL, 0);
    else if (kind === NUMBER || kind === STATUS) this.#values.push(line.begin, line.end);
    else if (kind === ERROR) throw new Error(this.#bytes.toString('utf8', line.begin, line.end));
    else throw new Error('What answers at the address of the log Redis is not Redis.');
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
    larger.set(this.#bytes.subarray(0, this.#filled), 0);
    this.#bytes = larger;
  }
}

const ARRAY = -1;
const NULL = -2;
const [CR, MINUS, ZERO] = [13, 45, 48];
const [STRING, LIST, NUMBER, STATUS, ERROR] = [36, 42, 58, 43, 45];
