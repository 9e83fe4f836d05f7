import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

const read = (name: string): string => readFileSync(new URL(`./lua/${name}.lua`, import.meta.url), 'utf8');
const prelude = read('prelude');

const names = [
  'append',
  'access',
  'events',
  'window',
  'shared',
  'members',
  'enter',
  'heartbeat',
  'disconnect',
  'version',
  'open',
  'replay',
] as const;
export type ScriptName = (typeof names)[number];
const bodies = names.map((name) => [name, read(name)] as const);

/** Run by EVAL when a server is met, before its run has a name. */
export const beginRun = read('begin-run');

/** A script for one run of the server: nothing else but that run can ever know its SHA-1. */
export interface RunScript {
  readonly sha: string;
  readonly text: string;
}
export type RunScripts = Readonly<Record<ScriptName, RunScript>>;

const withSha = (text: string): RunScript => ({ text, sha: createHash('sha1').update(text).digest('hex') });

/** @returns every script with the run as a constant in its text. @param relayed the fan-out is another server. */
export function scriptsOf(run: string, relayed = false): RunScripts {
  const filled = prelude.replace('@RUN@', run).replace('@RELAYED@', relayed ? 'yes' : 'no');
  const entries = bodies.map(([name, body]) => [name, withSha(`${filled}\n${body}`)]);
  return Object.fromEntries(entries) as RunScripts;
}

/** What makes room must run also where there is none. */
const workScript = (name: string): RunScript => withSha(`#!lua flags=allow-oom\n${prelude}\n${read(name)}`);

/** Scripts of the worker: the same text for every run. */
export const workScripts = {
  archived: workScript('archived'),
  'drop-receipts': workScript('drop-receipts'),
  'trim-log': workScript('trim-log'),
} as const;
