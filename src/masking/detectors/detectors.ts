import { decodeText, endOfDecoded } from './decode-text.ts';
import { compileDfa, type Dfa } from './dfa.ts';
import { type Finding, joinFindings } from './finding.ts';
import { endOfFolded, type FoldedText, foldText } from './fold-text.ts';
import type { HeadedTable } from './headed-table.ts';
import { KeyRedaction } from './key-redaction.ts';
import { LABELS } from './labels.ts';
import { GAZETTEER } from './lexicon.ts';
import { type ParsedPattern, parsePattern } from './parse-pattern.ts';
import { PatternError } from './pattern-error.ts';
import { BUILT_IN_PATTERNS } from './patterns.ts';
import { readRows } from './read-heading.ts';
import type { ReadToken } from './read-identifiers.ts';
import { readGazetteerWord, readRepeatedNames } from './read-known-names.ts';
import { readLabel } from './read-labels.ts';
import { READERS } from './readers.ts';
import { type JsonPathMask, type RedactText, redactJsonDocument } from './redact-json.ts';
import { replacementOf } from './replacement.ts';
import { GAZETTEER_KIND, type TakeToken } from './scan.ts';
import { addFinding, type Subject, textBefore } from './subject.ts';
import { DIGIT_BEHIND, NEEDS, type TokenNeeds } from './token-needs.ts';
import { WasmScanner } from './wasm-scanner.ts';
import { WordHashes } from './word-hashes.ts';

/** A detector of a customer's own, for identifiers that only their systems have. */
export interface CustomDetector {
  readonly name: string;
  /** The data class of what it finds. */
  readonly className: string;
  /** In the subset of `parsePattern`. It may match anywhere; `\b` at either end keeps it to whole words. */
  readonly pattern: string;
  /** If there are any, one must stand within 60 characters before the match, without regard to case. */
  readonly contextWords?: readonly string[];
}

export interface DetectorOptions {
  readonly custom?: readonly CustomDetector[];
}

/** Told the class of each finding that was masked. */
export type ReportFinding = (className: string) => void;

/** Finds sensitive values in text by what they look like. One object serves a process; of what it reads it keeps no more than keys in which there is nothing. */
export interface Detectors {
  /**
   * What is sensitive in the UTF-8 text `bytes[start, end)`: ordered, disjoint. Any bytes will do.
   *
   * @param table Whose rows the text begins with.
   */
  find(bytes: Uint8Array, start: number, end: number, table?: HeadedTable): readonly Finding[];
  /** The text with each finding replaced by its class; undefined if nothing was found. */
  redact(
    bytes: Uint8Array,
    start: number,
    end: number,
    context?: { readonly report?: ReportFinding; readonly table?: HeadedTable | undefined },
  ): Buffer | undefined;
  /** The table with which the last text ended: its rows may go on in the next. */
  readonly openTable: HeadedTable | undefined;
  /** The same for a JSON document: by path, by key, then by content; see `redactJsonDocument`. */
  redactJson(
    bytes: Uint8Array,
    start: number,
    end: number,
    masks: { readonly paths: readonly JsonPathMask[]; readonly report?: ReportFinding },
  ): Buffer | undefined;
}

/** Characters of a customer's pattern. */
const PATTERN_LENGTH_MAX = 1_000;
const CUSTOM_DETECTORS_MAX = 200;
/** States of one customer's pattern: enough for any identifier, and no one pattern takes all. */
const CUSTOM_STATES_MAX = 5_000;
const CONTEXT_LENGTH = 60;

const NOTHING: readonly Finding[] = [];

/**
 * Compiles the product's patterns and the customer's into one automaton. Takes about 0.2 s.
 *
 * @throws {PatternError} If a custom pattern is not of the subset, or too large.
 */
export function compileDetectors({ custom = [] }: DetectorOptions = {}): Detectors {
  if (custom.length > CUSTOM_DETECTORS_MAX) {
    throw new PatternError('', `there are more than ${CUSTOM_DETECTORS_MAX} custom detectors`);
  }
  return new CompiledDetectors([...builtInReaders(), ...custom.map(customReader)]);
}

/**
 * Compiles one custom detector by itself, which takes about a millisecond: to say which of several is wrong.
 *
 * @throws {PatternError} If its pattern is not of the subset, or too large.
 */
export function checkCustomDetector(detector: CustomDetector): void {
  customReader(detector);
}

/** What a token says of how the text has to be read: bits. */
const Reading = { folded: 1, decoded: 2 } as const;

/** A pattern, and what looks at its tokens. */
interface PatternReader {
  readonly pattern: ParsedPattern;
  readonly read: ReadToken | keyof typeof Reading;
  readonly needs: TokenNeeds;
}

function builtInReaders(): PatternReader[] {
  const patterns = BUILT_IN_PATTERNS.map(
    ({ kind, pattern }): PatternReader => ({
      pattern: parsePattern(pattern),
      read: kind === 'unicode' ? 'folded' : kind === 'coded' ? 'decoded' : READERS[kind],
      needs: NEEDS[kind] ?? 0,
    }),
  );
  const labels = LABELS.map((label) => ({
    // No `\b` behind: "MRN_" and "mrn=" end there, and so does "MRN" in "MRN0123456".
    pattern: parsePattern(`(?i)\\b(${label.words})`),
    read: readLabel(label),
    needs: DIGIT_BEHIND,
  }));
  return [...patterns, ...labels];
}

function customReader({ className, pattern, contextWords = [] }: CustomDetector): PatternReader {
  if (pattern.length > PATTERN_LENGTH_MAX) {
    const reason = `it has more than ${PATTERN_LENGTH_MAX} characters`;
    throw new PatternError(pattern.slice(0, 40), reason);
  }
  const parsed = parsePattern(pattern);
  compileDfa([parsed], { statesMax: CUSTOM_STATES_MAX });
  const words = contextWords.map((word) => word.toLowerCase());
  const read: ReadToken = (subject, start, end) => {
    const before =
      words.length === 0 ? '' : textBefore(subject, start, CONTEXT_LENGTH).toLowerCase();
    if (words.length > 0 && !words.some((word) => before.includes(word))) return;
    addFinding(subject, start, end, className);
  };
  return { pattern: parsed, read, needs: 0 };
}

class CompiledDetectors implements Detectors {
  readonly #scanner: WasmScanner;
  /** By kind of token. */
  readonly #readersOfKind: readonly (readonly ReadToken[])[];
  /** By kind of token: how the text has to be read because of it. */
  readonly #readingsOfKind: readonly number[];
  readonly #keys = new KeyRedaction();
  /** Kinds and bounds of the tokens of one text, reused. */
  #tokens: number[] = [];
  #readings = 0;
  #openTable: HeadedTable | undefined;
  readonly #take: TakeToken = (kind, start, end) => {
    if (kind !== GAZETTEER_KIND) this.#readings |= this.#readingsOfKind[kind] as number;
    this.#tokens.push(kind, start, end);
  };

  constructor(patternReaders: readonly PatternReader[]) {
    const dfa: Dfa = compileDfa(
      patternReaders.map(({ pattern }) => pattern),
      { needs: patternReaders.map(({ needs }) => needs) },
    );
    this.#scanner = new WasmScanner({ dfa, words: new WordHashes(GAZETTEER) });
    const readsOfKind = dfa.patternsOfKind.map((indexes) =>
      indexes.map((index) => (patternReaders[index] as PatternReader).read),
    );
    this.#readersOfKind = readsOfKind.map((reads) =>
      reads.filter((read) => typeof read === 'function'),
    );
    this.#readingsOfKind = readsOfKind.map((reads) =>
      reads.reduce((bits, read) => (typeof read === 'string' ? bits | Reading[read] : bits), 0),
    );
  }

  get openTable(): HeadedTable | undefined {
    return this.#openTable;
  }

  find(bytes: Uint8Array, start: number, end: number, table?: HeadedTable): readonly Finding[] {
    this.#openTable = undefined;
    this.#scan(bytes, start, end);
    if (this.#tokens.length === 0 && table === undefined) return NOTHING;
    const readings = this.#readings;
    const findings =
      (readings & Reading.folded) === 0
        ? this.#read(bytes, start, end, table)
        : this.#readFolded(bytes, start, end, table);
    if ((readings & Reading.decoded) === 0) return findings;
    const decoded = decodeText(bytes, start, end);
    const behindCodes = this.#readFolded(decoded.bytes, 0, decoded.bytes.length, table);
    return joinFindings([...findings, ...toOrigins(behindCodes, bytes, decoded, endOfDecoded)]);
  }

  #readFolded(
    bytes: Uint8Array,
    start: number,
    end: number,
    table: HeadedTable | undefined,
  ): readonly Finding[] {
    const folded = foldText(bytes, start, end);
    this.#scan(folded.bytes, 0, folded.bytes.length);
    const findings = this.#read(folded.bytes, 0, folded.bytes.length, table);
    return toOrigins(findings, bytes, folded, endOfFolded);
  }

  redact(
    bytes: Uint8Array,
    start: number,
    end: number,
    { report, table }: Parameters<Detectors['redact']>[3] = {},
  ): Buffer | undefined {
    const findings = this.find(bytes, start, end, table);
    if (findings.length === 0) return undefined;
    // One character per byte: what stands beside the findings stays as it is, whatever it means.
    const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let shown = '';
    let from = start;
    for (const finding of findings) {
      const text = source.toString('latin1', finding.start, finding.end);
      shown += source.toString('latin1', from, finding.start);
      shown += replacementOf(finding.className, text);
      report?.(finding.className);
      from = finding.end;
    }
    shown += source.toString('latin1', from, end);
    return Buffer.from(shown, 'latin1');
  }

  redactJson(
    bytes: Uint8Array,
    start: number,
    end: number,
    {
      paths,
      report = ignore,
    }: { readonly paths: readonly JsonPathMask[]; readonly report?: ReportFinding },
  ): Buffer | undefined {
    const redactText: RedactText = (text, from, to) => this.redact(text, from, to, { report });
    return redactJsonDocument(
      bytes,
      { start, end },
      { paths, redactText, keys: this.#keys, report },
    );
  }

  #scan(bytes: Uint8Array, start: number, end: number): void {
    if (this.#tokens.length > 0) this.#tokens = [];
    this.#readings = 0;
    this.#scanner.scan(bytes, start, end, this.#take);
  }

  #read(
    bytes: Uint8Array,
    start: number,
    end: number,
    table: HeadedTable | undefined,
  ): readonly Finding[] {
    const tokens = this.#tokens;
    if (tokens.length === 0 && table === undefined) return NOTHING;
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const text = buffer.toString('latin1', start, end);
    const subject: Subject = { text, findings: [], nameWords: new Set(), tablesEnd: 0 };
    if (table !== undefined) readRows(subject, table);
    for (let index = 0; index < tokens.length; index += 3) {
      const kind = tokens[index] as number;
      const from = (tokens[index + 1] as number) - start;
      const to = (tokens[index + 2] as number) - start;
      if (kind === GAZETTEER_KIND) {
        readGazetteerWord(subject, from, to);
        continue;
      }
      for (const read of this.#readersOfKind[kind] as readonly ReadToken[]) read(subject, from, to);
    }
    readRepeatedNames(subject);
    this.#openTable ??= subject.openTable;
    return joinFindings(subject.findings).map((found) => ({
      ...found,
      start: found.start + start,
      end: found.end + start,
    }));
  }
}

function ignore(): void {}

/**
 * Findings in a text as it was read, where they stand in its original.
 *
 * @param endOf Where what stands at an offset of the original ends.
 */
function toOrigins(
  findings: readonly Finding[],
  bytes: Uint8Array,
  { origins }: FoldedText,
  endOf: (bytes: Uint8Array, offset: number, end: number) => number,
): Finding[] {
  return findings.map((finding) => {
    const next = origins[finding.end] as number;
    // Behind its last byte, not at the next: what was left out between belongs to neither.
    const end = Math.min(next, endOf(bytes, origins[finding.end - 1] as number, next));
    return { start: origins[finding.start] as number, end, className: finding.className };
  });
}
