import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { ServerHandle } from '@parley/servers';
import type { Recorder } from './record.ts';

const program = fileURLToPath(new URL('../../apps/worker/src/rebuild/main.ts', import.meta.url));

interface RebuildReport {
  readonly archive: { readonly broken: readonly unknown[]; readonly lost: readonly unknown[] } | null;
  readonly log: { readonly broken: readonly unknown[]; readonly error: string | null } | null;
  readonly models: readonly { readonly model: string; readonly liveDigest: string; readonly rebuiltDigest: string }[];
}

/**
 * Builds every read model anew beside the live one (`npm run rebuild -- --verify --json`) and writes down both digests:
 * the checker says whether they agree, and whether the archive holds all that was written, as it was written.
 */
export async function recordDigests(
  env: Readonly<Record<string, string>>,
  { redis, mongo }: { redis: ServerHandle; mongo: ServerHandle },
  recorder: Recorder,
): Promise<void> {
  const report = JSON.parse(await verify({ ...env, REDIS_URL: redis.url, MONGODB_URL: mongo.url })) as RebuildReport;
  const { archive, log, models } = report;
  const faults = [
    ...(archive?.broken ?? ['not checked']),
    ...(archive?.lost ?? []),
    ...(log?.broken ?? ['not checked']),
    ...(log?.error ? [`not compared with the log: ${log.error}`] : []),
  ];
  recorder.add({ kind: 'digest', name: 'archive', source: 'live', value: JSON.stringify(faults.slice(0, 20)) });
  recorder.add({ kind: 'digest', name: 'archive', source: 'written', value: '[]' });
  for (const { model, liveDigest, rebuiltDigest } of models) {
    recorder.add({ kind: 'digest', name: model, source: 'live', value: liveDigest });
    recorder.add({ kind: 'digest', name: model, source: 'rebuilt', value: rebuiltDigest });
  }
}

/** @returns what the rebuild printed; status 1 says that something differs, and its report says what. */
async function verify(env: Readonly<Record<string, string>>): Promise<string> {
  const { PATH = '', HOME = '' } = process.env;
  const options = { env: { PATH, HOME, ...env }, maxBuffer: 256 * 1024 * 1024 };
  try {
    return (await promisify(execFile)(process.execPath, [program, '--verify', '--json'], options)).stdout;
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: number; stdout?: string; stderr?: string };
    if (code === 1 && stdout) return stdout;
    throw new Error(`The rebuild failed: ${stderr ?? ''}`, { cause: error });
  }
}
