import { setTimeout as delay } from 'node:timers/promises';
import { newId, type CommandId, type ConversationId, type Session } from '@parley/events';
import { enterAgain, type Door, type Person } from './crowd.ts';
import type { Field, Figures } from './field.ts';
import { RawSocket } from './raw-socket.ts';

const deafOnes = 6;
/** Of what is said in the room of the deaf: so much, so often a second. */
const textBytes = 8_000;
const perSecond = 24;
const account = { password: 'a long password' };
/** Tokens live for some minutes. */
const tokenMs = 60_000;
/** Beyond what one frame may have. */
const tooLong = 'x'.repeat(300_000);

interface Hostile {
  readonly username: string;
  session: Session;
  since: number;
}

/**
 * People who mean no good, in a room with much traffic: some connect and never read; some come and go without a word, stop
 * in the middle of a handshake, or send frames that are no packets, or too long.
 */
export class HostileCrowd {
  readonly #door: Door;
  readonly #ports: readonly number[];
  readonly #admin: Person;
  readonly #hostiles: readonly Hostile[];
  readonly #room: ConversationId;
  readonly #open = new Set<RawSocket>();
  readonly #tasks: Promise<void>[] = [];
  readonly #cuts: number[] = [];
  #said = 0;
  #visits = 0;
  #over = false;

  private constructor(door: Door, ports: readonly number[], admin: Person, hostiles: Hostile[], room: ConversationId) {
    this.#door = door;
    this.#ports = ports;
    this.#admin = admin;
    this.#hostiles = hostiles;
    this.#room = room;
    this.#cuts = hostiles.map(() => 0);
  }

  /** Makes their accounts and their room. Nothing bad happens yet. */
  static async gather(door: Door, { stack, crowd }: Field): Promise<HostileCrowd> {
    const admin = await enterAgain(door, crowd.auditor.name);
    const { code } = await admin.client.call('createInvite', { uses: deafOnes, hours: 24 });
    const hostiles: Hostile[] = [];
    for (let count = 0; count < deafOnes; count += 1) {
      const username = `eve${count}`;
      const asked = { invite: code, name: username, username, ...account };
      hostiles.push({ username, session: await door.library.signUp(door.address, asked), since: performance.now() });
    }
    const members = hostiles.map(({ session }) => session.user.userId);
    const room = await admin.client.createGroup('wide', members);
    const ports = stack.apis.map(({ url }) => Number(new URL(url).port));
    return new HostileCrowd(door, ports, admin, hostiles, room);
  }

  /** How often those who do not read were cut, by person. */
  get cuts(): readonly number[] {
    return this.#cuts;
  }

  /** Begins the traffic of the room: what it costs by itself is no fault of those who do not read it. */
  talk(): void {
    this.#tasks.push(this.#regularly(1_000 / perSecond, () => this.#say()));
  }

  /** Lets all of them loose. */
  attack(): void {
    for (const [at, hostile] of this.#hostiles.entries()) this.#tasks.push(this.#beDeaf(at, hostile));
    const any = (): Hostile | undefined => this.#hostiles[this.#visits % this.#hostiles.length];
    this.#tasks.push(
      this.#regularly(400, () => this.#visit(any(), (socket) => socket.drop())),
      this.#regularly(2_000, () => this.#visit(any(), (socket) => socket.text(tooLong))),
      this.#regularly(2_000, () => this.#visit(any(), (socket) => socket.text('42["command"'))),
      this.#regularly(1_000, () => this.#beginRequest()),
    );
  }

  /** Ends everything. */
  async stop(): Promise<Figures> {
    this.#over = true;
    for (const socket of this.#open) socket.drop();
    await Promise.all(this.#tasks);
    await this.#admin.client.close();
    const cuts = this.#cuts.reduce((sum, count) => sum + count, 0);
    return { deafSockets: this.#hostiles.length, deafCuts: cuts, visits: this.#visits, floodMessages: this.#said };
  }

  #isOver(): boolean {
    return this.#over;
  }

  /** Does something again and again; what one attempt meets is no matter. */
  async #regularly(periodMs: number, work: () => Promise<unknown>): Promise<void> {
    while (!this.#isOver()) await Promise.all([work().catch(() => undefined), delay(periodMs)]);
  }

  async #say(): Promise<void> {
    const command = {
      type: 'message.send' as const,
      commandId: newId<CommandId>(),
      conversationId: this.#room,
      content: { suite: 'none' as const, text: 'x'.repeat(textBytes) },
    };
    await this.#admin.client.call('command', { commands: [command] });
    this.#said += 1;
  }

  /** Connects, reads nothing, says that it lives; once it is cut, again. */
  async #beDeaf(at: number, hostile: Hostile): Promise<void> {
    while (!this.#isOver()) {
      const socket = this.#connect();
      if (!(await socket.enter(await this.#token(hostile)).catch(() => false))) {
        socket.drop();
        await delay(500);
        continue;
      }
      socket.deaf();
      const alive = setInterval(() => socket.pong(), 1_000);
      await socket.closed;
      clearInterval(alive);
      if (!this.#isOver()) this.#cuts[at] = (this.#cuts[at] ?? 0) + 1;
    }
  }

  /** Comes in, does something and is gone, one way or the other. */
  async #visit(hostile: Hostile | undefined, act: (socket: RawSocket) => void): Promise<void> {
    this.#visits += 1;
    if (!hostile) return;
    const socket = this.#connect();
    if (await socket.enter(await this.#token(hostile))) act(socket);
    await delay(Math.random() * 200);
    socket.drop();
  }

  #beginRequest(): Promise<void> {
    this.#connect().halfRequest();
    return Promise.resolve();
  }

  async #token(hostile: Hostile): Promise<string> {
    if (performance.now() - hostile.since > tokenMs) {
      hostile.since = performance.now();
      const { username } = hostile;
      hostile.session = await this.#door.library.signIn(this.#door.address, { username, ...account });
    }
    return hostile.session.accessToken;
  }

  #connect(): RawSocket {
    const socket = new RawSocket(this.#ports[Math.floor(Math.random() * this.#ports.length)] ?? 0);
    this.#open.add(socket);
    void socket.closed.then(() => this.#open.delete(socket));
    return socket;
  }
}
