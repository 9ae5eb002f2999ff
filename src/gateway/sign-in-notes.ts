import type { PeopleStore } from '../access/access-store.ts';
import type { Principal, PrincipalId, SignInMethod } from '../identity/principal.ts';
import { logUnexpectedError } from '../telemetry/events.ts';
import type { Log } from '../telemetry/log.ts';

/** Milliseconds until a sign-in with nothing new is noted again. */
const REPEATED_AFTER_MS = 60_000;
/** Principals remembered; the oldest is forgotten, and noted again. */
const REMEMBERED_MAX = 10_000;

/** Ways to sign in that say what was so when something of ours was issued, or a browser signed in, maybe hours ago. */
const OF_EARLIER: ReadonlySet<SignInMethod> = new Set([
  ...(['sallyport-token', 'ssh-certificate', 'oidc-browser', 'saml', 'slack'] as const),
]);

/** Keeps who has signed in at the identity provider, and with which groups. */
export class SignInNotes {
  readonly #people: Pick<PeopleStore, 'note'>;
  readonly #nowMs: () => number;
  readonly #log: Log;
  readonly #noted = new Map<PrincipalId, { readonly content: string; readonly atMs: number }>();

  constructor(people: Pick<PeopleStore, 'note'>, nowMs: () => number, log: Log) {
    this.#people = people;
    this.#nowMs = nowMs;
    this.#log = log;
  }

  /**
   * Notes who shows up, unless by something that may bring groups back that were lost since. Resolves once it is
   * kept, or could not be: that turns nobody away.
   */
  async note(principal: Principal): Promise<void> {
    if (!OF_EARLIER.has(principal.signIn)) await this.noteBegun(principal);
  }

  /** The same for a sign-in that begins at this moment. */
  async noteBegun(principal: Principal): Promise<void> {
    const { id, person, displayName, groups } = principal;
    const content = JSON.stringify([person, displayName, groups.toSorted()]);
    const nowMs = this.#nowMs();
    const before = this.#noted.get(id);
    if (before?.content === content && nowMs < before.atMs + REPEATED_AFTER_MS) return;
    const oldest = this.#noted.keys().next();
    if (this.#noted.size >= REMEMBERED_MAX && !oldest.done) this.#noted.delete(oldest.value);
    this.#noted.set(id, { content, atMs: nowMs });
    try {
      await this.#people.note(principal, nowMs);
    } catch (error) {
      this.#noted.delete(id);
      logUnexpectedError(this.#log, 'people', error);
    }
  }
}
