import type { AnalysisCache } from '../../sql/postgres/analysis-cache.ts';
import { analyze, unknownAnalysis } from '../../sql/postgres/analyze.ts';
import type { Catalog } from '../../sql/postgres/catalog.ts';
import type { SqlParser } from '../../sql/postgres/parser.ts';
import { isReadExactly } from '../../sql/postgres/uncertain-names.ts';
import type { Analysis } from '../../sql/statement.ts';
import type { CatalogCache } from './catalog-cache.ts';
import type { LookUpKeys } from './kept-look-ups.ts';
import { summarize } from './operation-summary.ts';
import { PENDING_MAX } from './pending-request.ts';
import type { SessionNames } from './session-names.ts';
import type { SessionSettings } from './session-settings.ts';

/** What `standard_conforming_strings` or `client_encoding` decide how to read. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is what is meant
const READ_BY_SETTINGS = /\\|[^\x00-\x7f]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is what is meant
const READ_BY_ENCODING = /[^\x00-\x7f]/;

/** Milliseconds for which messages of one read are dealt with before others have their turn. */
const TURN_MS_MAX = 25;
/** For one message, new catalogs for which the search path is asked for again. */
const PATHS_OUTDATED_MAX = 4;

export interface StatementAnalyzerParts {
  readonly settings: SessionSettings;
  readonly names: SessionNames;
  readonly catalogs: CatalogCache;
  readonly cache: AnalysisCache;
  readonly parser: SqlParser;
  /** The catalog at the session's start. */
  readonly catalog: Catalog;
  /** Asks the target, between the client's requests, and tells `settings`. */
  readonly askSearchPath: () => Promise<void>;
  /** Milliseconds of a clock that never goes back. Default: since the process began. */
  readonly nowMs?: (() => number) | undefined;
}

function sinceStart(): number {
  return performance.now();
}

function waitForOthers(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/**
 * Analyses one session's statements with what is known of its settings, and finds out what is not
 * known where that is possible without disturbing the session.
 */
export class StatementAnalyzer {
  readonly #parts: StatementAnalyzerParts;
  #catalog: Catalog;
  #isInTransaction = false;
  #waiting: Promise<void> | undefined;
  #answered: (() => void) | undefined;
  #isAnswered: (() => boolean) | undefined;
  #wantsFlush = false;
  /** The message at hand has been looked up in a fresh catalog already. */
  #hasRefreshed = false;
  /** The message at hand has waited for the reading that shows the session's own changes. */
  #hasAwaitedOwn = false;
  #hasAskedPath = false;
  /** How often it was old again while the message at hand waited for it. */
  #pathsOutdated = 0;
  /** The catalog changed since the search path was asked for. */
  #isPathOld = false;
  #catalogWillChange = false;
  /** Reading of the catalog from which on the session's own committed changes show; 0 for none. */
  #ownChangesShowAt = 0;
  #contextKey = '';
  #lookUpKeys: LookUpKeys | undefined;
  #settingsKey = '';
  readonly #nowMs: () => number;
  /** Undefined before the first message of a turn, so that each has one at least. */
  #turnBeganAtMs: number | undefined;
  /** Undefined before the first renewal of a turn: the same of those. */
  #renewalsEndAtMs: number | undefined;

  constructor(parts: StatementAnalyzerParts) {
    this.#parts = parts;
    this.#catalog = parts.catalog;
    this.#nowMs = parts.nowMs ?? sinceStart;
  }

  /** The version of the catalog in use. */
  get catalog(): Catalog {
    return this.#catalog;
  }

  /** Equal keys: a text has the same analysis. */
  get contextKey(): string {
    const settingsKey = this.#parts.settings.contextKey;
    if (this.#settingsKey !== settingsKey) {
      this.#settingsKey = settingsKey;
      this.#contextKey = `${this.#catalog.version} ${settingsKey}`;
    }
    return this.#contextKey;
  }

  /** What a prepared statement keeps of how its names are looked up now. */
  get lookUpKeys(): LookUpKeys {
    const { contextKey } = this;
    if (this.#lookUpKeys?.contextKey !== contextKey) {
      const { searchPathKey, overlayVersion } = this.#parts.settings;
      const relationsKey = `${this.#catalog.version} ${overlayVersion}`;
      this.#lookUpKeys = { contextKey, searchPathKey, relationsKey };
    }
    return this.#lookUpKeys;
  }

  /** Whether a relation may be there, as far as is known. In doubt it may. */
  mayExist(relation: string): boolean {
    const parts = relation.split('.');
    if (parts.length < 2 || parts[0]?.startsWith('pg_') === true) return true;
    const { overlay } = this.#parts.settings.context;
    if (overlay.some(({ name }) => name !== '' && relation.endsWith(name))) return true;
    // Names may have dots of their own.
    return parts.some((_, at) => {
      const schema = parts.slice(0, at).join('.');
      return this.#catalog.findRelation(schema, parts.slice(at).join('.')) !== undefined;
    });
  }

  /** What a message that is wanted `'later'` waits for. Never rejects. */
  get waiting(): Promise<void> | undefined {
    return this.#waiting;
  }

  /** Whether what is in flight may have the server read a text, or a name, that comes now by other settings than are known. */
  mayBeReadOtherwise(text: string): boolean {
    const { settings, names } = this.#parts;
    if (names.isIdle) return false;
    if (settings.mayReadAsBefore) return READ_BY_SETTINGS.test(text);
    return settings.isEncodingUncertain && READ_BY_ENCODING.test(text);
  }

  /** The same of a name of the protocol, which is also held against names from before the encoding was what it is. */
  mayBeAnotherName(name: string): boolean {
    const { encodings } = this.#parts.settings;
    return !isReadExactly(name, encodings) || this.mayBeReadOtherwise(name);
  }

  /** The same as `analyze` of a text that the server has not read yet. */
  analyzeNew(text: string): Analysis | undefined {
    if (!this.mayBeReadOtherwise(text)) return this.analyze(text);
    const { settings, names } = this.#parts;
    if (!settings.mayReadAsBefore && !names.isBatchOpen && this.isNamingInFlight) {
      this.waitForAnswers();
      return undefined;
    }
    const refusal = 'the server may read it otherwise once it has answered what is in flight';
    return unknownAnalysis(text, { refusal });
  }

  /** The analysis of a text, or undefined if it has to wait: see `waiting`. */
  analyze(text: string): Analysis | undefined {
    const { settings, names, catalogs, cache, parser } = this.#parts;
    const isQuiet = names.isIdle && !this.#isInTransaction;
    if (catalogs.isTooOld && !this.#hasRefreshed) {
      this.#hasRefreshed = true;
      this.#wait(catalogs.refresh());
      return undefined;
    }
    catalogs.refreshIfOld();
    this.#adoptCatalog(isQuiet);
    if (this.#isPathOld && isQuiet) {
      // A schema of the path may have come into being.
      this.#isPathOld = false;
      settings.forgetSearchPath();
      this.#pathsOutdated += 1;
      if (this.#pathsOutdated < PATHS_OUTDATED_MAX) this.#hasAskedPath = false;
    }
    if (!settings.isSearchPathKnown && isQuiet && !this.#hasAskedPath) {
      this.#hasAskedPath = true;
      this.#wait(this.#parts.askSearchPath());
      return undefined;
    }

    const cached = cache.find(text, this.contextKey);
    const interruptions = parser.interruptions;
    const analysis = cached ?? analyze(text, parser, this.#catalog, settings.context);
    if (!this.#hasRefreshed && this.#wantsFreshCatalog(analysis, isQuiet)) {
      this.#wait(this.#readAgain());
      return undefined;
    }
    const isCertain = analysis.unresolved.length === 0 && parser.interruptions === interruptions;
    if (cached === undefined && isCertain) cache.store(text, this.contextKey, analysis);
    return analysis;
  }

  /** What names of the session stand for may change with answers that are still missing. */
  get isNamingInFlight(): boolean {
    const { names } = this.#parts;
    return names.syncsPending > 0 && !names.isCopying;
  }

  /** The message at hand can only be understood once the server has answered those before it. */
  waitForAnswers(): 'later' {
    const { names } = this.#parts;
    return this.#waitUntil(() => names.syncsPending === 0 || names.isCopying);
  }

  /** Nothing may be in flight when the message at hand is looked at again. */
  waitForQuiet(): 'later' {
    this.#wantsFlush = true;
    const { names } = this.#parts;
    return this.#waitUntil(() => names.pendingCount === 0 || names.isCopying);
  }

  /** Something was read of the client. */
  beginTurn(): void {
    this.#turnBeganAtMs = undefined;
    this.#renewalsEndAtMs = undefined;
  }

  /** What the message at hand waits for where those that were read with it took so long that it would hold up all other sessions. */
  othersTurn(): Promise<void> | undefined {
    const nowMs = this.#nowMs();
    this.#turnBeganAtMs ??= nowMs;
    return nowMs < this.#turnBeganAtMs + TURN_MS_MAX ? undefined : waitForOthers();
  }

  /**
   * The same before what a name in the message stands for is analysed again. These may take as long as what came before
   * them in the turn, as the next begins with the message analysed again: with one in each, thousands of names in a long
   * text would take minutes.
   */
  othersTurnBeforeRenewal(): Promise<void> | undefined {
    const nowMs = this.#nowMs();
    const spentMs = nowMs - (this.#turnBeganAtMs ?? nowMs);
    this.#renewalsEndAtMs ??= nowMs + Math.max(TURN_MS_MAX, spentMs);
    return nowMs < this.#renewalsEndAtMs ? undefined : waitForOthers();
  }

  /** The message at hand has to wait for something else than the target. */
  waitFor(settled: Promise<void>): 'later' {
    this.#wait(settled);
    return 'later';
  }

  /** Too much is in flight: the server has to be asked for its answers. */
  waitForRoom(): 'later' {
    this.#wantsFlush = true;
    const { names } = this.#parts;
    return this.#waitUntil(() => !names.isCrowded && names.pendingCount <= PENDING_MAX / 2);
  }

  /** The server is at work on something before the message that waits. */
  get isWaitingForAnswers(): boolean {
    return this.#isAnswered !== undefined;
  }

  /** Whether a Flush has to follow what was forwarded. Says so once. */
  takeFlushWish(): boolean {
    const wish = this.#wantsFlush;
    this.#wantsFlush = false;
    return wish;
  }

  /** The server said something: maybe what is waited for. */
  answersCame(): void {
    if (this.#isAnswered?.() !== true) return;
    this.#isAnswered = undefined;
    this.#answered?.();
    this.#answered = undefined;
  }

  /** The message at hand has been dealt with: the next may have the catalog read again. */
  forgetAttempts(): void {
    this.#hasRefreshed = false;
    this.#hasAwaitedOwn = false;
    this.#hasAskedPath = false;
    this.#pathsOutdated = 0;
  }

  /** A statement that changes the catalog is about to be forwarded. */
  expectCatalogChange(): void {
    this.#catalogWillChange = true;
  }

  /** ReadyForQuery came. */
  ready(isInTransaction: boolean): void {
    const { names, settings, catalogs } = this.#parts;
    if (this.#isInTransaction && !isInTransaction) settings.transactionEnded();
    if (!isInTransaction) settings.committed();
    this.#isInTransaction = isInTransaction;
    if (names.isIdle) settings.settle();
    if (!isInTransaction && this.#catalogWillChange) {
      this.#catalogWillChange = false;
      this.#ownChangesShowAt = catalogs.nextReading;
      catalogs.invalidate();
    }
  }

  #adoptCatalog(isQuiet: boolean): void {
    const { catalogs, settings } = this.#parts;
    const { current } = catalogs;
    if (current !== undefined && current !== this.#catalog) {
      this.#catalog = current;
      this.#settingsKey = '';
      this.#isPathOld = true;
    }
    if (this.#ownChangesShowAt > 0 && isQuiet && catalogs.completed >= this.#ownChangesShowAt) {
      this.#ownChangesShowAt = 0;
      settings.forgetCommittedOverlay();
    }
  }

  /** Whether a fresh catalog could tell more about the names in the text. */
  #wantsFreshCatalog(analysis: Analysis, isQuiet: boolean): boolean {
    if (analysis.unresolved.length > 0) return true;
    return (
      isQuiet &&
      this.#ownChangesShowAt > 0 &&
      this.#parts.settings.hasCommittableOverlay &&
      summarize(analysis).isAmbiguous
    );
  }

  /** What the session made itself is in a reading that has begun already; anything else needs one that begins now. */
  #readAgain(): Promise<Catalog> {
    const { catalogs } = this.#parts;
    if (catalogs.completed < this.#ownChangesShowAt && !this.#hasAwaitedOwn) {
      this.#hasAwaitedOwn = true;
      return catalogs.reach(this.#ownChangesShowAt);
    }
    this.#hasRefreshed = true;
    return catalogs.refresh();
  }

  #waitUntil(isAnswered: () => boolean): 'later' {
    this.#isAnswered = isAnswered;
    this.#wait(
      new Promise<void>((resolve) => {
        this.#answered = resolve;
      }),
    );
    return 'later';
  }

  #wait(until: Promise<unknown>): void {
    // A failure is not the message's: it is looked at again with what is known, and names that stay
    // unknown are refused by policy.
    const done = (): void => {
      this.#waiting = undefined;
    };
    this.#waiting = until.then(done, done);
  }
}
