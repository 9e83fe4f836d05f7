/** An entry of the fan-out stream as the adapter's reader hands it over: the fields of XADD, all text. */
export interface RawEntry {
  readonly uid?: string;
  readonly nsp?: string;
  readonly type?: string;
  readonly data?: string;
  /** Our dense counter. */
  readonly n?: string;
}

/** Types of the adapter's cluster messages that appear in the stream (socket.io-adapter 2.5, MessageType). */
export const entryType = { control: '0', broadcast: '3', join: '4', leave: '5', disconnect: '6' } as const;

/** What a node says to itself through the stream. */
export type Control = { readonly marker: string } | { readonly heartbeat: true };

/** @returns the control entry of the node `uid`, or undefined when it is another node's or none that is known. */
export function parseControl(entry: RawEntry, uid: string): Control | undefined {
  if (entry.uid !== uid || entry.data === undefined) return undefined;
  const data = JSON.parse(entry.data) as { marker?: unknown; heartbeat?: unknown };
  if (typeof data.marker === 'string') return { marker: data.marker };
  return data.heartbeat === undefined ? undefined : { heartbeat: true };
}

/** A broadcast as text that can go to a socket as it is, and the rooms that get it. */
export interface BroadcastText {
  /** A Socket.IO event packet (protocol 5): `2["events",{…}]`. */
  readonly packet: string;
  readonly rooms: readonly string[];
}

const before = '{"packet":{"type":2,"data":[';
const between = ']},"opts":';

/**
 * Cuts the packet out of a broadcast entry without parsing the events in it.
 * @param offset where a client may resume: appended as the last argument, as the adapter does; null for none.
 * @returns undefined when the entry is not exactly of the form that our scripts write.
 */
export function cutBroadcast(data: string, offset: string | null): BroadcastText | undefined {
  const end = data.lastIndexOf(between);
  if (!data.startsWith(before) || end < 0) return undefined;
  const { rooms, except } = JSON.parse(data.slice(end + between.length, -1)) as { rooms: string[]; except: string[] };
  if (rooms.length === 0 || except.length > 0) return undefined;
  const args = data.slice(before.length, end);
  return { packet: offset === null ? `2[${args}]` : `2[${args},"${offset}"]`, rooms };
}
