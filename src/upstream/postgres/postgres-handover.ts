import { KeptKey } from '../../protocols/postgres/kept-key.ts';
import type { BackendKey, Login } from '../../protocols/postgres/upstream-login.ts';
import { CANCEL_KEY_BYTES_MAX, CANCEL_KEY_BYTES_MIN } from '../../wire/postgres/cancel-request.ts';
import { BackendType, frameLength } from '../../wire/postgres/message-framing.ts';
import { JsonReader, type JsonValue } from '../../wire/tunnel/json-reader.ts';
import type { PostgresStart } from '../ways.ts';

/** UTF-16 code units of a database's name, as PostgreSQL has at most bytes. */
const DATABASE_LENGTH_MAX = 63;
const SETTINGS_MAX = 64;
const SETTING_LENGTH_MAX = 4_096;
const PROCESS_ID_MAX = 0xffff_ffff;
const PARAMETERS_MAX = 64;
const NOTICES_MAX = 16;
const NOTICE_BYTES_MAX = 4_096;
const MESSAGE_NAME = 'PostgresLogin';

/** What the gateway asks of a login at the connector. */
export function encodeStart({ database, parameters }: PostgresStart): JsonValue {
  return { database, parameters: encodeMap(parameters) };
}

/** @throws {ProtocolError} */
export function decodeStart(login: JsonValue | undefined): PostgresStart {
  const reader = new JsonReader(login, MESSAGE_NAME);
  const database = reader.string('database', DATABASE_LENGTH_MAX);
  const parameters = decodeMap(reader, SETTINGS_MAX);
  reader.expectEnd();
  return { database, parameters };
}

/** Which connection is to be cancelled. */
export function encodeKey({ processId, secretKey }: BackendKey): JsonValue {
  // Poolers give numbers below zero, too.
  return { processId: processId >>> 0, secretKey: secretKey.toString('base64') };
}

/** @throws {ProtocolError} */
export function decodeKey(login: JsonValue | undefined): BackendKey {
  const reader = new JsonReader(login, MESSAGE_NAME);
  const processId = reader.count('processId');
  if (processId > PROCESS_ID_MAX) throw reader.error('processId is none');
  const secretKey = reader.bytes('secretKey', CANCEL_KEY_BYTES_MAX);
  if (secretKey.length < CANCEL_KEY_BYTES_MIN) throw reader.error('secretKey is too short');
  reader.expectEnd();
  return new KeptKey(processId | 0, secretKey);
}

/** What the server said to the connector until it was ready. */
export function encodeLoginFacts({ parameters, backendKey, notices }: Login): JsonValue {
  return {
    parameters: encodeMap(parameters),
    key: encodeKey(backendKey),
    notices: notices
      .filter(({ length }) => length <= NOTICE_BYTES_MAX)
      .slice(0, NOTICES_MAX)
      .map((notice) => notice.toString('base64')),
  };
}

/**
 * The same, where the gateway gets it. Notices go on to the client as they are, so each must be one message and
 * nothing behind it.
 *
 * @throws {ProtocolError}
 */
export function decodeLoginFacts(facts: JsonValue | undefined): Login {
  const reader = new JsonReader(facts, MESSAGE_NAME);
  const parameters = decodeMap(reader, PARAMETERS_MAX);
  const backendKey = decodeKey(reader.anything('key'));
  const notices = reader
    .strings('notices', NOTICES_MAX, NOTICE_BYTES_MAX * 2)
    .map((text) => decodeNotice(text, reader));
  reader.expectEnd();
  return { parameters, backendKey, notices };
}

function decodeNotice(text: string, reader: JsonReader): Buffer {
  const notice = Buffer.from(text, 'base64');
  const isOne =
    notice[0] === BackendType.NoticeResponse &&
    frameLength(notice, 0, notice.length, NOTICE_BYTES_MAX) === notice.length;
  if (!isOne) throw reader.error('a notice is not one message');
  return notice;
}

function encodeMap(map: ReadonlyMap<string, string>): JsonValue {
  return [...map];
}

/** As pairs, for names of settings are no names of members. */
function decodeMap(reader: JsonReader, sizeMax: number): Map<string, string> {
  const pairs = reader.list('parameters', sizeMax, (pair): readonly [string, string] => {
    if (!Array.isArray(pair) || pair.length !== 2) throw reader.error('a parameter is no pair');
    const [name, value] = pair as readonly unknown[];
    if (!isText(name) || !isText(value) || name === '')
      throw reader.error('a parameter is no text');
    return [name, value];
  });
  const map = new Map(pairs);
  if (map.size !== pairs.length) throw reader.error('a parameter is there twice');
  return map;
}

/** A zero byte would end it, and begin another, in a message of PostgreSQL. */
function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= SETTING_LENGTH_MAX && !value.includes('\0');
}
