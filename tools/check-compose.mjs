// Brings docker-compose.yml up from nothing, sends one message through it over HTTP, reads it back and takes it down.
// Without a Docker engine: fails on CI, says so elsewhere.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { dockerAnswers, findProgram, freePort } from '@parley/servers';
import { HttpSession, whenReady } from './http-session.mjs';

const text = 'One message through docker-compose.yml';

if (!(await dockerAnswers(60_000))) {
  console.log('No Docker engine answers here: docker-compose.yml was not brought up.');
  process.exit(process.env.CI ? 1 : 0);
}

const plugin = spawnSync('docker', ['compose', 'version'], { stdio: 'ignore' }).status === 0;
const standalone = findProgram(['docker-compose']);
if (!plugin && standalone === undefined)
  throw new Error('There is neither `docker compose` nor docker-compose. Install one.');

const port = await freePort();
const setupCode = randomBytes(9).toString('base64url');
const address = `http://127.0.0.1:${port}`;
const environment = {
  ...process.env,
  // docker-compose 1 and the classic builder are what Debian 12 has.
  DOCKER_BUILDKIT: plugin ? '1' : '0',
  COMPOSE_DOCKER_CLI_BUILD: plugin ? '1' : '0',
  PARLEY_TOKEN_SECRET: randomBytes(32).toString('base64url'),
  PARLEY_SETUP_CODE: setupCode,
  PARLEY_PUBLIC_URL: address,
  PARLEY_LISTEN: `127.0.0.1:${port}`,
};
const project = `parley-check-${process.pid}`;

function compose(...args) {
  const [command, ...before] = plugin ? ['docker', 'compose'] : [standalone];
  const all = [...before, '--project-name', project, ...args];
  return spawnSync(command, all, { env: environment, stdio: ['ignore', 'inherit', 'inherit'] }).status === 0;
}

async function sendOne() {
  const alice = new HttpSession(address);
  await alice.setUp(setupCode);
  const channel = { type: 'conversation.create', kind: 'channel', name: 'General', visibility: 'public', members: [] };
  const { conversationId } = await alice.command(channel);
  const sent = await alice.command({ type: 'message.send', conversationId, content: { suite: 'none', text } });
  const history = await alice.ask('GET', `/conversations/${conversationId}/history`);
  const found = history.events.find((event) => event.seq === sent.seq);
  if (!JSON.stringify(found ?? null).includes(text)) throw new Error('The message did not come back.');
}

let passed = false;
try {
  if (!compose('up', '--detach', '--build')) throw new Error('docker-compose.yml did not come up.');
  await whenReady(address);
  await sendOne();
  passed = true;
  console.log('docker-compose.yml came up; one message went through and came back.');
} catch (error) {
  console.error(error);
  compose('ps');
  compose('logs', '--no-color', '--tail', '60');
} finally {
  compose('down', '--volumes', '--remove-orphans', '--timeout', '10');
}
process.exit(passed ? 0 : 1);
