import { RefusalError, UserId, type PageQuery, type UserList, type z } from '@parley/events';
import type { EventLog } from '@parley/events/log';
import { idBinary, users, type Database, type UserDocument } from '@parley/read-models';
import type { Filter } from 'mongodb';
import { userOf } from '../accounts/user.ts';
import type { Workspaces } from '../accounts/workspace.ts';
import { holding } from './holding.ts';

type Page = z.output<typeof PageQuery>;

const MOST_IDS = 200;

/**
 * @returns people by name: a page of all, those whose name or username holds `search`, or just the `ids`.
 * @throws RefusalError `invalid` for something that is not an id.
 */
export async function readUsers(database: Database, page: Page): Promise<UserList> {
  const found = await database
    .collection(users)
    .find({ ...wanted(page), ...(await beyond(database, page.after)) })
    .project<Pick<UserDocument, '_id' | 'username' | 'name' | 'role'>>({ username: 1, name: 1, role: 1 })
    .sort({ name: 1, _id: 1 })
    .limit(page.limit + 1)
    .toArray();
  const list = found.slice(0, page.limit).map(userOf);
  return { users: list, next: found.length > page.limit ? (list.at(-1)?.userId ?? null) : null };
}

export interface UnknownUsersPorts {
  readonly database: Database;
  readonly log: Pick<EventLog, 'access'>;
  readonly workspaces: Pick<Workspaces, 'home'>;
}

/**
 * @returns those of the users who do not exist. Whoever is in the log's directory does, also while MongoDB is away; whoever
 * is not may have signed up a moment ago.
 */
export async function unknownUsers(ports: UnknownUsersPorts, userIds: readonly UserId[]): Promise<UserId[]> {
  const { directory } = await ports.workspaces.home();
  const entries = await Promise.all(userIds.map((userId) => ports.log.access(userId, [directory])));
  const unlisted = userIds.filter((_, at) => entries[at]?.[0]?.role == null);
  return unlisted.length === 0 ? [] : withoutAccount(ports.database, unlisted);
}

async function withoutAccount(database: Database, userIds: readonly UserId[]): Promise<UserId[]> {
  const ids = userIds.map(idBinary);
  const found = await database
    .collection(users)
    .find({ _id: { $in: ids } }, { projection: { _id: 1 } })
    .toArray();
  const known = new Set(found.map(({ _id }) => _id.toString('hex')));
  return userIds.filter((userId) => !known.has(idBinary(userId).toString('hex')));
}

function wanted({ ids, search }: Page): Filter<UserDocument> {
  if (ids !== undefined) return { _id: { $in: readIds(ids).map(idBinary) } };
  if (search === undefined || search === '') return {};
  const holds = holding(search);
  return { $or: [{ name: holds }, { username: holds }] };
}

function readIds(ids: string): UserId[] {
  const read = UserId.array().max(MOST_IDS).safeParse(ids.split(','));
  if (read.success) return read.data;
  throw new RefusalError({ kind: 'invalid', message: `Give at most ${MOST_IDS} user ids, separated by commas.` });
}

/** A page goes on after the last person of the one before, wherever the name puts them now. */
async function beyond(database: Database, after: string | undefined): Promise<Filter<UserDocument>> {
  if (after === undefined) return {};
  const last = UserId.safeParse(after);
  const _id = last.success ? idBinary(last.data) : undefined;
  const user = _id && (await database.collection(users).findOne({ _id }, { projection: { name: 1 } }));
  if (!user) throw new RefusalError({ kind: 'invalid', message: 'There is no such page. Start at the first one.' });
  return { $and: [{ $or: [{ name: { $gt: user.name } }, { name: user.name, _id: { $gt: user._id } }] }] };
}
