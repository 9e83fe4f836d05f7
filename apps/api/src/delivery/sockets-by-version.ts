import type { ChatServer } from './chat-socket.ts';

/** Sockets of this node, by whether their clients speak a version or later ones. */
export interface SocketsByVersion {
  readonly present: string[];
  readonly old: string[];
}

/** @returns the sockets of which these are the ids, those of clients before `version` apart. */
export function socketsByVersion(io: ChatServer, ids: Iterable<string>, version: number): SocketsByVersion {
  const { sockets } = io.of('/');
  const split: SocketsByVersion = { present: [], old: [] };
  for (const id of ids) split[(sockets.get(id)?.data.protocol ?? version) < version ? 'old' : 'present'].push(id);
  return split;
}
