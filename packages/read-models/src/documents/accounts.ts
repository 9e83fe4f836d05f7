import type { WorkspaceRole } from '@parley/events';
import type { Binary } from 'mongodb';
import { bytes, count, date, documentSchema, text, uuid, type CollectionSpec } from '../collection-spec.ts';

/** Somebody with an account. Names and passwords are state, not events: they can be erased. */
export interface UserDocument {
  _id: Binary;
  username: string;
  /** The username in lower case. */
  usernameKey: string;
  name: string;
  role: WorkspaceRole;
  /** argon2id in PHC form. */
  password: string;
  createdAt: Date;
  disabledAt?: Date;
}

export const users: CollectionSpec<UserDocument> = {
  name: 'users',
  schema: documentSchema(
    {
      _id: uuid,
      username: text,
      usernameKey: text,
      name: text,
      role: { enum: ['admin', 'member'] },
      password: text,
      createdAt: date,
    },
    { disabledAt: date },
  ),
  indexes: [
    { key: { usernameKey: 1 }, name: 'username', unique: true },
    { key: { name: 1, _id: 1 }, name: 'by_name' },
  ],
};

/** A signed-in device. Only hashes of refresh tokens are kept. */
export interface SessionDocument {
  /** Device. */
  _id: Binary;
  userId: Binary;
  /** SHA-256 of the refresh token that is good now. */
  refreshHash: Binary;
  /** Hash of what all refresh tokens of the session begin with: whoever shows an old one ends the session. */
  family: Binary;
  rotatedAt: Date;
  /** When the client was first seen to have what the last rotation gave out; missing until then. */
  usedAt?: Date;
  createdAt: Date;
  expiresAt: Date;
  revokedAt?: Date;
}

export const sessions: CollectionSpec<SessionDocument> = {
  name: 'sessions',
  schema: documentSchema(
    { _id: uuid, userId: uuid, refreshHash: bytes, family: bytes, rotatedAt: date, createdAt: date, expiresAt: date },
    { usedAt: date, revokedAt: date },
  ),
  indexes: [
    { key: { refreshHash: 1 }, name: 'refresh', unique: true },
    { key: { family: 1 }, name: 'family' },
    { key: { userId: 1 }, name: 'of_user' },
    { key: { revokedAt: 1 }, name: 'revoked', sparse: true },
    { key: { expiresAt: 1 }, name: 'expiry', expireAfterSeconds: 0 },
  ],
};

/** A link that lets people sign up. */
export interface InviteDocument {
  /** SHA-256 of the code. */
  _id: Binary;
  createdBy: Binary;
  /** How many may use it, and how many did. */
  uses: number;
  used: number;
  createdAt: Date;
  expiresAt: Date;
}

export const invites: CollectionSpec<InviteDocument> = {
  name: 'invites',
  schema: documentSchema({
    _id: bytes,
    createdBy: uuid,
    uses: count,
    used: count,
    createdAt: date,
    expiresAt: date,
  }),
  indexes: [{ key: { expiresAt: 1 }, name: 'expiry', expireAfterSeconds: 0 }],
};

/** An act that changes state and the log: written first, completed by a sweep if a crash cuts it off. */
export interface IntentDocument {
  /** The command id of the event that follows. */
  _id: Binary;
  kind: string;
  userId: Binary;
  /** What the kind needs to complete it, as JSON. */
  detail: string;
  createdAt: Date;
  doneAt: Date | null;
}

export const intents: CollectionSpec<IntentDocument> = {
  name: 'intents',
  schema: documentSchema({
    _id: uuid,
    kind: text,
    userId: uuid,
    detail: text,
    createdAt: date,
    doneAt: { bsonType: ['date', 'null'] },
  }),
  indexes: [{ key: { createdAt: 1 }, name: 'open', partialFilterExpression: { doneAt: null } }],
};

/** The one workspace. `directory` is the conversation in which people come into being; all land in `general`. */
export interface WorkspaceDocument {
  _id: 'workspace';
  workspaceId: Binary;
  directory: Binary;
  general: Binary;
  name: string;
  createdAt: Date;
}

export const workspace: CollectionSpec<WorkspaceDocument> = {
  name: 'workspace',
  schema: documentSchema({ _id: text, workspaceId: uuid, directory: uuid, general: uuid, name: text, createdAt: date }),
  indexes: [],
};
