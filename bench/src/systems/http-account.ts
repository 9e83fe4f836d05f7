import { API, type Command, type CommandResult, type Receipt, type Session } from '@parley/events';

interface Reply {
  readonly status: number;
  readonly body: unknown;
}

/** A signed-in user over plain HTTP, for setting a workspace up. */
export class HttpAccount {
  readonly #url: string;
  #session: Session;

  private constructor(url: string, session: Session) {
    this.#url = url;
    this.#session = session;
  }

  static async setUp(url: string, code: string): Promise<HttpAccount> {
    const account = {
      workspace: 'Bench',
      name: 'Alice',
      username: 'alice',
      password: 'a long password',
      headless: true,
    };
    return new HttpAccount(url, (await post(url, '/setup', { code, ...account })) as Session);
  }

  /** On a device of its own. */
  static async signIn(url: string, username: string): Promise<HttpAccount> {
    const account = { username, password: 'a long password', headless: true };
    return new HttpAccount(url, (await post(url, '/sign-in', account)) as Session);
  }

  static async signUp(url: string, invite: string, username: string): Promise<HttpAccount> {
    const account = { name: username, username, password: 'a long password', headless: true };
    return new HttpAccount(url, (await post(url, '/sign-up', { invite, ...account })) as Session);
  }

  get session(): Session {
    return this.#session;
  }

  /** @returns an access token that is good for at least some minutes. */
  async token(): Promise<string> {
    if (this.#session.accessExpiresAt - Date.now() < 240_000) {
      const { refreshToken } = this.#session;
      this.#session = (await post(this.#url, '/refresh', { refreshToken })) as Session;
    }
    return this.#session.accessToken;
  }

  async invite(uses: number): Promise<string> {
    const invite = await post(this.#url, '/invites', { uses, hours: 24 }, await this.token());
    return (invite as { code: string }).code;
  }

  /** Sends one command. @returns its receipt; rejects when it is refused. */
  async command(command: Command): Promise<Receipt> {
    const [receipt] = await this.commands([command]);
    if (!receipt) throw new Error('The server answered without a result.');
    return receipt;
  }

  /** Sends commands of one conversation as a batch. @returns their receipts; rejects when one is refused. */
  async commands(commands: readonly Command[]): Promise<Receipt[]> {
    const answer = await post(this.#url, '/commands', { commands }, await this.token());
    return (answer as { results: CommandResult[] }).results.map((result) => {
      if ('receipt' in result) return result.receipt;
      throw new Error(`A command was refused: ${result.refusal.message}`);
    });
  }

  async get(path: string): Promise<unknown> {
    const headers = { authorization: `Bearer ${await this.token()}` };
    return (await fetch(`${this.#url}${API}${path}`, { headers })).json();
  }
}

const tries = 60;

/** Asks until the server answers with something else than "later". */
async function post(url: string, path: string, body: object, token?: string): Promise<unknown> {
  let last: Reply | undefined;
  for (let attempt = 0; attempt < tries; attempt += 1) {
    last = await postOnce(url, path, body, token);
    if (last.status < 300) return last.body;
    if (last.status !== 429 && last.status !== 503) break;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error(`${path} answered ${last?.status ?? 'nothing'}: ${JSON.stringify(last?.body)}`);
}

async function postOnce(url: string, path: string, body: object, token?: string): Promise<Reply> {
  const headers = {
    'content-type': 'application/json',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  const response = await fetch(`${url}${API}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  return { status: response.status, body: await response.json() };
}
