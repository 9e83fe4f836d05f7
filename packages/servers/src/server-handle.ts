/** One running server, however it was started. All of its files are below `dataDir` ('' where there is no such folder). */
export interface ServerHandle {
  readonly kind: 'redis' | 'mongodb';
  /** `redis://127.0.0.1:port` or `mongodb://127.0.0.1:port/parley?replicaSet=parley`; the same after a restart. */
  readonly url: string;
  readonly port: number;
  /** The server's process on this machine; another one after a restart; 0 while none runs. */
  readonly pid: number;
  readonly dataDir: string;
  /** Resolves when the server is gone, for whatever reason; never for one that was given by its URL. */
  gone(): Promise<void>;
  /** Ends the server cleanly and gives its data up. Calling it again does nothing. */
  stop(): Promise<void>;
  /** Sends a signal (default SIGKILL) and, unless it is SIGSTOP or SIGCONT, waits until the process is gone. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again on the same port with the same data; a server that still runs is ended cleanly first. */
  restart(): Promise<void>;
  /** The server freezes: connections stay open and nothing is answered. */
  pause(): Promise<void>;
  resume(): Promise<void>;
}

/** A server could not be found, started or used. The message says what to do next. */
export class ServerError extends Error {
  override readonly name = 'ServerError';
}
