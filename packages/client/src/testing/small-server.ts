import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server as HttpServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  API,
  httpRoutes,
  newId,
  type DeviceId,
  type Refusal,
  type Session,
  type UserId,
  type WorkspaceId,
} from '@parley/events';
import { Server } from 'socket.io';

const workspace = { workspaceId: newId<WorkspaceId>(), name: 'Parley' };
const user = { userId: newId<UserId>(), username: 'alice', name: 'Alice', role: 'member' as const };
const deviceId = newId<DeviceId>();

/** What stands between a client and its log, and no more: handshakes, and the two routes that a connection asks. */
export class SmallServer {
  readonly io: Server;
  /** Tokens of all handshakes that came through, in order. */
  readonly handshakes: string[] = [];
  /** The only token that opens a socket; a renewal gives it out. */
  token = 'first';
  /** False: whatever stands between lets no socket through. */
  passesSockets = true;
  /** So many sockets were not let through. */
  blocked = 0;
  /** False: the server does not know the session any more. */
  knowsSession = true;
  /** True: it opens no socket to a client of this version any more. */
  wantsNewer = false;
  /** True: it ends every socket by itself as soon as it is open. */
  throwsOut = false;
  readonly #http: HttpServer;

  private constructor() {
    this.#http = createServer((request, response) => this.#answer(request, response));
    this.io = new Server(this.#http, {
      transports: ['websocket'],
      serveClient: false,
      allowRequest: (_, decide) => {
        if (!this.passesSockets) this.blocked += 1;
        decide(this.passesSockets ? null : 'blocked', this.passesSockets);
      },
    });
    this.io.use((socket, next) => {
      const { token } = socket.handshake.auth as { token: string };
      this.handshakes.push(token);
      if (this.wantsNewer) next(refusal(tooOld));
      else next(token === this.token ? undefined : refusal(sessionOver));
    });
    this.io.on('connection', (socket) => this.throwsOut && socket.disconnect(true));
  }

  static async start(): Promise<SmallServer> {
    const server = new SmallServer();
    server.#http.listen(0, '127.0.0.1');
    await once(server.#http, 'listening');
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  get sockets(): number {
    return this.io.of('/').sockets.size;
  }

  /** Alice's session with whatever token opens a socket now. */
  session(): Session {
    return { user, deviceId, workspace, accessToken: this.token, accessExpiresAt: Date.now() + 600_000 };
  }

  async close(): Promise<void> {
    this.#http.closeAllConnections();
    await this.io.close();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    response.setHeader('content-type', 'application/json');
    if (request.url === API + httpRoutes.setupState.path) response.end(JSON.stringify({ needed: false }));
    else if (this.knowsSession) response.end(JSON.stringify(this.session()));
    else response.writeHead(401).end(JSON.stringify(problem));
  }
}

const sessionOver = { kind: 'unauthenticated', message: 'Sign in to go on.' } as const;
const tooOld = { kind: 'upgrade_required', message: 'Load the app again.' } as const;

const problem = {
  ...{ type: 'about:blank', title: 'Unauthorized', status: 401, requestId: 'none' },
  ...{ code: sessionOver.kind, detail: sessionOver.message },
};

const refusal = (data: Pick<Refusal, 'kind' | 'message'>): Error => Object.assign(new Error(data.kind), { data });
