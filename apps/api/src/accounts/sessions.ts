import { newId, RefusalError, type DeviceId, type UserId } from '@parley/events';
import { idBinary, idText, sessions, type Database, type SessionDocument } from '@parley/read-models';
import { Binary, type ClientSession, type Collection } from 'mongodb';
import { unauthenticated } from './access-token.ts';
import { familyHash, isRefreshToken, newRefreshToken, refreshHash, RefreshSuccessors } from './refresh-token.ts';

const LIFE_MS = 30 * 24 * 3_600_000;
/** How long the token before is still taken though its successor is in use: for tabs that renew at once. */
const GRACE_MS = 60_000;
/** Access tokens tell their time in whole seconds. */
const SECOND_MS = 1_000;

/** A session with the refresh token that is good now. `refreshExpiresAt` in milliseconds since 1970. */
export interface OpenSession {
  readonly userId: UserId;
  readonly deviceId: DeviceId;
  readonly refreshToken: string;
  readonly refreshExpiresAt: number;
}

/** Signed-in devices. MongoDB holds them; only hashes of refresh tokens are kept. */
export class Sessions {
  readonly #sessions: Collection<SessionDocument>;
  readonly #successors: RefreshSuccessors;

  constructor(database: Database, secret: Buffer) {
    this.#sessions = database.collection(sessions);
    this.#successors = new RefreshSuccessors(secret);
  }

  /** Opens a session, within a transaction where one is given. */
  async open(userId: UserId, deviceId = newId<DeviceId>(), transaction?: ClientSession): Promise<OpenSession> {
    const refreshToken = newRefreshToken();
    const now = Date.now();
    const document: SessionDocument = {
      _id: idBinary(deviceId),
      userId: idBinary(userId),
      refreshHash: new Binary(refreshHash(refreshToken)),
      family: new Binary(familyHash(refreshToken)),
      rotatedAt: new Date(now),
      createdAt: new Date(now),
      expiresAt: new Date(now + LIFE_MS),
    };
    await this.#sessions.insertOne(document, transaction ? { session: transaction } : {});
    return { userId, deviceId, refreshToken, refreshExpiresAt: now + LIFE_MS };
  }

  /**
   * Takes a refresh token and gives its successor. The same token again gives the same successor while nobody has used
   * what came with it, however long that is: the reply was lost. Once it is used, and a minute has passed for tabs that
   * renew at once, the token has been stolen from, or by, whoever holds the successor: the session ends for both. So it
   * does for any older token.
   * @throws RefusalError `unauthenticated`.
   */
  async refresh(token: string): Promise<OpenSession> {
    if (!isRefreshToken(token)) throw new RefusalError(unauthenticated);
    const successor = this.#successors.of(token);
    const session = (await this.#rotate(token, successor)) ?? (await this.#repeat(token, successor));
    if (!session) throw new RefusalError(unauthenticated);
    return {
      userId: idText<UserId>(session.userId),
      deviceId: idText<DeviceId>(session._id),
      refreshToken: successor,
      refreshExpiresAt: session.expiresAt.getTime(),
    };
  }

  /** An access token was used that was given out at `issuedAt`, in milliseconds since 1970 and whole seconds. */
  async used(deviceId: DeviceId, issuedAt: number): Promise<void> {
    const rotatedAt = { $lt: new Date(issuedAt + SECOND_MS) };
    const unused = { _id: idBinary(deviceId), rotatedAt, usedAt: { $exists: false } };
    await this.#sessions.updateOne(unused, { $set: { usedAt: new Date() } });
  }

  /** Ends a session: no refresh and, once the nodes know, no request. */
  async revoke(deviceId: DeviceId): Promise<void> {
    const _id = idBinary(deviceId);
    await this.#sessions.updateOne({ _id, revokedAt: { $exists: false } }, { $set: { revokedAt: new Date() } });
  }

  /** @returns the devices whose sessions were ended since then. */
  async revokedSince(since: Date): Promise<DeviceId[]> {
    const found = this.#sessions.find({ revokedAt: { $gte: since } }, { projection: { _id: 1 } });
    return (await found.toArray()).map(({ _id }) => idText<DeviceId>(_id));
  }

  async #rotate(token: string, successor: string): Promise<SessionDocument | null> {
    const now = Date.now();
    return this.#sessions.findOneAndUpdate(
      { refreshHash: new Binary(refreshHash(token)), revokedAt: { $exists: false }, expiresAt: { $gt: new Date(now) } },
      {
        $set: {
          refreshHash: new Binary(refreshHash(successor)),
          family: new Binary(familyHash(successor)),
          rotatedAt: new Date(now),
          expiresAt: new Date(now + LIFE_MS),
        },
        $unset: { usedAt: '' },
      },
      { returnDocument: 'after' },
    );
  }

  async #repeat(token: string, successor: string): Promise<SessionDocument | null> {
    const session = await this.#sessions.findOne({ family: new Binary(familyHash(token)) });
    if (!session || session.revokedAt || session.expiresAt.getTime() <= Date.now()) return null;
    const isSuccessor = refreshHash(successor).equals(session.refreshHash.buffer);
    const isFresh = session.usedAt === undefined || Date.now() - session.rotatedAt.getTime() < GRACE_MS;
    // Only the token just before has the present one as its successor.
    if (isSuccessor && isFresh) return session;
    await this.revoke(idText<DeviceId>(session._id));
    return null;
  }
}
