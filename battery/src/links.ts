import type { ServerHandle } from '@parley/servers';
import type { AppRole } from '@parley/stack';
import { ServerLinks, type ServerLink } from './server-links.ts';

/** The breakable ways of one role to its servers. */
export interface RoleLinks {
  readonly log: ServerLink;
  readonly jobs: ServerLink;
  readonly mongo: ServerLink;
}

/** Every way between a process and a server. */
export class Links {
  readonly api: RoleLinks;
  readonly worker: RoleLinks;

  constructor(api: RoleLinks, worker: RoleLinks) {
    this.api = api;
    this.worker = worker;
  }

  /** @returns every link by its name: `api.log`, `worker.mongo` … */
  get byName(): ReadonlyMap<string, ServerLink> {
    const named = (['api', 'worker'] as const).flatMap((role) =>
      Object.entries(this[role]).map(([server, link]: [string, ServerLink]) => [`${role}.${server}`, link] as const),
    );
    return new Map(named);
  }

  /** Everybody's way to one server. */
  to(server: keyof RoleLinks): readonly ServerLink[] {
    return [this.api[server], this.worker[server]];
  }

  /** @returns where the processes of a role find their servers. */
  envOf(role: AppRole): Record<string, string> {
    const { log, jobs, mongo } = this[role];
    return {
      REDIS_URL: `redis://127.0.0.1:${log.port}`,
      REDIS_JOBS_URL: `redis://127.0.0.1:${jobs.port}`,
      MONGODB_URL: `mongodb://127.0.0.1:${mongo.port}/parley?directConnection=true`,
    };
  }
}

/** Opens a link for each role and server, to be closed with `undo`. */
export async function openLinks(
  servers: { redis: ServerHandle; jobs: ServerHandle; mongo: ServerHandle },
  undo: AsyncDisposableStack,
): Promise<Links> {
  const links = undo.use(new ServerLinks());
  const open = ({ port }: ServerHandle): Promise<ServerLink> => links.open(port);
  const ofRole = async (): Promise<RoleLinks> => ({
    log: await open(servers.redis),
    jobs: await open(servers.jobs),
    mongo: await open(servers.mongo),
  });
  return new Links(await ofRole(), await ofRole());
}
