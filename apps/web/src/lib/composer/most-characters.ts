/** How long a message may be. */
export const MOST_CHARACTERS = 8_000;
