/** What the client asks of the place it runs in: whether there is a network, news of it, and when it may be over. */
export interface Surroundings {
  /** False only where the place is sure that there is no network. */
  hasNetwork(): boolean;
  /** Calls back when the network comes (true) or goes (false). */
  onNetwork(listener: (there: boolean) => void): () => void;
  /** Calls back whenever the place may be gone in a moment: a last request must be on its way when that returns. */
  onLeaving?(listener: () => void): () => void;
}

/** Node, or anything else that can't tell: the network is always thought to be there. */
export const plainSurroundings: Surroundings = {
  hasNetwork: () => true,
  onNetwork: () => () => undefined,
};
