import type { Surroundings } from './surroundings.ts';

/** A browser's page. */
export const browserSurroundings: Surroundings = {
  hasNetwork: () => navigator.onLine,
  onNetwork(listener) {
    const came = (): void => listener(true);
    const went = (): void => listener(false);
    addEventListener('online', came);
    addEventListener('offline', went);
    return () => {
      removeEventListener('online', came);
      removeEventListener('offline', went);
    };
  },
};
