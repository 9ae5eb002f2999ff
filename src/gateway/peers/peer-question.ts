import type { Buffer } from 'node:buffer';
import type { EntryPageQuery } from '../../audit/ledger-reader.ts';
import { JsonReader, type JsonValue, parseJson } from '../../wire/tunnel/json-reader.ts';
import type { GuestQuestion } from '../session-guests.ts';

/**
 * What one gateway asks another about what only that one has: its sessions, its logs, its recordings. Whoever a person
 * is asked for has been let in by the gateway that asks; the other one answers gateways, and nobody else.
 */
export type PeerQuestion =
  /** A cancel request of PostgreSQL, for whichever session has this key. Answered with nothing. */
  | { readonly kind: 'cancel'; readonly processId: number; readonly secretKey: Buffer }
  /** Answered with a `GuestAnswer`. */
  | { readonly kind: 'guests'; readonly log: string; readonly question: GuestQuestion }
  /** Answered with a `LogDescription` for each. */
  | { readonly kind: 'logs' }
  | { readonly kind: 'checkpoints'; readonly log: string; readonly limit: number }
  | { readonly kind: 'entries'; readonly log: string; readonly query: EntryPageQuery }
  | { readonly kind: 'proof' | 'content'; readonly log: string; readonly index: number }
  /** Of a session: its entries, what its recording shows, the same as it goes on, its sealed raw track. */
  | { readonly kind: SessionQuestionKind; readonly session: string }
  | { readonly kind: 'search'; readonly text: string }
  /** The newest operations of its logs, refused ones too, newest first; answered with a `StoredEntry` for each. */
  | { readonly kind: 'operations'; readonly last: number }
  /** All of its ledger, as files; answered with a `LedgerPiece` for each piece. */
  | { readonly kind: 'ledger' }
  /** What was done since midnight, UTC. */
  | { readonly kind: 'today' }
  | {
      readonly kind: 'disclosures';
      readonly target: string;
      readonly patient: string;
      /** Milliseconds since the Unix epoch; undefined for all. */
      readonly sinceMs: number | undefined;
    };

type SessionQuestionKind = 'session-entries' | 'playback' | 'follow' | 'raw-track';

/** Bytes of a question: a guest's keys, at most. */
export const PEER_QUESTION_BYTES_MAX: number = 1024 * 1024;

const KINDS = [
  'cancel',
  'guests',
  'logs',
  'checkpoints',
  'entries',
  'proof',
  'content',
  'session-entries',
  'playback',
  'follow',
  'raw-track',
  'search',
  'operations',
  'ledger',
  'today',
  'disclosures',
] as const satisfies readonly PeerQuestion['kind'][];

/** UTF-16 code units of a name, and of what people type. */
const NAME_LENGTH_MAX = 200;
const TEXT_LENGTH_MAX = 10_000;
const CANCEL_KEY_BYTES_MAX = 256;

/** As it goes over the link. */
export function encodePeerQuestion(question: PeerQuestion): string {
  if (question.kind !== 'cancel') return JSON.stringify(question);
  return JSON.stringify({ ...question, secretKey: question.secretKey.toString('base64') });
}

/** @throws {ProtocolError} If it is none that this version knows. */
export function decodePeerQuestion(bytes: Buffer): PeerQuestion {
  const reader = new JsonReader(parseJson(bytes, 'question'), 'question');
  const question = readQuestion(reader);
  reader.expectEnd();
  return question;
}

function readQuestion(reader: JsonReader): PeerQuestion {
  const kind = reader.word('kind', KINDS);
  const log = (): string => reader.string('log', NAME_LENGTH_MAX);
  switch (kind) {
    case 'cancel':
      return {
        kind,
        processId: readProcessId(reader),
        secretKey: reader.bytes('secretKey', CANCEL_KEY_BYTES_MAX),
      };
    case 'guests':
      return { kind, log: log(), question: readGuestQuestion(reader) };
    case 'operations':
      return { kind, last: reader.count('last') };
    case 'logs':
    case 'ledger':
    case 'today':
      return { kind };
    case 'checkpoints':
      return { kind, log: log(), limit: reader.count('limit') };
    case 'entries':
      return { kind, log: log(), query: readPageQuery(reader) };
    case 'proof':
    case 'content':
      return { kind, log: log(), index: reader.count('index') };
    case 'session-entries':
    case 'playback':
    case 'follow':
    case 'raw-track':
      return { kind, session: reader.string('session', NAME_LENGTH_MAX) };
    case 'search':
      return { kind, text: reader.string('text', TEXT_LENGTH_MAX) };
    case 'disclosures':
      return {
        kind,
        target: reader.string('target', NAME_LENGTH_MAX),
        patient: reader.string('patient', TEXT_LENGTH_MAX),
        sinceMs: readNumber(reader, 'sinceMs'),
      };
  }
}

/** 32 bits, whose sign clients and servers do not agree on. */
function readProcessId(reader: JsonReader): number {
  const processId = readNumber(reader, 'processId');
  if (processId === undefined) throw reader.error('processId is missing');
  return processId;
}

function readNumber(reader: JsonReader, name: string): number | undefined {
  const value = reader.anything(name);
  if (value === undefined || Number.isSafeInteger(value)) return value as number | undefined;
  throw reader.error(`${name} is no whole number`);
}

function readPageQuery(outer: JsonReader): EntryPageQuery {
  const reader = new JsonReader(outer.anything('query'), 'query');
  const kind = readText(reader, 'kind');
  const session = readText(reader, 'session');
  const beforeSeq = readNumber(reader, 'beforeSeq');
  const query = { kind, session, beforeSeq, limit: reader.count('limit') };
  reader.expectEnd();
  return query;
}

function readText(reader: JsonReader, name: string): string | undefined {
  const value = reader.anything(name);
  if (value === undefined || typeof value === 'string') return value;
  throw reader.error(`${name} is no string`);
}

/** Of what guests ask, only the kind is looked at: who they are is what the gateway that asks says. */
function readGuestQuestion(outer: JsonReader): GuestQuestion {
  const value: JsonValue | undefined = outer.anything('question');
  const reader = new JsonReader(value, 'question');
  reader.word('kind', ['join', 'stay', 'next', 'type', 'hold', 'leave']);
  reader.string('join', NAME_LENGTH_MAX);
  return value as unknown as GuestQuestion;
}
