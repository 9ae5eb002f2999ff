import { decodeField, encodeField, JsonReader, type JsonValue } from './json-reader.ts';

/** Why a connector does not open a stream. */
export type StreamRefusal =
  /** No whole request, or more than a request. */
  | 'malformed'
  /** Not in the connector's configuration. */
  | 'target-unknown'
  /** In the configuration, and not served in this way. */
  | 'kind-not-served'
  /** What the login is asked with is not known, or not allowed. */
  | 'login-not-accepted'
  /** The target does not answer, or not in time, or not as who it should be. */
  | 'target-unreachable'
  /** The target does not take the connector's credential, or that cannot be read. */
  | 'login-failed'
  /** As many streams as a tunnel carries. */
  | 'too-many-streams'
  /** The connector ends: ask another. */
  | 'leaving'
  /** The connector's own failure. */
  | 'failed';

const REFUSALS: readonly StreamRefusal[] = [
  'malformed',
  'target-unknown',
  'kind-not-served',
  'login-not-accepted',
  'target-unreachable',
  'login-failed',
  'too-many-streams',
  'leaving',
  'failed',
];

/** What a connector says to a {@link StreamRequest}. */
export type StreamAnswer =
  | {
      readonly kind: 'opened';
      /** What a login of this kind tells; checked by the one who asked. */
      readonly facts?: JsonValue;
    }
  | {
      readonly kind: 'refused';
      readonly code: StreamRefusal;
      /** For operators; holds no secret, and nothing of a client's. */
      readonly message: string;
    };

/** UTF-16 code units of the text of a refusal. */
export const REFUSAL_LENGTH_MAX = 1_000;
/** Characters of the encoded answer: PostgreSQL tells some fifteen parameters. */
export const ANSWER_LENGTH_MAX: number = 24 * 1024;

/** As the field {@link ANSWER_FIELD} carries it. */
export function encodeStreamAnswer(answer: StreamAnswer): string {
  if (answer.kind === 'refused') {
    const { kind, code, message } = answer;
    return encodeField({ kind, code, message: message.slice(0, REFUSAL_LENGTH_MAX) });
  }
  const { kind, facts } = answer;
  return encodeField({ kind, ...(facts !== undefined && { facts }) });
}

/** @throws {ProtocolError} If it is anything but a whole answer with nothing added. */
export function decodeStreamAnswer(field: string): StreamAnswer {
  const name = 'StreamAnswer';
  const reader = new JsonReader(decodeField(field, name, ANSWER_LENGTH_MAX), name);
  const answer = readAnswer(reader);
  reader.expectEnd();
  return answer;
}

function readAnswer(reader: JsonReader): StreamAnswer {
  const kind = reader.word('kind', ['opened', 'refused']);
  if (kind === 'refused') {
    const code = reader.word('code', REFUSALS);
    return { kind, code, message: reader.string('message', REFUSAL_LENGTH_MAX) };
  }
  const facts = reader.anything('facts');
  return { kind, ...(facts !== undefined && { facts }) };
}
