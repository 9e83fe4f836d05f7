import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { newId } from '@parley/events';

/** Resolves when the api behind `address` says that it is ready; rejects after two minutes. */
export async function whenReady(address) {
  for (let tries = 0; tries < 240; tries += 1) {
    const answer = await fetch(`${address}/health/ready`).catch(() => undefined);
    if (answer?.ok) return;
    await wait(500);
  }
  throw new Error('The api was not ready within two minutes.');
}

/** The first person of a new installation, over plain HTTP. */
export class HttpSession {
  #address;
  #token;

  constructor(address) {
    this.#address = address;
  }

  get token() {
    return this.#token;
  }

  /** Sets the workspace up with the one-time code; Alice is its admin. */
  async setUp(code) {
    const person = {
      name: 'Alice',
      username: 'alice',
      password: randomBytes(12).toString('base64url'),
      headless: true,
    };
    this.#token = (await this.ask('POST', '/setup', { code, workspace: 'Check', ...person })).accessToken;
  }

  /** @returns the answer's JSON; rejects when the status is not 2xx. */
  async ask(method, path, body) {
    const reply = await fetch(`${this.#address}/api/v1${path}`, {
      method,
      headers: {
        ...(body ? { 'content-type': 'application/json' } : {}),
        ...(this.#token ? { authorization: `Bearer ${this.#token}` } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const answer = await reply.json();
    if (!reply.ok) throw new Error(`${method} ${path} answered ${reply.status}: ${JSON.stringify(answer)}`);
    return answer;
  }

  /** @returns the receipt of one command; rejects when it was refused. */
  async command(fields) {
    const { results } = await this.ask('POST', '/commands', { commands: [{ commandId: newId(), ...fields }] });
    if (results[0]?.receipt) return results[0].receipt;
    throw new Error(`${fields.type} was refused: ${JSON.stringify(results[0])}`);
  }
}
