import { RefusalError, type ConversationId, type Workspace, type WorkspaceId } from '@parley/events';
import { idText, workspace, type Database, type WorkspaceDocument } from '@parley/read-models';

/** The workspace with its two first conversations: the directory of its people, and the channel where all land. */
export interface Home extends Workspace {
  readonly directory: ConversationId;
  readonly general: ConversationId;
}

/** Knows the one workspace, from the moment on when somebody has set it up. */
export class Workspaces {
  readonly #database: Database;
  #home: Home | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  /** @returns the workspace, or undefined before its setup. It never changes, so it is read once. */
  async find(): Promise<Home | undefined> {
    if (this.#home) return this.#home;
    const document = await this.#database.collection(workspace).findOne({ _id: 'workspace' });
    this.#home = document ? homeOf(document) : undefined;
    return this.#home;
  }

  /** @throws RefusalError `not_found` before the setup. */
  async home(): Promise<Home> {
    const home = await this.find();
    if (home) return home;
    throw new RefusalError({ kind: 'not_found', message: 'There is no workspace yet. Set it up first.' });
  }
}

function homeOf(document: WorkspaceDocument): Home {
  return {
    workspaceId: idText<WorkspaceId>(document.workspaceId),
    name: document.name,
    directory: idText<ConversationId>(document.directory),
    general: idText<ConversationId>(document.general),
  };
}
