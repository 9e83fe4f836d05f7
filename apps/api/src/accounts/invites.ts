import { createHash, randomBytes } from 'node:crypto';
import {
  RefusalError,
  type HttpRequestOf,
  type Invite,
  type InviteView,
  type Refusal,
  type UserId,
} from '@parley/events';
import { idBinary, invites, users, type Database, type InviteDocument } from '@parley/read-models';
import { Binary, type ClientSession, type Collection } from 'mongodb';
import type { Workspaces } from './workspace.ts';

/** The same for an unknown code as for one that is used up or over. */
const notGood: Refusal = {
  kind: 'not_found',
  message: 'This invite link is not good any more. Ask for a new one.',
};

/** Links by which people sign up. Only a hash of the code is kept. */
export class Invites {
  readonly #database: Database;
  readonly #invites: Collection<InviteDocument>;
  readonly #workspaces: Workspaces;
  readonly #publicUrl: string;

  constructor(database: Database, workspaces: Workspaces, publicUrl: string) {
    this.#database = database;
    this.#invites = database.collection(invites);
    this.#workspaces = workspaces;
    this.#publicUrl = publicUrl;
  }

  async create(userId: UserId, request: HttpRequestOf<'createInvite'>): Promise<Invite> {
    const code = randomBytes(18).toString('base64url');
    const now = Date.now();
    const expiresAt = now + request.hours * 3_600_000;
    await this.#invites.insertOne({
      _id: hashOf(code),
      createdBy: idBinary(userId),
      uses: request.uses,
      used: 0,
      createdAt: new Date(now),
      expiresAt: new Date(expiresAt),
    });
    return { code, url: `${this.#publicUrl}/join/${code}`, uses: request.uses, expiresAt };
  }

  /** @returns who invites to what. @throws RefusalError `not_found`. */
  async view(code: string): Promise<InviteView> {
    const invite = await this.#invites.findOne(stillGood(code));
    if (!invite) throw new RefusalError(notGood);
    const [home, inviter] = await Promise.all([
      this.#workspaces.home(),
      this.#database.collection(users).findOne({ _id: invite.createdBy }, { projection: { name: 1 } }),
    ]);
    return { workspace: home.name, inviter: inviter?.name ?? home.name };
  }

  /** @throws RefusalError `not_found` unless the code can be used now. */
  async check(code: string): Promise<void> {
    if (!(await this.#invites.findOne(stillGood(code), { projection: { _id: 1 } }))) throw new RefusalError(notGood);
  }

  /** Takes one use, in the transaction that makes the account: never one more than there are. */
  async use(code: string, transaction: ClientSession): Promise<void> {
    const taken = await this.#invites.updateOne(stillGood(code), { $inc: { used: 1 } }, { session: transaction });
    if (taken.modifiedCount === 0) throw new RefusalError(notGood);
  }
}

function stillGood(code: string) {
  return { _id: hashOf(code), expiresAt: { $gt: new Date() }, $expr: { $lt: ['$used', '$uses'] } };
}

/** The code has 144 random bits, so no slow hash is needed. */
function hashOf(code: string): Binary {
  return new Binary(createHash('sha256').update(code).digest());
}
