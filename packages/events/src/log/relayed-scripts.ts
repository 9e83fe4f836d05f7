import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

const read = (name: string): string => readFileSync(new URL(`./lua/${name}.lua`, import.meta.url), 'utf8');
const prelude = read('relayed/prelude');

/** The same text as on the log's server, with another counter beneath. */
const shared = ['heartbeat', 'disconnect'] as const;
const own = ['enter', 'version', 'lease', 'relay', 'fill-begin', 'fill-users', 'fill-end', 'ready'] as const;
export type RelayedScriptName = (typeof shared)[number] | (typeof own)[number];

/** Run by EVAL when a run of the fan-out's server is met. */
export const meetRun = `${prelude}\n${read('relayed/meet')}`;

interface RelayedScript {
  readonly text: string;
  readonly sha: string;
}

const scriptOf = (file: string): RelayedScript => {
  const text = `${prelude}\n${read(file)}`;
  return { text, sha: createHash('sha1').update(text).digest('hex') };
};

/** The scripts of a fan-out on a server of its own. They are called by hash only, so that no run of it goes unmet. */
export const relayedScripts = Object.fromEntries([
  ...shared.map((name) => [name, scriptOf(name)] as const),
  ...own.map((name) => [name, scriptOf(`relayed/${name}`)] as const),
]) as Readonly<Record<RelayedScriptName, RelayedScript>>;
