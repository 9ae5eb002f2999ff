import { createHash } from 'node:crypto';
import { ProtocolError } from '../protocol-error.ts';
import { JsonReader, parseJson } from './json-reader.ts';
import { STREAM_KINDS, type StreamKind } from './stream-request.ts';

/** What a connector carried for one session on one target since its last record of these. */
export interface CarriedRecord {
  readonly connector: string;
  /** Of the connector: each has a chain of its own. */
  readonly process: string;
  /** In this chain, from 1, without gaps. */
  readonly sequence: number;
  readonly atMs: number;
  /** The gateway that asked, by the name in its certificate. */
  readonly gateway: string;
  readonly sessionId: string;
  readonly principalId: string;
  readonly target: string;
  readonly kind: StreamKind;
  /** Opened in this time. */
  readonly streams: number;
  /** Seen in this time; 0 where streams are bytes that say nothing to the connector. */
  readonly operations: number;
  readonly bytesToTarget: number;
  readonly bytesFromTarget: number;
  /** SHA-256 of the body of the record before, hex; 64 zeros in the first. */
  readonly previous: string;
}

/** What the first record has for the one before. */
export const NO_RECORD: string = '0'.repeat(64);

/** Bytes of a line, without its end: ids whose every character is escaped have room in it, or a record would never be entered. */
export const RECORD_BYTES_MAX: number = 32 * 1024;
/** UTF-16 code units of each name and id. */
const TEXT_LENGTH_MAX = 1_256;
/** Bytes of an Ed25519 signature. */
const SIGNATURE_BYTES = 64;
const NAME = 'CarriedRecord';

/** A record as its connector signed it. */
export interface SignedRecord {
  readonly record: CarriedRecord;
  /** What the signature is of. */
  readonly body: Buffer;
  readonly signature: Buffer;
}

/** What is signed: one line of JSON. */
export function encodeRecordBody(record: CarriedRecord): Buffer {
  return Buffer.from(JSON.stringify(record));
}

/** What the next record has as `previous`. */
export function digestRecord(body: Uint8Array): string {
  return createHash('sha256').update(body).digest('hex');
}

/** A line of a file of records, without its end: the signature in base64, a blank, the body. */
export function encodeSignedRecord({ body, signature }: Omit<SignedRecord, 'record'>): Buffer {
  return Buffer.concat([Buffer.from(`${signature.toString('base64')} `), body]);
}

/**
 * Does not look whether the signature is right.
 *
 * @param line Without its end.
 * @throws {ProtocolError} If it is no record.
 */
export function decodeSignedRecord(line: Buffer): SignedRecord {
  if (line.length > RECORD_BYTES_MAX) throw new ProtocolError(NAME, 'is too long');
  const blank = line.indexOf(0x20);
  const written = line.toString('latin1', 0, Math.max(blank, 0));
  const signature = Buffer.from(written, 'base64');
  if (signature.length !== SIGNATURE_BYTES || signature.toString('base64') !== written) {
    throw new ProtocolError(NAME, 'has no signature');
  }
  const body = Buffer.from(line.subarray(blank + 1));
  const reader = new JsonReader(parseJson(body, NAME), NAME);
  const record: CarriedRecord = {
    connector: reader.string('connector', TEXT_LENGTH_MAX),
    process: reader.string('process', TEXT_LENGTH_MAX),
    sequence: reader.count('sequence'),
    atMs: reader.count('atMs'),
    gateway: reader.string('gateway', TEXT_LENGTH_MAX),
    sessionId: reader.string('sessionId', TEXT_LENGTH_MAX),
    principalId: reader.string('principalId', TEXT_LENGTH_MAX),
    target: reader.string('target', TEXT_LENGTH_MAX),
    kind: reader.word('kind', STREAM_KINDS),
    streams: reader.count('streams'),
    operations: reader.count('operations'),
    bytesToTarget: reader.count('bytesToTarget'),
    bytesFromTarget: reader.count('bytesFromTarget'),
    previous: reader.string('previous', NO_RECORD.length),
  };
  reader.expectEnd();
  // Its text is what was signed, so there is one text for each record.
  if (!encodeRecordBody(record).equals(body)) throw new ProtocolError(NAME, 'is written otherwise');
  return { record, body, signature };
}
