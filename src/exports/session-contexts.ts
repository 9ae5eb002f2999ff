import type { Entry } from '../audit/decode-entry.ts';
import { readObject, readText, readTexts } from './read-fields.ts';

/** What the entries of a session leave to its first one. */
export interface SessionContext {
  readonly principalId: string;
  readonly principalName: string;
  readonly groups: readonly string[];
  readonly target: string;
  readonly database: string;
  /** Without port. */
  readonly clientAddress: string;
  readonly applicationName: string;
}

/** Finds a session that began before what is read; undefined if nobody knows it. Rejects if nobody can be asked just now. */
export type FindSession = (id: string) => Promise<SessionContext | undefined>;

/** Sessions that are remembered: more than run at a time. */
const SESSIONS_MAX = 20_000;

/** Remembers who was behind the sessions of the entries that pass. */
export class SessionContexts {
  readonly #find: FindSession;
  /** The one that was asked for longest ago first. */
  readonly #known = new Map<string, SessionContext | undefined>();

  constructor(find: FindSession) {
    this.#find = find;
  }

  /** The session that an entry belongs to. */
  async of(entry: Entry): Promise<SessionContext | undefined> {
    const { session: id, kind } = entry;
    if (id === undefined) return undefined;
    const context =
      kind === 'session.start'
        ? readStart(entry)
        : this.#known.has(id)
          ? this.#known.get(id)
          : await this.#find(id);
    this.#known.delete(id);
    if (kind === 'session.end') return context;
    this.#known.set(id, context);
    if (this.#known.size > SESSIONS_MAX) {
      const [oldest] = this.#known.keys();
      if (oldest !== undefined) this.#known.delete(oldest);
    }
    return context;
  }
}

function readStart(entry: Entry): SessionContext {
  const { target, database, clientAddress, applicationName } = entry;
  const principal = readObject(entry['principal']);
  return {
    principalId: readText(principal['id']) ?? '',
    principalName: readText(principal['name']) ?? '',
    groups: readTexts(principal['groups']),
    target: readText(target) ?? '',
    database: readText(database) ?? '',
    clientAddress: readText(clientAddress) ?? '',
    applicationName: readText(applicationName) ?? '',
  };
}
