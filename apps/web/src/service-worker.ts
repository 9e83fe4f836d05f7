/// <reference lib="webworker" />
import { version } from '$app/env';
import { assets, immutable } from '$app/manifest';
import { self } from '$app/service-worker';

/** One cache for each build: a page never meets the scripts of another one. */
const NAME = `parley-app-${version}`;
/** The page that stands for every address inside the app. */
const SHELL = '/';

self.addEventListener('install', (event) => {
  goStraight(event);
  event.waitUntil(fill());
});

self.addEventListener('activate', (event) => {
  event.waitUntil(tidy());
});

// A new build waits until the person asks for it, or until the last tab of the old one is closed.
self.addEventListener('message', (event) => {
  if (event.data === 'take over') void self.skipWaiting();
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== self.location.origin) return;
  if (pathname.startsWith('/api/') || pathname.startsWith('/socket.io/')) return;
  const path = request.mode === 'navigate' ? SHELL : pathname;
  event.respondWith(cachedFirst(path, request));
});

/**
 * Requests to the server go past this worker where the browser can be told so: they are sooner there, and what a page says
 * in its last moment does not wait for a worker that nobody waits for (https://w3c.github.io/ServiceWorker, 4.5.1).
 */
function goStraight(event: ExtendableEvent & { addRoutes?: (rules: readonly object[]) => Promise<void> }): void {
  const routed = event.addRoutes?.([{ condition: { urlPattern: { pathname: '/api/*' } }, source: 'network' }]);
  routed?.catch(() => undefined);
}

async function fill(): Promise<void> {
  const cache = await caches.open(NAME);
  // Past the browser's own cache: what an older build left there would mix two builds.
  const paths = [SHELL, ...[...immutable, ...assets].map(({ path }) => absolute(path))];
  await cache.addAll(
    paths.map((path) => new Request(path, { cache: 'no-cache', headers: { accept: 'text/html,*/*' } })),
  );
}

async function tidy(): Promise<void> {
  const old = (await caches.keys()).filter((name) => name !== NAME);
  await Promise.all(old.map((name) => caches.delete(name)));
  // The first visit works without network from now on, not only the next one.
  await self.clients.claim();
}

async function cachedFirst(path: string, request: Request): Promise<Response> {
  const cached = await caches.match(path, { cacheName: NAME });
  return cached ?? fetch(request);
}

const absolute = (path: string): string => (path.startsWith('/') ? path : `/${path}`);
