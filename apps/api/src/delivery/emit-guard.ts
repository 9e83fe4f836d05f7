interface Packet {
  readonly data?: readonly unknown[];
}
interface Options {
  readonly flags?: { readonly local?: boolean };
}
type Method = (...args: unknown[]) => unknown;

/** What would write into the stream, with the place of the options among its arguments. */
const streamed = {
  broadcast: 1,
  broadcastWithAck: 1,
  addSockets: 0,
  delSockets: 0,
  disconnectSockets: 0,
} as const;

/**
 * Makes an adapter refuse what would harm the fan-out: every write that is not one of our scripts (it would carry no
 * counter, and go out locally first), and a text as last argument (clients take it for their place in the stream).
 * What arrives through the stream does not pass here.
 */
export function guardEmits(adapter: object): void {
  const methods = adapter as Record<string, Method | undefined>;
  for (const [name, at] of Object.entries(streamed)) {
    const stock = methods[name];
    if (!stock) throw new Error(`The adapter has no method ${name}. Look at what changed in its new version.`);
    methods[name] = (...args) => {
      refuseStreamed(name, args[at] as Options | undefined);
      if (at === 1) refuseText(args[0] as Packet);
      return stock.apply(adapter, args);
    };
  }
}

function refuseStreamed(name: string, options: Options | undefined): void {
  if (options?.flags?.local !== true) {
    throw new Error(`Socket.IO's ${name} must be local. Only the log's scripts write to the fan-out.`);
  }
}

function refuseText({ data = [] }: Packet): void {
  if (data.length > 1 && typeof data.at(-1) === 'string') {
    throw new Error('The last argument of an event must not be text: clients take it for their place in the stream.');
  }
}
