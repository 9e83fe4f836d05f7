export const SUBTYPE_GENERIC = 0;
export const SUBTYPE_UUID = 4;

const [DOUBLE, TEXT, BINARY, BOOLEAN, INT32] = [0x01, 0x02, 0x05, 0x08, 0x10];
const GREATEST_INT32 = 2 ** 31 - 1;

/**
 * Writes BSON documents (https://bsonspec.org/spec.html) one behind the other into one buffer. Only what the archive
 * needs, and only field names of one byte or `_id`: the driver's serialiser needs ten times as long for such a document.
 */
export class BsonWriter {
  #bytes = Buffer.allocUnsafeSlow(64 * 1024);
  #at = 0;
  #documents = 0;
  #largest = 0;

  /** How many documents were written. */
  get documents(): number {
    return this.#documents;
  }

  /** Bytes of the largest document. */
  get largest(): number {
    return this.#largest;
  }

  /** @returns all documents; valid until the writer is used again. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#at);
  }

  /** Begins a document. @returns what `end` is to be told. */
  begin(): number {
    this.#room(4);
    this.#at += 4;
    return this.#at - 4;
  }

  /** Ends the document that began there. */
  end(begin: number): void {
    this.#room(1);
    this.#bytes[this.#at++] = 0;
    this.#bytes.writeInt32LE(this.#at - begin, begin);
    this.#documents += 1;
    this.#largest = Math.max(this.#largest, this.#at - begin);
  }

  binary(name: string, value: Uint8Array, subtype: number): void {
    this.#name(BINARY, name, value.length + 5);
    this.#at = this.#bytes.writeInt32LE(value.length, this.#at);
    this.#bytes[this.#at++] = subtype;
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
  }

  /** @param value UTF-8. */
  text(name: string, value: Uint8Array): void {
    this.#name(TEXT, name, value.length + 5);
    this.#at = this.#bytes.writeInt32LE(value.length + 1, this.#at);
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
    this.#bytes[this.#at++] = 0;
  }

  /** A whole number, as the driver writes it: of 32 bits where it fits, else as a double. */
  number(name: string, value: number): void {
    const small = value <= GREATEST_INT32;
    this.#name(small ? INT32 : DOUBLE, name, 8);
    this.#at = small ? this.#bytes.writeInt32LE(value, this.#at) : this.#bytes.writeDoubleLE(value, this.#at);
  }

  yes(name: string): void {
    this.#name(BOOLEAN, name, 1);
    this.#bytes[this.#at++] = 1;
  }

  #name(type: number, name: string, room: number): void {
    this.#room(room + 5);
    this.#bytes[this.#at++] = type;
    for (let at = 0; at < name.length; at += 1) this.#bytes[this.#at++] = name.charCodeAt(at);
    this.#bytes[this.#at++] = 0;
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow((this.#at + bytes) * 2);
    larger.set(this.bytes, 0);
    this.#bytes = larger;
  }
}
