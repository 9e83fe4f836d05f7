/**
 * Watches for a newer build of the app that waits behind this one.
 * @param offer called once for each, with how to change to it: the page is loaded anew, drafts are kept.
 * @returns how to stop.
 */
export function watchForUpdate(offer: (change: () => void) => void): () => void {
  if (!('serviceWorker' in navigator)) return () => undefined;
  const stop = new AbortController();
  void navigator.serviceWorker.ready.then((registration) => {
    if (stop.signal.aborted) return;
    if (registration.waiting) offer(() => change(registration.waiting));
    registration.addEventListener('updatefound', () => found(registration.installing, offer), { signal: stop.signal });
  });
  return () => stop.abort();
}

function found(worker: ServiceWorker | null, offer: (change: () => void) => void): void {
  worker?.addEventListener('statechange', () => {
    // Without a controller it is the first build of all, and nothing is out of date.
    if (worker.state === 'installed' && navigator.serviceWorker.controller) offer(() => change(worker));
  });
}

function change(worker: ServiceWorker | null): void {
  navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true });
  worker?.postMessage('take over');
}
