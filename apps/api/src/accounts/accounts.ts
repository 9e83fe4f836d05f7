import { createHash, timingSafeEqual } from 'node:crypto';
import {
  newId,
  RefusalError,
  type CommandId,
  type ConversationId,
  type DeviceId,
  type Refusal,
  type Session,
  type SetupRequest,
  type SignInRequest,
  type SignUpRequest,
  type UserId,
  type WorkspaceId,
} from '@parley/events';
import { idBinary, users, workspace, type Database, type UserDocument } from '@parley/read-models';
import type { ClientSession } from 'mongodb';
import type { Logger } from '../logger.ts';
import type { AccessTokens } from './access-token.ts';
import type { Arrivals } from './arrivals.ts';
import type { Intent, Intents } from './intents.ts';
import type { Invites } from './invites.ts';
import type { Passwords } from './passwords.ts';
import type { OpenSession, Sessions } from './sessions.ts';
import { isDuplicate, userDocument, usernameKey, userOf, type NewUser } from './user.ts';
import type { Workspaces } from './workspace.ts';

export interface AccountPorts {
  readonly database: Database;
  readonly tokens: AccessTokens;
  readonly sessions: Sessions;
  readonly passwords: Passwords;
  readonly invites: Invites;
  readonly intents: Intents;
  readonly arrivals: Arrivals;
  readonly workspaces: Workspaces;
  readonly setupCode: string | undefined;
  readonly logger: Logger;
}

/** A session as its client gets it; where the refresh token goes is the entry's matter. */
export interface SignedIn {
  readonly session: Session;
  readonly refreshToken: string;
  readonly refreshExpiresAt: number;
}

const setupDone: Refusal = {
  kind: 'conflict',
  message: 'This workspace is set up already. Sign in, or ask for an invite.',
};
const wrongCode: Refusal = {
  kind: 'invalid',
  message: 'The setup code is not right. Copy it from where Parley was started.',
};
const taken: Refusal = { kind: 'conflict', message: 'This username is taken. Choose another one.' };
const wrongPassword: Refusal = { kind: 'unauthenticated', message: 'The username or the password is not right.' };

/** How people get in: the first one by the setup code, the others by invite, and everybody again by password. */
export class Accounts {
  readonly #ports: AccountPorts;

  constructor(ports: AccountPorts) {
    this.#ports = ports;
  }

  async setupNeeded(): Promise<boolean> {
    return (await this.#ports.workspaces.find()) === undefined;
  }

  /**
   * Makes the workspace and its first admin, once.
   * @throws RefusalError `conflict` when it is done, `invalid` for a wrong code.
   */
  async setup(request: SetupRequest): Promise<SignedIn> {
    if (!(await this.setupNeeded())) throw new RefusalError(setupDone);
    if (!isSame(request.code, this.#ports.setupCode)) throw new RefusalError(wrongCode);
    const user = await this.#newUser(request, 'admin');
    const [directory, general] = [newId<ConversationId & CommandId>(), newId<ConversationId & CommandId>()];
    const deviceId = newId<DeviceId>();
    const arrival = { kind: 'setup' as const, directory, general, deviceId };
    const intent: Intent = { commandId: newId<CommandId>(), userId: user.userId, arrival };
    const opened = await this.#admit(user, intent, setupDone, async (transaction) => {
      const home = { directory: idBinary(directory), general: idBinary(general), name: request.workspace };
      const workspaceId = idBinary(newId<WorkspaceId>());
      const document = { _id: 'workspace' as const, workspaceId, ...home, createdAt: new Date() };
      await this.#ports.database.collection(workspace).insertOne(document, { session: transaction });
    });
    return this.#signedIn(opened, userDocument(user));
  }

  /** @throws RefusalError `not_found` for a bad invite, `conflict` for a username that is taken. */
  async signUp(request: SignUpRequest): Promise<SignedIn> {
    // Whoever has no invite learns nothing of who exists, and costs no hash.
    await this.#ports.invites.check(request.invite);
    const user = await this.#newUser(request, 'member');
    const deviceId = newId<DeviceId>();
    const arrival = { kind: 'sign-up' as const, join: newId<CommandId>(), deviceId, role: user.role };
    const intent: Intent = { commandId: newId<CommandId>(), userId: user.userId, arrival };
    const opened = await this.#admit(user, intent, taken, (transaction) =>
      this.#ports.invites.use(request.invite, transaction),
    );
    return this.#signedIn(opened, userDocument(user));
  }

  /** @throws RefusalError `unauthenticated`, the same and after the same work for an unknown name. */
  async signIn(request: SignInRequest): Promise<SignedIn> {
    const { database, passwords, sessions } = this.#ports;
    const user = await database.collection(users).findOne({ usernameKey: usernameKey(request.username) });
    const right = await passwords.matches(request.password, user?.password);
    if (!user || !right || user.disabledAt) throw new RefusalError(wrongPassword);
    return this.#signedIn(await sessions.open(userOf(user).userId), user);
  }

  /** @throws RefusalError `unauthenticated`. */
  async refresh(token: string | undefined): Promise<SignedIn> {
    const opened = await this.#ports.sessions.refresh(token ?? '');
    const user = await this.#ports.database.collection(users).findOne({ _id: idBinary(opened.userId) });
    if (!user || user.disabledAt) throw new RefusalError(wrongPassword);
    return this.#signedIn(opened, user);
  }

  async #newUser(request: SetupRequest | SignUpRequest, role: NewUser['role']): Promise<NewUser> {
    const { username, name } = request;
    const passwordHash = await this.#ports.passwords.hash(request.password);
    return { userId: newId<UserId>(), username, name, role, passwordHash };
  }

  /** Account, session and intent in one transaction, then the log; what it can't take now, the sweep brings. */
  async #admit(
    user: NewUser,
    intent: Intent,
    duplicate: Refusal,
    also: (transaction: ClientSession) => Promise<void>,
  ): Promise<OpenSession> {
    const { database, sessions, intents, arrivals, logger } = this.#ports;
    const admit = async (transaction: ClientSession): Promise<OpenSession> => {
      await also(transaction);
      await database.collection(users).insertOne(userDocument(user), { session: transaction });
      await intents.note(intent, transaction);
      return sessions.open(user.userId, intent.arrival.deviceId, transaction);
    };
    const opened = await database.client
      .withSession((session) => session.withTransaction(admit))
      .catch((error: unknown) => {
        throw isDuplicate(error) ? new RefusalError(duplicate) : error;
      });
    await arrivals.complete(intent).catch((error: unknown) => {
      logger.warn({ userId: user.userId, error }, 'an arrival waits for the log');
    });
    return opened;
  }

  async #signedIn(opened: OpenSession, user: UserDocument): Promise<SignedIn> {
    const { refreshToken, refreshExpiresAt, userId, deviceId } = opened;
    const { workspaceId, name } = await this.#ports.workspaces.home();
    const access = this.#ports.tokens.issue(userId, deviceId);
    const session = { user: userOf(user), deviceId, workspace: { workspaceId, name }, ...access };
    return { session, refreshToken, refreshExpiresAt };
  }
}

/** Takes the same time wherever the first difference is; never true without a code. */
function isSame(given: string, code: string | undefined): boolean {
  if (code === undefined) return false;
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(code));
}
