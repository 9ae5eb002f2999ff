import { isAccountName } from '../configuration/ssh-target-file.ts';
import {
  type ClientProtocol,
  isWeb,
  type PostgresTarget,
  type SshTarget,
  type Target,
  type WebTarget,
} from './target.ts';

/**
 * What a client's words lead to. A target that does not exist and a place on it that is not permitted
 * are the same answer, so that nobody can find out names by trying.
 */
export type TargetLookup = FoundDatabase | FoundAccount | FoundSite | UnknownTarget;

/** A database of a PostgreSQL target. */
export interface FoundDatabase {
  readonly kind: 'found';
  readonly target: PostgresTarget;
  readonly database: string;
}

/** A user on an SSH target. */
export interface FoundAccount {
  readonly kind: 'found';
  readonly target: SshTarget;
  readonly account: string;
}

/** A target that is reached by HTTP. */
export interface FoundSite {
  readonly kind: 'found';
  readonly target: WebTarget;
}

interface UnknownTarget {
  readonly kind: 'unknown';
}

const UNKNOWN: UnknownTarget = { kind: 'unknown' };

/** Bytes of a PostgreSQL identifier; a longer name could not have been created. */
const DATABASE_BYTES_MAX = 63;

/** The targets of one configuration. Immutable. */
export class TargetCatalogue {
  readonly #targets: ReadonlyMap<string, Target>;

  constructor(targets: readonly Target[]) {
    this.#targets = new Map(targets.map((target) => [target.name, target]));
  }

  /** In the order of the configuration. */
  get targets(): readonly Target[] {
    return [...this.#targets.values()];
  }

  /** By its own name, for what is not a connection. */
  findByName(name: string): Target | undefined {
    return this.#targets.get(name);
  }

  /** Finds what a client of a protocol asked for, in its own words. */
  find(protocol: ClientProtocol, name: string, boundTo?: string): TargetLookup {
    switch (protocol) {
      case 'postgres':
        return this.findDatabase(name, boundTo);
      case 'ssh':
        return this.findAccount(name, boundTo);
      case 'http':
        return this.findSite(name, boundTo);
    }
  }

  /**
   * Finds what a PostgreSQL client asked for.
   *
   * @param name The client's database: `target` or `target/database`. On a listener that is bound to
   * a target it is a database of that target.
   * @param boundTo Name of the listener's target, if it has one.
   */
  findDatabase(name: string, boundTo?: string): FoundDatabase | UnknownTarget {
    const slash = name.indexOf('/');
    const isNamed = boundTo === undefined && slash !== -1;
    const target = this.#targets.get(boundTo ?? (isNamed ? name.slice(0, slash) : name));
    if (target?.kind !== 'postgres') return UNKNOWN;
    if (boundTo === undefined && !isNamed) {
      return { kind: 'found', target, database: target.database };
    }
    const database = isNamed ? name.slice(slash + 1) : name;
    return hasDatabase(target, database) ? { kind: 'found', target, database } : UNKNOWN;
  }

  /**
   * Finds what an SSH client asked for.
   *
   * @param name The client's user: `target` or `account@target`. On a listener that is bound to a target it
   * is an account of that target.
   * @param boundTo Name of the target that the connection is for, if that is said otherwise.
   */
  findAccount(name: string, boundTo?: string): FoundAccount | UnknownTarget {
    const at = name.lastIndexOf('@');
    const isNamed = boundTo === undefined && at !== -1;
    const target = this.#targets.get(boundTo ?? (isNamed ? name.slice(at + 1) : name));
    if (target?.kind !== 'ssh') return UNKNOWN;
    if (boundTo === undefined && !isNamed) {
      return { kind: 'found', target, account: target.account };
    }
    const account = isNamed ? name.slice(0, at) : name;
    return hasAccount(target, account) ? { kind: 'found', target, account } : UNKNOWN;
  }

  /**
   * Finds the target of a request.
   *
   * @param name The target's own: `SiteDirectory` finds it by the request's host and path.
   * @param boundTo Name of the listener's target, if it has one.
   */
  findSite(name: string, boundTo?: string): FoundSite | UnknownTarget {
    const target = this.#targets.get(boundTo ?? name);
    return target !== undefined && isWeb(target) ? { kind: 'found', target } : UNKNOWN;
  }
}

/** Whether a database of a target may be named. */
export function hasDatabase(target: PostgresTarget, database: string): boolean {
  if (database === target.database || target.databases.includes(database)) {
    return database !== '*';
  }
  return (
    target.databases.includes('*') &&
    database !== '' &&
    !database.includes('\0') &&
    Buffer.byteLength(database) <= DATABASE_BYTES_MAX
  );
}

/** Whether a user of a host may be named. */
export function hasAccount({ account: own, accounts }: SshTarget, account: string): boolean {
  if (!isAccountName(account)) return false;
  return account === own || accounts.includes(account) || accounts.includes('*');
}
