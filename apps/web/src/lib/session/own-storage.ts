/** @returns the browser's storage for this page; null where it lets no page store anything. */
export function ownStorage(): Storage | null {
  try {
    return localStorage;
  } catch {
    return null;
  }
}
