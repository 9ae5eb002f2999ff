import { hash } from 'node:crypto';
import { formatSetting } from './startup-options.ts';

/** Settings that the server reports, or that give nothing another meaning. */
const KNOWN_OTHERWISE: ReadonlySet<string> = new Set([
  ...['application_name', 'client_encoding', 'standard_conforming_strings'],
  ...['datestyle', 'intervalstyle', 'timezone'],
]);

/** Without it, and without names that are written in another way, nothing is set for a transaction alone. */
const MAY_SET_LOCALLY = /local|set_config|u&/iu;

/** Characters of texts that are kept to be shown. */
const SHOWN_LENGTH_MAX = 16_384;

/** Something that was set, for people to read. */
export interface SettingText {
  readonly text: string;
  /** Sets with whose rights statements run. */
  readonly setsRole: boolean;
}

/**
 * What a session's client asked for at its start and what its statements set, in their order: what
 * approvals are bound to beside what the server reports, and what reviewers are shown of it.
 */
export class SettingHistory {
  readonly #sessionId: string;
  #key = '';
  /** What was set in the transaction at hand may be undone with it. */
  #isOpen = false;
  /** The end of the transaction at hand takes some of it back. */
  #isLocal = false;
  #uncertainties = 0;
  readonly #texts: SettingText[] = [];
  #textsLength = 0;
  #dropped: { readonly count: number; readonly setsRole: boolean } = { count: 0, setsRole: false };

  constructor(sessionId: string) {
    this.#sessionId = sessionId;
  }

  /** Equal keys: the same was set in the same order. Empty for nothing. */
  get key(): string {
    return this.#key;
  }

  /** False: what is set may also be something else. */
  get isCertain(): boolean {
    return this.#uncertainties === 0;
  }

  /** The last ones, oldest first. */
  get texts(): readonly SettingText[] {
    return this.#texts;
  }

  /** How many there were before `texts`. */
  get earlierCount(): number {
    return this.#dropped.count;
  }

  get setsRole(): boolean {
    return this.#dropped.setsRole || this.#texts.some(({ setsRole }) => setsRole);
  }

  /** What the client asked for at its start, in its order. */
  noteStart(requested: readonly (readonly [name: string, value: string])[]): void {
    const others = requested.filter(([name]) => !KNOWN_OTHERWISE.has(name.toLowerCase()));
    if (others.length === 0) return;
    this.#key = hash('sha256', JSON.stringify(others));
    for (const [name, value] of others) {
      const setsRole = ['role', 'session_authorization'].includes(name.toLowerCase());
      this.#keep({ text: formatSetting(name, value), setsRole });
    }
  }

  /**
   * A statement that sets something is about to be forwarded.
   *
   * @param sent As it goes to the server.
   * @param shown As people may see it.
   */
  note(sent: string, shown: SettingText): void {
    this.#key = hash('sha256', `${this.#key} ${sent}`);
    this.#isOpen = true;
    if (MAY_SET_LOCALLY.test(sent)) this.#isLocal = true;
    this.#keep(shown);
  }

  /** Part of a transaction is undone, or something in it failed: what was set in it may not be set any more. */
  noteUndone(): void {
    if (this.#isOpen) this.noteUncertain();
  }

  /** What may end the transaction is about to be forwarded, or has: what was set for it alone is not set any more. */
  noteEnd(): void {
    if (this.#isLocal) this.#key = hash('sha256', `${this.#key} end`);
  }

  /** It is not known what is set from now on: no other session's settings are taken for these. */
  noteUncertain(): void {
    this.#uncertainties += 1;
    this.#key = hash('sha256', `${this.#key} ${this.#sessionId} ${this.#uncertainties}`);
  }

  /** ReadyForQuery came. */
  ready(isInTransaction: boolean, hasFailed: boolean): void {
    if (hasFailed) this.noteUndone();
    if (isInTransaction) return;
    this.noteEnd();
    this.#isOpen = false;
    this.#isLocal = false;
  }

  #keep(added: SettingText): void {
    this.#texts.push(added);
    this.#textsLength += added.text.length;
    while (this.#textsLength > SHOWN_LENGTH_MAX) {
      const dropped = this.#texts.shift();
      if (dropped === undefined) return;
      this.#textsLength -= dropped.text.length;
      const { count, setsRole } = this.#dropped;
      this.#dropped = { count: count + 1, setsRole: setsRole || dropped.setsRole };
    }
  }
}
