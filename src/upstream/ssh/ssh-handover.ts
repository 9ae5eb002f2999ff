import { isAccountName } from '../../configuration/ssh-target-file.ts';
import { JsonReader, type JsonValue } from '../../wire/tunnel/json-reader.ts';
import type { HostLogin } from '../ways.ts';

const MESSAGE_NAME = 'SshLogin';
const ACCOUNT_LENGTH_MAX = 64;
/** UTF-16 code units: a principal's id and a session's. */
const KEY_ID_LENGTH_MAX = 2_048;
/** RFC 4253, section 4.2: with what ends the line. */
const IDENTIFICATION_LENGTH_MAX = 253;
/** Printable ASCII, as the RFC has it. */
const IDENTIFICATION = /^SSH-2\.0-[\x20-\x7e]*$/;

/** What the gateway asks of a login at the connector. */
export function encodeHostLogin({ account, keyId }: HostLogin): JsonValue {
  return { account, keyId };
}

/** @throws {ProtocolError} */
export function decodeHostLogin(login: JsonValue | undefined): HostLogin {
  const reader = new JsonReader(login, MESSAGE_NAME);
  const account = reader.string('account', ACCOUNT_LENGTH_MAX);
  const keyId = reader.string('keyId', KEY_ID_LENGTH_MAX);
  reader.expectEnd();
  if (!isAccountName(account)) throw reader.error('account is no name of a user');
  return { account, keyId };
}

/** What is known of a host that a connector has logged in to. */
export interface HostFacts {
  /** Its first line, such as `SSH-2.0-OpenSSH_9.2`. */
  readonly identification: string;
}

/** The same, as the gateway is told. */
export function encodeHostFacts({ identification }: HostFacts): JsonValue {
  return { identification };
}

/** @throws {ProtocolError} */
export function decodeHostFacts(facts: JsonValue | undefined): HostFacts {
  const reader = new JsonReader(facts, MESSAGE_NAME);
  const identification = reader.string('identification', IDENTIFICATION_LENGTH_MAX);
  reader.expectEnd();
  if (!IDENTIFICATION.test(identification)) throw reader.error('identification is none of SSH');
  return { identification };
}
