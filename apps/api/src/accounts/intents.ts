import { CommandId, ConversationId, DeviceId, WorkspaceRole, z, type UserId } from '@parley/events';
import { idBinary, idText, intents, type Database, type IntentDocument } from '@parley/read-models';
import type { ClientSession, Collection } from 'mongodb';

/** What one sign-up still has to write into the log, with command ids of its own, so that doing it twice is doing it once. */
const Arrival = z.discriminatedUnion('kind', [
  /** The first admin: creates the directory and the channel where all land. Both ids are their commands' ids. */
  z.strictObject({
    kind: z.literal('setup'),
    directory: z.intersection(ConversationId, CommandId),
    general: z.intersection(ConversationId, CommandId),
    deviceId: DeviceId,
  }),
  /** Everybody else: enters the directory and joins the channel. */
  z.strictObject({ kind: z.literal('sign-up'), join: CommandId, deviceId: DeviceId, role: WorkspaceRole }),
]);
export type Arrival = z.infer<typeof Arrival>;

/** `commandId` names the intent, and the first event that follows from it. */
export interface Intent {
  readonly commandId: CommandId;
  readonly userId: UserId;
  readonly arrival: Arrival;
}

/** Acts that change state and the log, from the first to the second. */
export class Intents {
  readonly #intents: Collection<IntentDocument>;

  constructor(database: Database) {
    this.#intents = database.collection(intents);
  }

  /** Notes an intent in the transaction that changes the state. */
  async note(intent: Intent, transaction: ClientSession): Promise<void> {
    const { commandId, userId, arrival } = intent;
    const document: IntentDocument = {
      _id: idBinary(commandId),
      kind: arrival.kind,
      userId: idBinary(userId),
      detail: JSON.stringify(arrival),
      createdAt: new Date(),
      doneAt: null,
    };
    await this.#intents.insertOne(document, { session: transaction });
  }

  async done(intent: Intent): Promise<void> {
    await this.#intents.updateOne({ _id: idBinary(intent.commandId) }, { $set: { doneAt: new Date() } });
  }

  /** @returns intents noted before `before` that are not done, oldest first, at most 100. */
  async open(before: Date): Promise<Intent[]> {
    const found = await this.#intents
      .find({ doneAt: null, createdAt: { $lt: before } })
      .sort({ createdAt: 1 })
      .limit(100)
      .toArray();
    return found.map(({ _id, userId, detail }) => ({
      commandId: idText<CommandId>(_id),
      userId: idText<UserId>(userId),
      arrival: Arrival.parse(JSON.parse(detail)),
    }));
  }
}
