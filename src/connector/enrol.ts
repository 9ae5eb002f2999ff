import { once } from 'node:events';
import {
  decodeEnrolmentAnswer,
  ENROLMENT_BYTES_MAX,
  type EnrolmentAnswer,
  type EnrolmentRequest,
  encodeEnrolmentRequest,
} from '../wire/tunnel/enrolment.ts';
import { encodeFrame, FrameDecoder } from '../wire/tunnel/frame-decoder.ts';
import { ENROLMENT_APPLICATION } from '../wire/tunnel/tunnel-protocol.ts';
import { type ConnectorIdentity, makeCandidateKey, pairIdentity } from './connector-identity.ts';
import { type DialOptions, dialGateway } from './dial-gateway.ts';

/** Milliseconds until the gateway answers. */
const ANSWER_TIMEOUT_MS = 30_000;

/** A gateway that does not take what we enrol with. */
export class EnrolmentError extends Error {
  override readonly name = 'EnrolmentError';
  readonly code = 'ERR_CONNECTOR_ENROLMENT';
}

/**
 * Asks a gateway for a certificate by a token, for a key that is made here and never leaves.
 *
 * @throws {EnrolmentError} If it refuses. Other errors: it could not be asked.
 */
export async function enrol(
  dial: Pick<DialOptions, 'address' | 'authorityPem'>,
  by: Pick<EnrolmentRequest, 'name' | 'credential' | 'token'>,
  signal: AbortSignal,
): Promise<ConnectorIdentity> {
  const { keyPem, publicKey, proof } = makeCandidateKey(by.name);
  const options = { ...dial, identity: undefined, application: ENROLMENT_APPLICATION };
  const { socket } = await dialGateway(options, signal);
  try {
    const answered = Promise.withResolvers<EnrolmentAnswer>();
    const decoder = new FrameDecoder('EnrolmentAnswer', ENROLMENT_BYTES_MAX, (body) =>
      answered.resolve(decodeEnrolmentAnswer(body)),
    );
    socket.on('data', (bytes: Buffer) => {
      try {
        decoder.push(bytes);
      } catch (error) {
        answered.reject(error);
      }
    });
    socket.write(encodeFrame(encodeEnrolmentRequest({ ...by, publicKey, proof })));
    const patience = AbortSignal.any([AbortSignal.timeout(ANSWER_TIMEOUT_MS), signal]);
    const closed = once(socket, 'close', { signal: patience }).then(() => {
      throw new Error('Cannot enrol: the gateway closed the connection');
    });
    const answer = await Promise.race([answered.promise, closed]);
    if (answer.kind === 'refused') throw new EnrolmentError(`Cannot enrol: ${answer.code}`);
    return pairIdentity(answer.certificate, keyPem);
  } finally {
    socket.destroy();
  }
}
