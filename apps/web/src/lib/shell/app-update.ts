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

/**
 * Loads the newest build of the app, for whoever may not go on with this one. A page is answered from what is kept on the
 * device, so loading it again is not enough: the build that waits takes over first, or what is kept gives way to the server.
 */
export async function loadNewest(): Promise<void> {
  const registration = 'serviceWorker' in navigator ? await navigator.serviceWorker.getRegistration() : undefined;
  await registration?.update().catch(() => undefined);
  const newer = registration?.waiting ?? registration?.installing ?? null;
  if (newer && (await installed(newer))) change(newer);
  else {
    await registration?.unregister();
    location.reload();
  }
}

/** @returns whether a build got onto the device. */
function installed(worker: ServiceWorker): Promise<boolean> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (worker.state === 'redundant') resolve(false);
      else if (worker.state !== 'installing') resolve(true);
    };
    worker.addEventListener('statechange', look);
    look();
  });
}

function change(worker: ServiceWorker | null): void {
  navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true });
  worker?.postMessage('take over');
}
