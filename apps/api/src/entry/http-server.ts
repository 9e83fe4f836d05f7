import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { newId, type Refusal } from '@parley/events';
import compression from 'compression';
import express, { type Express, type NextFunction, type Request, type Response, type Router } from 'express';
import helmet from 'helmet';
import type { Logger } from '../logger.ts';
import { contentSecurityPolicy } from './content-security-policy.ts';
import { createHealth, type Health } from './health.ts';
import { notFound, refusalOf, replyRefusal } from './reply-error.ts';
import { routesBase } from './routes.ts';
import { createStaticWeb, readPage } from './static-web.ts';

/** In bytes. What fits into the first few packets of an answer arrives no sooner when it is made smaller. */
const COMPRESSED_FROM = 4_096;

export interface HttpServerOptions {
  readonly health: Health;
  readonly webDir: string | undefined;
  /** Whether browsers reach Parley by https. */
  readonly secure: boolean;
  readonly logger: Logger;
}

const notReady: Refusal = {
  kind: 'not_ready',
  message: 'This node is starting or stopping. Try again in a moment.',
  retryAfterMs: 500,
};

/**
 * The HTTP side of a node. It listens before anything else is there: alive, with a reason why it is not ready. The
 * routes come with `open`.
 */
export class HttpServer {
  readonly server: Server;
  readonly #options: HttpServerOptions;
  #routes: Router | undefined;
  #closing = false;

  constructor(options: HttpServerOptions) {
    this.#options = options;
    this.server = createServer(this.#createApp());
    // A request must be all there within 30 s; slower ones only hold connections.
    this.server.requestTimeout = 30_000;
    this.server.headersTimeout = 10_000;
  }

  /** Several processes of one machine may listen on the same port; the system spreads connections. */
  async listen(host: string, port: number): Promise<void> {
    this.server.listen({ host, port, reusePort: true });
    await once(this.server, 'listening');
  }

  /** From now on requests are answered by these routes. */
  open(routes: Router): void {
    this.#routes = routes;
  }

  /** Stops accepting, and resolves when the requests that were under way are answered. */
  async close(): Promise<void> {
    this.#closing = true;
    if (!this.server.listening) return;
    const closed = once(this.server, 'close');
    this.server.close();
    await closed;
  }

  #createApp(): Express {
    const { webDir, health } = this.#options;
    const app = express();
    app.disable('x-powered-by');
    app.set('query parser', 'simple');
    app.set('etag', false);
    app.use((_, response, next) => {
      if (this.#closing) response.set('Connection', 'close');
      next();
    });
    app.use(this.#protect());
    app.use(compression({ threshold: COMPRESSED_FROM, filter: mayCompress }));
    app.use(createHealth(health));
    app.use(routesBase, (request, response, next) => {
      if (this.#routes) this.#routes(request, response, next);
      else replyRefusal(response, notReady, newId());
    });
    if (webDir !== undefined) app.use(createStaticWeb(webDir));
    app.use((_: Request, response: Response) => replyRefusal(response, notFound, newId()));
    app.use(this.#replyFault.bind(this));
    return app;
  }

  #protect(): ReturnType<typeof helmet> {
    const { webDir, secure } = this.#options;
    return helmet({
      contentSecurityPolicy: { useDefaults: false, directives: contentSecurityPolicy(readPage(webDir)) },
      strictTransportSecurity: secure,
      referrerPolicy: { policy: 'no-referrer' },
      xFrameOptions: { action: 'deny' },
    });
  }

  // Express knows an error handler by its four parameters.
  #replyFault(error: unknown, _: Request, response: Response, next: NextFunction): void {
    if (response.headersSent) {
      next(error);
      return;
    }
    const requestId = newId();
    const refusal = refusalOf(error);
    if (refusal.kind === 'internal') this.#options.logger.error({ requestId, error }, 'a request failed');
    replyRefusal(response, refusal, requestId);
  }
}

function mayCompress(request: Request, response: Response): boolean {
  return response.locals.secret !== true && compression.filter(request, response);
}
