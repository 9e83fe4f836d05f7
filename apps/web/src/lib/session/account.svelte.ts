import { resume, setup, setupNeeded, signIn, signUp, viewInvite, type Snapshot } from '@parley/client';
import { forget, recall } from '@parley/client/browser';
import { RefusalError, type HttpRequestOf, type InviteView, type Session } from '@parley/events';
import { createContext, tick } from 'svelte';
import { lastConversation } from '../conversations/last-conversation.ts';
import { refusalMessage } from './refusal-message.ts';
import { ownOrigin } from './own-origin.ts';

export type AccountStatus =
  | { readonly at: 'unknown' }
  | { readonly at: 'unreachable'; readonly message: string }
  | { readonly at: 'new-server' }
  | { readonly at: 'signed-out' }
  | { readonly at: 'signed-in'; readonly session: Session; readonly snapshot?: Snapshot };

/** Who is signed in on this device, and the ways in. Tokens stay in memory and in the browser's cookie. */
export class Account {
  #status = $state.raw<AccountStatus>({ at: 'unknown' });
  #arriving = false;

  get status(): AccountStatus {
    return this.#status;
  }

  /** Whether the account was made just now: true once, so that the first screen can be the first conversation. */
  arrived(): boolean {
    const arriving = this.#arriving;
    this.#arriving = false;
    return arriving;
  }

  /** Goes on with the session of this browser, if there is one; else finds out whether the server is new. */
  async restore(): Promise<void> {
    if (!wasHere()) return this.#meetServer();
    try {
      this.#status = { at: 'signed-in', session: await resume(ownOrigin) };
    } catch (fault) {
      if (fault instanceof RefusalError && fault.refusal.kind === 'unauthenticated') {
        remember(false);
        await forget();
        await this.#meetServer();
      } else await this.#withoutServer(refusalMessage(fault));
    }
  }

  async setUp(request: HttpRequestOf<'setup'>): Promise<void> {
    this.#enter(await setup(ownOrigin, request), true);
  }

  async signIn(request: HttpRequestOf<'signIn'>): Promise<void> {
    this.#enter(await signIn(ownOrigin, request));
  }

  async signUp(request: HttpRequestOf<'signUp'>): Promise<void> {
    this.#enter(await signUp(ownOrigin, request), true);
  }

  /** @returns who invites to which workspace; rejects with `not_found` for a code that no longer counts. */
  invite(code: string): Promise<InviteView> {
    return viewInvite(ownOrigin, code);
  }

  /** Forgets the session here; the chat has told the server, or the server has ended it. */
  ended(): void {
    remember(false);
    lastConversation.write(null);
    this.#status = { at: 'signed-out' };
    // The chat ends with the status; only then is there nobody who keeps anything any more.
    void tick().then(forget);
  }

  #enter(session: Session, arriving = false): void {
    remember(true);
    this.#arriving = arriving;
    this.#status = { at: 'signed-in', session };
  }

  /** No answer: what this browser kept is shown, and the chat goes on trying. */
  async #withoutServer(message: string): Promise<void> {
    const kept = await recall();
    this.#status = kept ? { at: 'signed-in', ...kept } : { at: 'unreachable', message };
  }

  async #meetServer(): Promise<void> {
    try {
      this.#status = (await setupNeeded(ownOrigin)) ? { at: 'new-server' } : { at: 'signed-out' };
    } catch (fault) {
      this.#status = { at: 'unreachable', message: refusalMessage(fault) };
    }
  }
}

const key = 'parley/was-here';

/** Only whether somebody was signed in here: asking the server for a session that never was would be an error. */
function wasHere(): boolean {
  try {
    return localStorage.getItem(key) !== null;
  } catch {
    return true;
  }
}

function remember(here: boolean): void {
  try {
    if (here) localStorage.setItem(key, '1');
    else localStorage.removeItem(key);
  } catch {
    // Storage is blocked: the server is asked each time.
  }
}

export const [useAccount, provideAccount] = createContext<Account>();
