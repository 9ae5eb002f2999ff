import { hash } from 'node:crypto';
import type { NameContext } from '../../sql/postgres/catalog.ts';
import { possibleSearchPaths, searchPathsMax } from '../../sql/postgres/settings.ts';
import type { SessionEffects } from '../../sql/statement.ts';
import { SettingHistory } from './setting-history.ts';

/** Objects created in the session and not yet seen in the catalog. */
const OVERLAY_MAX = 4_096;

type SearchPaths = readonly (readonly string[])[];
type Created = SessionEffects['created'][number];

/**
 * What the gateway knows of one session's settings, as far as they change what a statement means.
 *
 * It follows the session's own statements and what the server reports. What it cannot follow it
 * marks unknown: names then stand for every relation that bears them, which only restricts more.
 */
export class SessionSettings {
  #standardConformingStrings = true;
  #clientEncoding = 'UTF8';
  /** All that there were: what was prepared in one may run in another. No more than the server knows. */
  readonly #clientEncodings = new Set<string>();
  #serverEncoding = 'UTF8';
  #searchPaths: SearchPaths | undefined;
  #overlay: readonly Created[] = [];
  #overlayVersion = 0;
  /** Set when something in flight may have changed how text is read. */
  #isLexingUncertain = false;
  /** The same of `client_encoding` alone, and not by code that no statement shows. */
  #isEncodingUncertain = false;
  /** The transaction at hand changed how text is read: it may be read again as it was before. */
  #mayReadAsBefore = false;
  #dateStyle = '';
  #intervalStyle = '';
  #timeZone = '';
  /** What was set. */
  readonly history: SettingHistory;
  #startReason: string | undefined;
  #reason: string | undefined;
  readonly #functionsAllowed: ReadonlySet<string>;
  readonly #sharedKey: string;
  readonly #ownKey: string;
  #version = 0;
  #isSerializable = false;
  #context: NameContext | undefined;
  #contextKey = '';
  #searchPathKey: string | undefined;

  /**
   * @param sharedKey Names target and database; sessions with equal settings, for which the same functions are allowed, share analyses under it.
   * @param sessionId Names this session; its own objects are analysed for it alone.
   */
  constructor(sharedKey: string, sessionId: string, functionsAllowed: ReadonlySet<string>) {
    // Configurations change while sessions go on, and later ones must not be judged by what was allowed before.
    const allowed = JSON.stringify([...functionsAllowed].toSorted());
    this.#sharedKey =
      functionsAllowed.size === 0 ? sharedKey : `${sharedKey} ${hash('sha256', allowed)}`;
    this.#ownKey = sessionId;
    this.#functionsAllowed = functionsAllowed;
    this.history = new SettingHistory(sessionId);
  }

  /**
   * Equal keys: constants and names that the analysis does not resolve mean the same, as far as the session's own settings
   * decide it. Across sessions, what was set has to have been set in the same order.
   */
  get meaningKey(): string {
    const { standardConformingStrings, clientEncoding } = this.context;
    return JSON.stringify([
      ...[standardConformingStrings, clientEncoding],
      ...[this.#dateStyle, this.#intervalStyle, this.#timeZone, this.history.key],
    ]);
  }

  /** How dates, intervals and instants are written and read, as the server reports. */
  get formats(): Readonly<Record<'DateStyle' | 'IntervalStyle' | 'TimeZone', string>> {
    return {
      DateStyle: this.#dateStyle,
      IntervalStyle: this.#intervalStyle,
      TimeZone: this.#timeZone,
    };
  }

  /** Why the client does what it does, in its own words. Changes nothing of what statements mean. */
  get reason(): string | undefined {
    return this.#reason;
  }

  /** @param reason Undefined: the one of the start. */
  stateReason(reason: string | undefined): void {
    this.#reason = reason ?? this.#startReason;
  }

  /** What the client asked for at its start, in its order. */
  noteStart(requested: readonly (readonly [name: string, value: string])[], reason?: string): void {
    this.#startReason = reason;
    this.#reason = reason;
    this.history.noteStart(requested);
    this.#isSerializable = requested.some(
      ([name, value]) =>
        /^(?:default_)?transaction_isolation$/iu.test(name) &&
        value.trim().toLowerCase() === 'serializable',
    );
    this.#changed();
  }

  /** Whether the session made more objects than are followed: it may make no more for now. */
  get isOverlayFull(): boolean {
    return this.#overlay.length >= OVERLAY_MAX;
  }

  /** Whether names cannot be resolved with certainty until the server was asked. */
  get isSearchPathKnown(): boolean {
    return this.#searchPaths?.length === 1;
  }

  /** Whether the session changed objects that a fresh catalog would show. */
  get hasCommittableOverlay(): boolean {
    return this.#overlay.some(({ schema }) => schema !== 'pg_temp');
  }

  /** Settings as analysis wants them; the same object until one of them changes. */
  get context(): NameContext {
    this.#context ??= {
      searchPaths: this.#searchPaths,
      overlay: this.#overlay,
      functionsAllowed: this.#functionsAllowed,
      standardConformingStrings: this.#standardConformingStrings && !this.#isLexingUncertain,
      clientEncoding: this.#clientEncoding,
      serverEncoding: this.#serverEncoding,
      ...(this.#isSerializable && { isSerializable: true as const }),
    };
    return this.#context;
  }

  /** Equal keys, equal context. */
  get contextKey(): string {
    if (this.#contextKey === '') {
      const { searchPaths, standardConformingStrings, clientEncoding } = this.context;
      const owner = this.#overlay.length > 0 ? `${this.#ownKey}.${this.#version}` : '';
      this.#contextKey = JSON.stringify([
        this.#sharedKey,
        owner,
        searchPaths ?? null,
        standardConformingStrings,
        clientEncoding,
        this.#serverEncoding,
        ...(this.#isSerializable ? ['serializable'] : []),
      ]);
    }
    return this.#contextKey;
  }

  /** Equal keys: names are looked for in the same schemas, as far as that is known. */
  get searchPathKey(): string {
    this.#searchPathKey ??= JSON.stringify(this.#searchPaths ?? null);
    return this.#searchPathKey;
  }

  /** Another one each time that the objects which the session made, and the catalog does not show, are others. */
  get overlayVersion(): number {
    return this.#overlayVersion;
  }

  /** In which text is written to the client, and held by the server. */
  get encodings(): Readonly<Record<'client' | 'server', string>> {
    return { client: this.#clientEncoding, server: this.#serverEncoding };
  }

  get clientEncoding(): string {
    return this.#clientEncoding;
  }

  /** Whether what is in flight may undo, unseen, a change of how text is read. */
  get mayReadAsBefore(): boolean {
    return this.#mayReadAsBefore;
  }

  /** Whether what is in flight may change the encoding. */
  get isEncodingUncertain(): boolean {
    return this.#isEncodingUncertain;
  }

  /** The server reported a setting (ParameterStatus). */
  report(name: string, value: string): void {
    switch (name) {
      case 'standard_conforming_strings':
        this.#standardConformingStrings = value === 'on';
        this.#mayReadAsBefore = true;
        this.#changed();
        break;
      case 'client_encoding':
        this.#clientEncoding = value.toUpperCase();
        this.#clientEncodings.add(this.#clientEncoding);
        this.#mayReadAsBefore = true;
        this.#changed();
        break;
      case 'server_encoding':
        this.#serverEncoding = value;
        this.#changed();
        break;
      case 'DateStyle':
        this.#dateStyle = value;
        break;
      case 'IntervalStyle':
        this.#intervalStyle = value;
        break;
      case 'TimeZone':
        this.#timeZone = value;
        break;
      case 'search_path':
        // PostgreSQL 18 and later. The value has "$user" and missing schemas in it: ask again.
        this.#searchPaths = undefined;
        this.#changed();
        break;
    }
  }

  /** The server was asked for `current_schemas(false)` while nothing else was going on. */
  learnSearchPath(path: readonly string[]): void {
    this.#searchPaths = [path];
    this.#changed();
  }

  /** Which schemas the path has may have changed: the server has to be asked again. */
  forgetSearchPath(): void {
    if (this.#searchPaths === undefined) return;
    this.#searchPaths = undefined;
    this.#changed();
  }

  /** A statement with these effects is about to be forwarded. Whether it will succeed is not known. */
  expect(effects: SessionEffects): void {
    const { searchPath } = effects;
    if (searchPath === 'unknown') {
      this.#searchPaths = undefined;
      this.#isLexingUncertain = true;
      this.#changed();
    } else if (searchPath !== undefined) {
      this.#searchPaths = withAlternatives(this.#searchPaths, this.#possible(searchPath));
      this.#changed();
    }
    if (effects.created.length > 0) {
      const isNew = (one: Created): boolean =>
        !this.#overlay.some(({ schema, name }) => schema === one.schema && name === one.name);
      this.#setOverlay([...this.#overlay, ...effects.created.filter(isNew)]);
    }
  }

  /** A statement that changes how text is read is about to be forwarded. */
  expectLexingChange(): void {
    this.#isLexingUncertain = true;
    this.#isEncodingUncertain = true;
    this.#changed();
  }

  /** ReadyForQuery came outside a transaction: what is set now is not undone any more. */
  committed(): void {
    this.#mayReadAsBefore = false;
  }

  /** The server is idle and has reported everything. */
  settle(): void {
    if (!this.#isLexingUncertain) return;
    this.#isLexingUncertain = false;
    this.#isEncodingUncertain = false;
    this.#changed();
  }

  /** A transaction ended: what it set locally is gone, what it set may be too. */
  transactionEnded(): void {
    if (this.#searchPaths === undefined || this.#searchPaths.length === 1) return;
    this.#searchPaths = undefined;
    this.#changed();
  }

  /** A catalog read after the session's last committed change: only temporary objects may be missing. */
  forgetCommittedOverlay(): void {
    const rest = this.#overlay.filter(({ schema }) => schema === 'pg_temp');
    if (rest.length < this.#overlay.length) this.#setOverlay(rest);
  }

  /** Undefined if the path may be another one by the encoding of a text that sets it. */
  #possible(path: readonly string[]): SearchPaths | undefined {
    const server = this.#serverEncoding;
    const known = possibleSearchPaths(path, this.encodings);
    const isKnown = [...this.#clientEncodings].every(
      (client) => possibleSearchPaths(path, { client, server }) !== undefined,
    );
    return isKnown ? known : undefined;
  }

  #setOverlay(overlay: readonly Created[]): void {
    this.#overlay = overlay;
    this.#overlayVersion += 1;
    this.#changed();
  }

  #changed(): void {
    this.#version += 1;
    this.#context = undefined;
    this.#contextKey = '';
    this.#searchPathKey = undefined;
  }
}

/** Adds what the path may be from now on. */
function withAlternatives(
  paths: SearchPaths | undefined,
  added: SearchPaths | undefined,
): SearchPaths | undefined {
  if (paths === undefined || added === undefined) return undefined;
  const alternatives = [...paths, ...added];
  return alternatives.length > searchPathsMax ? undefined : alternatives;
}
