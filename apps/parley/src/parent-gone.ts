const EVERY_MS = 1_000;

/** Calls `then` once when the process that started this one is gone: nobody could stop us by it any more. */
export function whenParentGone(then: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    then();
  }, EVERY_MS);
  timer.unref();
}
