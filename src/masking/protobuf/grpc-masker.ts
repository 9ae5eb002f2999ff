import { encodeGrpcMessage, GrpcMessageDecoder } from '../../wire/grpc/message-decoder.ts';
import { ProtocolError } from '../../wire/protocol-error.ts';
import type { Counters } from '../content/content-masks.ts';
import { ContentFormatError, type ContentMasker } from '../content-masker.ts';
import type { EvidenceFields } from '../rows/result-evidence.ts';
import type { MessageMasker } from './message-masker.ts';
import type { MessageType } from './message-type.ts';

/** Longest message: four times what gRPC's libraries take if nobody says more. */
const MESSAGE_BYTES_MAX = 16 * 1024 * 1024;

/** Masks the messages of one direction of a gRPC call as they come, one by one. */
export class GrpcMasker implements ContentMasker {
  readonly #decoder: GrpcMessageDecoder;
  readonly #evidence: Counters['evidence'];

  constructor(
    masker: MessageMasker,
    type: MessageType,
    evidence: Counters['evidence'],
    write: (bytes: Buffer) => void,
  ) {
    this.#evidence = evidence;
    this.#decoder = new GrpcMessageDecoder(MESSAGE_BYTES_MAX, ({ isCompressed, body }) => {
      // What is compressed was decoded before, if that can be done.
      if (isCompressed) throw new ContentFormatError('gRPC', 'a compressed message');
      evidence.record();
      write(encodeGrpcMessage({ isCompressed, body: masker.mask(body, type) }));
    });
  }

  push(bytes: Buffer): void {
    guard(() => this.#decoder.push(bytes));
  }

  end(): void {
    guard(() => this.#decoder.end());
  }

  describe(): EvidenceFields {
    return this.#evidence.describe();
  }
}

function guard(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new ContentFormatError('gRPC', 'it is no row of messages');
  }
}
