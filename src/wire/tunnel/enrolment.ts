import { JsonReader, parseJson } from './json-reader.ts';

/** What a connector says that has no certificate, or whose certificate is over. */
export interface EnrolmentRequest {
  /** As which connector. */
  readonly name: string;
  /** A one-time token, or a JWT of an identity provider that the gateway's configuration names for this connector. */
  readonly credential: 'token' | 'workload-token';
  readonly token: string;
  /** What the certificate is to be for: SPKI, DER. */
  readonly publicKey: Buffer;
  /** Signature of {@link encodeKeyProof} with its private key. */
  readonly proof: Buffer;
}

/** Why a connector is not enrolled. It is not told more than it knows already. */
export type EnrolmentRefusal =
  /** No such connector, or not with this token, or a token that was used or is over. */
  | 'not-accepted'
  /** Not a key that certificates are issued for, or the proof is not of it. */
  | 'key-not-accepted'
  | 'malformed'
  /** The gateway cannot tell now. */
  | 'unavailable';

/** What a gateway answers. */
export type EnrolmentAnswer =
  /** PEM. */
  | { readonly kind: 'enrolled'; readonly certificate: string }
  | { readonly kind: 'refused'; readonly code: EnrolmentRefusal };

/** Bytes of a request or an answer. */
export const ENROLMENT_BYTES_MAX: number = 32 * 1024;
const NAME_LENGTH_MAX = 63;
/** As elsewhere: JWTs of workloads are rarely above 4 KiB. */
const TOKEN_LENGTH_MAX: number = 16 * 1024;
const KEY_BYTES_MAX = 1_024;
const CERTIFICATE_LENGTH_MAX: number = 16 * 1024;

/**
 * What the owner of a key signs to show that it has it.
 *
 * @param publicKey SPKI, DER.
 */
export function encodeKeyProof(name: string, publicKey: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`sallyport connector key\0${name}\0`), publicKey]);
}

/** The body of a frame. */
export function encodeEnrolmentRequest(request: EnrolmentRequest): Buffer {
  const { name, credential, token, publicKey, proof } = request;
  return Buffer.from(
    JSON.stringify({
      name,
      credential,
      token,
      publicKey: publicKey.toString('base64'),
      proof: proof.toString('base64'),
    }),
  );
}

/** @throws {ProtocolError} If it is anything but one whole request. */
export function decodeEnrolmentRequest(body: Buffer): EnrolmentRequest {
  const messageName = 'EnrolmentRequest';
  const reader = new JsonReader(parseJson(body, messageName), messageName);
  const request: EnrolmentRequest = {
    name: reader.string('name', NAME_LENGTH_MAX),
    credential: reader.word('credential', ['token', 'workload-token']),
    token: reader.string('token', TOKEN_LENGTH_MAX),
    publicKey: reader.bytes('publicKey', KEY_BYTES_MAX),
    proof: reader.bytes('proof', KEY_BYTES_MAX),
  };
  reader.expectEnd();
  return request;
}

/** The body of a frame. */
export function encodeEnrolmentAnswer(answer: EnrolmentAnswer): Buffer {
  return Buffer.from(JSON.stringify(answer));
}

/** @throws {ProtocolError} If it is anything but one whole answer. */
export function decodeEnrolmentAnswer(body: Buffer): EnrolmentAnswer {
  const messageName = 'EnrolmentAnswer';
  const reader = new JsonReader(parseJson(body, messageName), messageName);
  const answer = readAnswer(reader);
  reader.expectEnd();
  return answer;
}

function readAnswer(reader: JsonReader): EnrolmentAnswer {
  const kind = reader.word('kind', ['enrolled', 'refused']);
  if (kind === 'enrolled') {
    return { kind, certificate: reader.string('certificate', CERTIFICATE_LENGTH_MAX) };
  }
  const codes = ['not-accepted', 'key-not-accepted', 'malformed', 'unavailable'] as const;
  return { kind, code: reader.word('code', codes) };
}
