import { createHash, createPublicKey, verify, X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { Authenticator } from '../../identity/authenticator.ts';
import { clientAddressOf } from '../../identity/client-address.ts';
import { readClaims } from '../../identity/read-claims.ts';
import { logUnexpectedError } from '../../telemetry/events.ts';
import type { Log } from '../../telemetry/log.ts';
import { ProtocolError } from '../../wire/protocol-error.ts';
import {
  decodeEnrolmentRequest,
  ENROLMENT_BYTES_MAX,
  type EnrolmentAnswer,
  type EnrolmentRequest,
  encodeEnrolmentAnswer,
  encodeKeyProof,
} from '../../wire/tunnel/enrolment.ts';
import { encodeFrame, FrameDecoder } from '../../wire/tunnel/frame-decoder.ts';
import type { ConnectorRecord, ConnectorStore, WorkloadRule } from './connector-store.ts';
import { KeyNotAcceptedError, type TunnelAuthority } from './tunnel-authority.ts';
import { UNPROVEN_TIMEOUT_MS } from './tunnel-listener.ts';

/** Milliseconds that a connector's certificate lasts. It asks for the next one at half of that. */
export const CERTIFICATE_LIFETIME_MS: number = 24 * 3_600_000;

/** Milliseconds for the answer, and for the other end to take it. */
const ANSWER_TIMEOUT_MS = 2 * UNPROVEN_TIMEOUT_MS;

/** What connectors are enrolled with. */
export interface EnrolmentParts {
  readonly store: Pick<ConnectorStore, 'find' | 'useToken' | 'noteCertificate'>;
  readonly authority: Pick<TunnelAuthority, 'issue'>;
  readonly authenticator: Pick<Authenticator, 'authenticate'>;
  /** Enters in the ledger who enrolled, before they are told. */
  readonly enter: (connector: ConnectorRecord, facts: EnrolledFacts) => Promise<void>;
  readonly nowMs: () => number;
  readonly log: Log;
}

/** How somebody enrolled, or had a certificate renewed. */
export interface EnrolledFacts {
  readonly by: EnrolmentRequest['credential'] | 'certificate';
  readonly remoteAddress: string;
  readonly serialNumber: string;
  readonly expiresAtMs: number;
}

/** What is kept of a token. */
export function hashEnrolmentToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** Gives certificates to connectors that have a token, and new ones to those that have one. */
export class EnrolmentDesk {
  readonly #parts: EnrolmentParts;

  constructor(parts: EnrolmentParts) {
    this.#parts = parts;
  }

  /** Serves a connection that has proved nothing: one request, one answer. */
  serve(socket: TLSSocket): void {
    const { log } = this.#parts;
    socket.setTimeout(0);
    let timer = setTimeout(() => socket.destroy(), UNPROVEN_TIMEOUT_MS);
    socket.once('close', () => clearTimeout(timer));
    let isAsked = false;
    const decoder = new FrameDecoder('EnrolmentRequest', ENROLMENT_BYTES_MAX, (body) => {
      if (isAsked) throw new ProtocolError('EnrolmentRequest', 'follows another');
      isAsked = true;
      clearTimeout(timer);
      // Whoever has its answer has no business here any more.
      timer = setTimeout(() => socket.destroy(), ANSWER_TIMEOUT_MS);
      this.#answer(body, clientAddressOf(socket)).then(
        (answer) => socket.end(encodeFrame(encodeEnrolmentAnswer(answer))),
        (error: unknown) => {
          logUnexpectedError(log, 'enrolment', error);
          socket.end(encodeFrame(encodeEnrolmentAnswer({ kind: 'refused', code: 'unavailable' })));
        },
      );
    });
    socket.on('data', (bytes: Buffer) => {
      try {
        decoder.push(bytes);
      } catch {
        // Bytes of whoever connects; there is nothing to say to them.
        socket.destroy();
      }
    });
  }

  /**
   * Issues a certificate for a connector that has proved itself. Undefined if it was removed.
   *
   * @throws {KeyNotAcceptedError} If the proof is not of the key, or the key is none of ours.
   */
  async issue(
    connector: ConnectorRecord,
    { publicKey, proof }: Pick<EnrolmentRequest, 'publicKey' | 'proof'>,
    facts: Pick<EnrolledFacts, 'by' | 'remoteAddress'>,
  ): Promise<{ readonly certificatePem: string; readonly expiresAtMs: number } | undefined> {
    const { store, authority, enter, nowMs } = this.#parts;
    const { id, name } = connector;
    checkProof(name, publicKey, proof);
    const peer = { role: 'connector', name, id } as const;
    const certificatePem = await authority.issue(peer, publicKey, CERTIFICATE_LIFETIME_MS);
    const expiresAtMs = nowMs() + CERTIFICATE_LIFETIME_MS;
    if (!(await store.noteCertificate(id, expiresAtMs))) return undefined;
    const { serialNumber } = new X509Certificate(certificatePem);
    await enter(connector, { ...facts, serialNumber, expiresAtMs });
    return { certificatePem, expiresAtMs };
  }

  async #answer(body: Buffer, remoteAddress: string): Promise<EnrolmentAnswer> {
    let request: EnrolmentRequest;
    try {
      request = decodeEnrolmentRequest(body);
    } catch (error) {
      if (error instanceof ProtocolError) return { kind: 'refused', code: 'malformed' };
      throw error;
    }
    try {
      // Before the token is used up.
      checkProof(request.name, request.publicKey, request.proof);
      const connector = await this.#findConnector(request);
      const facts = { by: request.credential, remoteAddress };
      const issued = connector && (await this.issue(connector, request, facts));
      return issued === undefined
        ? { kind: 'refused', code: 'not-accepted' }
        : { kind: 'enrolled', certificate: issued.certificatePem };
    } catch (error) {
      if (!(error instanceof KeyNotAcceptedError)) throw error;
      return { kind: 'refused', code: 'key-not-accepted' };
    }
  }

  async #findConnector(request: EnrolmentRequest): Promise<ConnectorRecord | undefined> {
    const { store, authenticator, nowMs } = this.#parts;
    const { name, credential, token } = request;
    if (credential === 'token') {
      return store.useToken(name, hashEnrolmentToken(token), nowMs());
    }
    const connector = await store.find(name);
    if (connector?.workload === undefined) return undefined;
    const signal = AbortSignal.timeout(UNPROVEN_TIMEOUT_MS);
    const answer = await authenticator.authenticate(token, signal);
    if (answer.kind !== 'authenticated') return undefined;
    const { issuer, kind, signIn } = answer.principal;
    // People's tokens, and those that we issued, are for people and jobs.
    if (kind !== 'workload' || signIn !== 'oidc-token') return undefined;
    return issuer === connector.workload.provider && hasClaims(token, connector.workload)
      ? connector
      : undefined;
  }
}

function hasClaims(token: string, { claims: wanted }: WorkloadRule): boolean {
  const claims = readClaims(token);
  return Object.entries(wanted).every(([name, value]) => {
    const claim = Object.hasOwn(claims, name) ? claims[name] : undefined;
    return claim === value;
  });
}

function checkProof(name: string, publicKey: Buffer, proof: Buffer): void {
  let isProved: boolean;
  try {
    const key = createPublicKey({ key: publicKey, format: 'der', type: 'spki' });
    isProved = verify('sha256', encodeKeyProof(name, publicKey), key, proof);
  } catch (cause) {
    throw new KeyNotAcceptedError('Cannot issue a certificate: the key cannot be read', { cause });
  }
  if (!isProved) {
    throw new KeyNotAcceptedError('Cannot issue a certificate: the proof is of another key');
  }
}
