import { ContentFormatError, type ContentMasker } from '../../../masking/content-masker.ts';
import { encodeGrpcMessage, GrpcMessageDecoder } from '../../../wire/grpc/message-decoder.ts';
import { decodeContent } from '../content/decode-content.ts';
import type { HttpResponse } from '../exchange.ts';
import { MaskedBody } from '../masked/masked-body.ts';

/** Longest message, in its coding or without. */
const MESSAGE_BYTES_MAX: number = 16 * 1024 * 1024;
const CODING_FIELD = 'grpc-encoding';

/** How messages may be compressed, each by itself, so that they can be read. */
type MessageCoding = 'gzip' | 'deflate';

/** Whether the messages of a response are in a coding that cannot be read. */
export function hasUnreadableMessages({ fields }: HttpResponse): boolean {
  return fields.all(CODING_FIELD).some((value) => value !== 'identity' && !isReadable(value));
}

/** The same response with messages that are not compressed, which every client of gRPC takes. */
export function withoutMessageCoding(response: HttpResponse): HttpResponse {
  const coding = response.fields.get(CODING_FIELD);
  if (coding === undefined || !isReadable(coding)) return response;
  const body = new MaskedBody({
    source: response.body,
    open: (write) => openDecoder(coding, write),
    maskTrailers: (trailers) => trailers,
    onOver: () => undefined,
  });
  return { ...response, fields: response.fields.without(CODING_FIELD), body };
}

function openDecoder(coding: MessageCoding, write: (bytes: Buffer) => void): ContentMasker {
  const decoder = new GrpcMessageDecoder(MESSAGE_BYTES_MAX, ({ isCompressed, body }) => {
    const plain = isCompressed ? decodeContent(body, coding, MESSAGE_BYTES_MAX) : body;
    // What may be no longer than that came out as long as could be: the rest of it is missing.
    if (plain.length >= MESSAGE_BYTES_MAX) {
      throw new ContentFormatError('gRPC', `a message of more than ${MESSAGE_BYTES_MAX} bytes`);
    }
    write(encodeGrpcMessage({ isCompressed: false, body: plain }));
  });
  return {
    push: (bytes) => decoder.push(bytes),
    end: () => decoder.end(),
    describe: () => ({ rows: 0 }),
  };
}

function isReadable(coding: string): coding is MessageCoding {
  return coding === 'gzip' || coding === 'deflate';
}
