/** What the driver uses for its own bulk writes (mongodb 7.9, lib/cmap/commands.js) and gives no type for. */
declare module 'mongodb/lib/cmap/commands.js' {
  /** A command's list of documents that are BSON already (OP_MSG, section of kind 1). */
  export class DocumentSequence {
    constructor(field: string);
    push(document: object, bson: Uint8Array): number;
  }
}
