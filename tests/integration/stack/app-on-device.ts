import type { Page } from 'playwright-core';

/** Resolves when the app itself is on the device: from then on it opens without a network. */
export async function appIsKept(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    if (navigator.serviceWorker.controller) return;
    await new Promise((taken) => navigator.serviceWorker.addEventListener('controllerchange', taken, { once: true }));
  });
}

/** @returns what the device keeps of the person's conversations, as text; '' when nothing. */
export function keptText(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const done = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.onsuccess = (): void => resolve(request.result);
        request.onerror = (): void => reject(new Error(String(request.error)));
      });
    const known = (await indexedDB.databases()).some((database) => database.name === 'parley-kept');
    if (!known) return '';
    const database = await done(indexedDB.open('parley-kept'));
    const values = await done(database.transaction('kept').objectStore('kept').getAll());
    database.close();
    return values.length === 0 ? '' : JSON.stringify(values);
  });
}
