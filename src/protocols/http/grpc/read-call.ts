import { GrpcMessageDecoder } from '../../../wire/grpc/message-decoder.ts';
import { parseContentEncoding } from '../../../wire/http/content-coding.ts';
import type { FieldList } from '../../../wire/http/field-list.ts';
import { ProtocolError } from '../../../wire/protocol-error.ts';
import { ContentCodingError } from '../content/content-coding-error.ts';
import { decodeContent } from '../content/decode-content.ts';

/** Bytes of one message, in its coding or without. */
const MESSAGE_BYTES_MAX: number = 4 * 1024 * 1024;

/** The messages of a call, unpacked; undefined if they cannot be read. @param body Whole, as it is sent. */
export function readCall(fields: FieldList, body: Buffer): readonly Buffer[] | undefined {
  const coding = parseContentEncoding(fields.get('grpc-encoding'));
  const messages: Buffer[] = [];
  let isReadable = true;
  const decoder = new GrpcMessageDecoder(MESSAGE_BYTES_MAX, ({ isCompressed, body: message }) => {
    if (!isCompressed) messages.push(message);
    else if (coding === undefined || coding === 'identity') isReadable = false;
    else messages.push(decodeContent(message, coding, MESSAGE_BYTES_MAX));
  });
  try {
    decoder.push(body);
    decoder.end();
  } catch (error) {
    if (!(error instanceof ProtocolError || error instanceof ContentCodingError)) throw error;
    return undefined;
  }
  return isReadable ? messages : undefined;
}
