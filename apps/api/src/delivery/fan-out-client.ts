import { Redis } from 'ioredis';

/**
 * Connects to the fan-out Redis for the adapter. It must never give up and never fail at once: the adapter's reader
 * would end or spin. `socketTimeout` finds a connection that silently died; reads block for 2 seconds at most.
 */
export function connectFanOut(url: string, onError: (error: Error) => void): Redis {
  const redis = new FanOutClient(url, {
    maxRetriesPerRequest: null,
    enableOfflineQueue: true,
    lazyConnect: false,
    socketTimeout: 5_000,
    connectTimeout: 5_000,
    retryStrategy: (times) => Math.min(50 * 2 ** times, 1_000),
  });
  redis.on('error', onError);
  return redis;
}

/** Nobody awaits what the adapter publishes, so a failure there must not become an unhandled rejection. */
class FanOutClient extends Redis {
  override publish: Redis['publish'] = (...args: Parameters<Redis['publish']>) =>
    super.call('publish', ...(args as [string, string])).catch(() => 0) as Promise<number>;
}
