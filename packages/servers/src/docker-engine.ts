import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The images of docker-compose.yml. */
export const IMAGES = { redis: 'redis:7-bookworm', mongodb: 'mongo:6' } as const;

/** Runs the docker command. @returns its trimmed output; rejects when it fails or takes longer than `withinMs`. */
export async function docker(args: readonly string[], withinMs = 30_000): Promise<string> {
  const { stdout } = await run('docker', [...args], { timeout: withinMs });
  return stdout.trim();
}

/** @returns whether a Docker engine answers here `withinMs`: 5 s where a person waits for it. Never rejects. */
export async function dockerAnswers(withinMs = 5_000): Promise<boolean> {
  return docker(['version', '--format', '{{.Server.Version}}'], withinMs).then(
    (version) => version !== '',
    () => false,
  );
}

/** @returns whether the image is here, or could be pulled now. Never rejects. */
export async function imageAvailable(image: string): Promise<boolean> {
  const here = docker(['image', 'inspect', '--format', '{{.Id}}', image]);
  return here
    .catch(async () => docker(['pull', '--quiet', image], 300_000))
    .then(
      () => true,
      () => false,
    );
}
