import type { User, UserId, WorkspaceRole } from '@parley/events';
import { idBinary, idText, type UserDocument } from '@parley/read-models';
import { MongoServerError } from 'mongodb';

/** What somebody gives to get an account; the password is hashed already. */
export interface NewUser {
  readonly userId: UserId;
  readonly username: string;
  readonly name: string;
  readonly role: WorkspaceRole;
  readonly passwordHash: string;
}

/** @returns the key under which a username is unique: ASCII by its schema, so lower case is all there is to it. */
export function usernameKey(username: string): string {
  return username.toLowerCase();
}

/** @returns the document of a new account. */
export function userDocument(user: NewUser): UserDocument {
  const { userId, username, name, role, passwordHash } = user;
  return {
    _id: idBinary(userId),
    username,
    usernameKey: usernameKey(username),
    name,
    role,
    password: passwordHash,
    createdAt: new Date(),
  };
}

/** @returns what everybody in the workspace may know of a user. */
export function userOf(document: Pick<UserDocument, '_id' | 'username' | 'name' | 'role'>): User {
  const { username, name, role } = document;
  return { userId: idText<UserId>(document._id), username, name, role };
}

/** @returns whether a write failed because a unique key is taken. */
export function isDuplicate(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === 11_000;
}
