import { setTimeout as wait } from 'node:timers/promises';
import { openEventLog, type RedisEventLog } from '@parley/events/log';
import { archiveOf, lineageOf, migrate, openDatabase, type Database } from '@parley/read-models';
import type { Config } from './config.ts';
import { MongoWatch } from './connections.ts';
import { HttpServer } from './entry/http-server.ts';
import type { Logger } from './logger.ts';
import { StopsWatch } from './stops-watch.ts';
import { wire, type Wired } from './wiring.ts';

const RETRY_MS = 500;
const LOOK_MS = 25;
/** Clients get this long to go elsewhere, and requests that are under way to be answered. */
const DRAIN_MS = 1_500;
const ANSWER_MS = 4_000;

/** One api node: alive as soon as it listens, ready when all it needs is there, again and again over outages. */
export class App implements AsyncDisposable {
  readonly #config: Config;
  readonly #logger: Logger;
  readonly #http: HttpServer;
  readonly #database: Database;
  readonly #mongo: MongoWatch;
  readonly #stops: StopsWatch;
  #log: RedisEventLog | undefined;
  #wired: Wired | undefined;
  #stopping = false;

  private constructor(config: Config, logger: Logger) {
    this.#config = config;
    this.#logger = logger;
    const { webDir } = config;
    const secure = config.publicUrl.startsWith('https:');
    this.#http = new HttpServer({ health: this, webDir, secure, logger });
    this.#database = openDatabase(config.mongoUrl);
    this.#mongo = new MongoWatch(this.#database);
    this.#stops = new StopsWatch(this.#database);
  }

  /**
   * Listens. Waiting for `ready` is the caller's choice.
   * @throws the system's error when the port is taken.
   */
  static async listen(config: Config, logger: Logger): Promise<App> {
    const app = new App(config, logger);
    await app.#http.listen(config.host, config.port);
    return app;
  }

  /**
   * Puts the node to work, however late its servers are.
   * @returns true when it is ready for the first time, false when it stops before that.
   * @throws LogServerError when the log's Redis may not be used as it is set up.
   */
  async ready(): Promise<boolean> {
    if (!(await this.#migrate())) return false;
    const database = this.#database;
    const log = await openEventLog({
      url: this.#config.logUrl,
      fanOutUrl: this.#config.fanoutUrl,
      archive: archiveOf(database),
      lineage: lineageOf(database),
      acceptLoss: this.#config.acceptLoss,
      onFault: (error) => this.#logger.warn({ error }, 'the log had a fault'),
    });
    this.#log = log;
    const [config, logger, http, mongo] = [this.#config, this.#logger, this.#http, this.#mongo];
    this.#wired = wire({ config, logger, http, database, mongo, log });
    this.#http.open(this.#wired.routes);
    while (!this.#isStopping() && this.reasons().length > 0) await wait(LOOK_MS);
    if (this.#isStopping()) return false;
    this.#logger.info({ port: this.#config.port }, 'ready');
    return true;
  }

  /** @returns what this node waits for, one short text for each; empty when it is ready. */
  reasons(): readonly string[] {
    if (this.#stopping) return ['this node is stopping'];
    if (!this.#log || !this.#wired) return [...this.impaired(), 'this node is starting'];
    const status = this.#log.status();
    return [...(status.ready ? [] : [status.reason]), ...this.#wired.sockets.reasons()];
  }

  /** @returns what is missing while this node serves: sends and live delivery need no MongoDB once it has started. */
  impaired(): readonly string[] {
    return this.#mongo.reachable ? this.#stops.impaired() : ['MongoDB is out of reach'];
  }

  /** Drains: accepts nothing new, sends the sockets away, waits for what is under way, and lets go of everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    const closed = this.#http.close();
    await this.#wired?.sockets.close(DRAIN_MS);
    const late = new AbortController();
    void wait(ANSWER_MS, undefined, { signal: late.signal }).then(
      () => this.#http.server.closeAllConnections(),
      () => undefined,
    );
    await closed;
    late.abort();
    await this.#wired?.close();
    await this.#log?.close();
    this.#stops[Symbol.dispose]();
    await this.#database[Symbol.asyncDispose]();
  }

  /** @returns whether it is done; false when the node stops instead. */
  async #migrate(): Promise<boolean> {
    for (let told = false; !this.#isStopping();) {
      try {
        await migrate(this.#database);
        if (told) this.#logger.info({}, 'MongoDB is prepared');
        return true;
      } catch (error) {
        if (!told) this.#logger.warn({ error }, 'MongoDB could not be prepared; trying again until it can');
        told = true;
        await wait(RETRY_MS);
      }
    }
    return false;
  }

  #isStopping(): boolean {
    return this.#stopping;
  }
}
