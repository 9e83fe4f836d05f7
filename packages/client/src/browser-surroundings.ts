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
  onLeaving(listener) {
    // Of a page that is put away on a phone nothing more may be heard than that it is hidden.
    const hidden = (): void => {
      if (document.visibilityState === 'hidden') listener();
    };
    addEventListener('pagehide', listener);
    document.addEventListener('visibilitychange', hidden);
    return () => {
      removeEventListener('pagehide', listener);
      document.removeEventListener('visibilitychange', hidden);
    };
  },
};
