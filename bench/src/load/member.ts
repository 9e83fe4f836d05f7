/** One member of a conversation on one socket, in whatever dialect its system speaks. */
export interface Member {
  /** Sends a message; calls `acked` once with whether the system took it. */
  send(text: string, acked: (taken: boolean) => void): void;
  close(): void;
}

/** Where a member stands. Even members connect to the first node, odd ones to the second. */
export interface Place {
  readonly conversation: number;
  readonly member: number;
}

export const nodeOf = (place: Place): 0 | 1 => (place.member % 2 === 0 ? 0 : 1);

/** A system that is running and takes load. */
export interface System {
  readonly name: string;
  /** @param heard gets every live frame, raw. */
  connect(place: Place, heard: (frame: string) => void): Promise<Member>;
  /** Processes of this system, for its CPU time. */
  pids(): number[];
  stop(): Promise<void>;
}

/** The crowd of P1 and P2: conversations, members in each, and how many of those send. */
export interface Crowd {
  readonly conversations: number;
  readonly members: number;
  readonly senders: number;
}

export const usualCrowd: Crowd = { conversations: 20, members: 10, senders: 2 };
