import type { HttpApplication } from '../../protocols/http/upstream/dial.ts';
import { JsonReader, type JsonValue } from '../../wire/tunnel/json-reader.ts';

/** How the gateway speaks in a stream whose requests get their credential at the connector. */
export interface HttpLogin {
  readonly application: HttpApplication;
}

/** The same, as a connector is told. */
export function encodeHttpLogin({ application }: HttpLogin): JsonValue {
  return { application };
}

/** @throws {ProtocolError} */
export function decodeHttpLogin(login: JsonValue | undefined): HttpLogin {
  const reader = new JsonReader(login, 'HttpLogin');
  const application = reader.word('application', ['h2', 'http/1.1']);
  reader.expectEnd();
  return { application };
}
