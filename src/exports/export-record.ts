import { hash } from 'node:crypto';
import type { OpenedContent } from '../audit/content-opener.ts';
import type { SourceEntry } from '../audit/entry-source.ts';
import type { EntryKind } from '../audit/ledger-port.ts';
import type { ExportedStatements } from '../configuration/export-settings.ts';
import { readTexts } from './read-fields.ts';
import type { SessionContext } from './session-contexts.ts';

/** An entry as a sink may see it; formats turn it into text. */
export interface ExportRecord {
  /** The same when it is sent again: log and number. */
  readonly id: string;
  readonly log: string;
  readonly seq: number;
  readonly kind: EntryKind;
  /** ISO 8601, UTC, milliseconds. */
  readonly at: string;
  /** Milliseconds since the Unix epoch. */
  readonly atMs: number;
  /** Hexadecimal; by which the entry is found in the ledger. */
  readonly leafHash: string;
  readonly sessionId: string | undefined;
  /** Undefined for what belongs to no session, and for a session that nobody knows any more. */
  readonly session: SessionContext | undefined;
  readonly statement: ExportedStatement | undefined;
  /** What the entry says beside its leading fields and its statement. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** Why content of the entry is missing here: left out for this sink, or not to be had. */
  readonly withheld: 'masked' | 'sealed' | 'expired' | 'damaged' | undefined;
}

/** A statement, as far as the sink gets it. */
export interface ExportedStatement {
  /** Undefined when the text is left out. */
  readonly text: string | undefined;
  /** Whether `text` ends before the statement does. */
  readonly isCut: boolean;
  /** Bytes in UTF-8 of what the digest is of. */
  readonly bytes: number;
  /**
   * Hexadecimal, of the whole text as this sink may see it: a digest of what is hidden would let it be guessed.
   * Undefined when the text is left out.
   */
  readonly sha256: string | undefined;
}

/** A statement's text with the values hidden that not everybody may see; undefined where they cannot be found for certain. */
export type MaskStatement = (statement: {
  readonly target: string;
  readonly database: string;
  readonly text: string;
  /** Qualified names of the relations that it touches. */
  readonly relations: readonly string[];
}) => Promise<string | undefined>;

export interface RecordOptions {
  readonly statements: ExportedStatements;
  readonly statementBytesMax: number;
  readonly maskStatement: MaskStatement;
}

/** Fields of the content that are about its text. */
const TEXT_FIELDS: ReadonlySet<string> = new Set(['text', 'textBytes', 'textSha256', 'textCut']);
/** What the ledger puts in front. */
const LEADING_FIELDS: ReadonlySet<string> = new Set([
  'v',
  'seq',
  'at',
  'kind',
  'session',
  'content',
]);

/** Makes of an entry what a sink may see of it. */
export async function createRecord(
  source: SourceEntry,
  session: SessionContext | undefined,
  options: RecordOptions,
): Promise<ExportRecord> {
  const { log, entry, content, leafHash } = source;
  const contentFields = content.state === 'open' ? content.fields : {};
  const statement = await createStatement(source, session, options);
  const rest = Object.entries(contentFields).filter(([name]) => !TEXT_FIELDS.has(name));
  const showsAll = options.statements === 'whole';
  const hidesContent = !showsAll && rest.some(([, value]) => value !== undefined);
  const isTextHidden = statement !== undefined && statement.text === undefined;
  const own = Object.entries(entry).filter(([name]) => !LEADING_FIELDS.has(name));
  return {
    id: `${log}:${entry.seq}`,
    log,
    seq: entry.seq,
    kind: entry.kind,
    at: entry.at,
    atMs: Date.parse(entry.at),
    leafHash,
    sessionId: entry.session,
    session,
    statement,
    fields: Object.fromEntries(showsAll ? [...own, ...rest] : own),
    withheld: whyClosed(content) ?? (hidesContent || isTextHidden ? 'masked' : undefined),
  };
}

/** Why content cannot be had; undefined where it can. */
function whyClosed({ state }: OpenedContent): ExportRecord['withheld'] {
  return state === 'open' || state === 'none' ? undefined : state;
}

async function createStatement(
  { entry, content }: SourceEntry,
  session: SessionContext | undefined,
  { statements, statementBytesMax, maskStatement }: RecordOptions,
): Promise<ExportedStatement | undefined> {
  if (content.state !== 'open') return undefined;
  const { text, textBytes, textSha256, textCut } = content.fields;
  if (typeof text !== 'string') return undefined;
  const bytes = typeof textBytes === 'number' ? textBytes : Buffer.byteLength(text);
  const hidden = { text: undefined, isCut: false, bytes, sha256: undefined };
  switch (statements) {
    case 'none':
      return hidden;
    case 'whole': {
      const sha256 = typeof textSha256 === 'string' ? textSha256 : hash('sha256', text, 'hex');
      return { ...cutText(text, statementBytesMax, textCut === true), bytes, sha256 };
    }
    case 'masked': {
      // Of the first part of a text nobody can say for certain what its values are.
      if (session === undefined || textCut === true || !isSql(entry['actions'])) return hidden;
      const { target, database } = session;
      const relations = readTexts(entry['relations']);
      const masked = await maskStatement({ target, database, text, relations });
      if (masked === undefined) return hidden;
      return {
        ...cutText(masked, statementBytesMax, false),
        bytes: Buffer.byteLength(masked),
        sha256: hash('sha256', masked, 'hex'),
      };
    }
  }
}

/**
 * Whether a text was decided as SQL. A command typed into another database's client reads like it, and has values where SQL has
 * names: `name = "Quispe"`.
 */
function isSql(actions: unknown): boolean {
  const names = readTexts(actions);
  return names.length > 0 && names.every((name) => name.startsWith('sql.'));
}

/** @param isCut Whether the text was cut before. */
function cutText(
  text: string,
  bytesMax: number,
  isCut: boolean,
): Pick<ExportedStatement, 'text' | 'isCut'> {
  const short = cutUtf8(text, bytesMax);
  return { text: short, isCut: isCut || short.length < text.length };
}

/** The longest beginning of a text, well-formed and between two code points, of at most so many bytes in UTF-8. */
export function cutUtf8(text: string, bytesMax: number): string {
  const whole = text.toWellFormed();
  if (whole.length * 3 <= bytesMax || Buffer.byteLength(whole) <= bytesMax) return whole;
  const bytes = Buffer.from(whole);
  let end = bytesMax;
  // A continuation byte is no place to begin at.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.toString('utf8', 0, end);
}

/** The same record with a shorter statement, for a sink whose messages are bounded. @param bytesMax Of the text. */
export function shortenStatement(record: ExportRecord, bytesMax: number): ExportRecord {
  const { statement } = record;
  if (statement?.text === undefined) return record;
  return {
    ...record,
    statement: { ...statement, ...cutText(statement.text, bytesMax, statement.isCut) },
  };
}
