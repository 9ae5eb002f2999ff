import { readFields, WireType } from '../../wire/protobuf/message-fields.ts';
import { ProtocolError } from '../../wire/protocol-error.ts';
import type { FieldValue, GrpcMethod, MessageType } from './message-type.ts';

/** What becomes of a call, by what its messages may ask by. */
export type CallCheck =
  | { readonly kind: 'passed' }
  | { readonly kind: 'refused'; readonly reason: string }
  /** Each of its messages says whether it asks, and how. */
  | { readonly kind: 'read'; readonly findQuestion: (message: Buffer) => string | undefined };

const STREAMED =
  'it may ask by what is hidden, and streams: what it asks cannot be looked at before it runs';
const ASKS = 'it asks by what is hidden';
const UNREADABLE = 'it may ask by what is hidden, and cannot be looked through';

/**
 * Whether a call asks by what is hidden: by a field of its request that is there, whatever it has for a value.
 *
 * @param isHidden By full name of the field.
 */
export function checkCall(
  { request, clientStreaming }: GrpcMethod,
  isHidden: (fullName: string) => boolean,
): CallCheck {
  if (!mayAsk(request, isHidden)) return { kind: 'passed' };
  if (clientStreaming) return { kind: 'refused', reason: STREAMED };
  return {
    kind: 'read',
    findQuestion(message) {
      try {
        return findQuestion(message, { type: request, depth: 0 }, isHidden);
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        return UNREADABLE;
      }
    },
  };
}

function mayAsk(root: MessageType, isHidden: (fullName: string) => boolean): boolean {
  const seen = new Set<MessageType>();
  const visit = (type: MessageType): boolean => {
    if (seen.has(type)) return false;
    seen.add(type);
    return type.fieldNumbers.some((number) => {
      const field = type.findField(number);
      if (field === undefined) return false;
      const inner = typeOf(field.value);
      return isHidden(field.fullName) || (inner !== undefined && visit(inner));
    });
  };
  return visit(root);
}

/** @throws {ProtocolError} If it is no message. */
function findQuestion(
  message: Buffer,
  { type, depth }: { readonly type: MessageType; readonly depth: number },
  isHidden: (fullName: string) => boolean,
): string | undefined {
  for (const { number, wireType, valueStart, end } of readFields(message, depth)) {
    const field = type.findField(number);
    // A newer server may know what the descriptors do not.
    if (field === undefined) return UNREADABLE;
    if (isHidden(field.fullName)) return ASKS;
    const inner = typeOf(field.value);
    if (inner === undefined) continue;
    if (wireType !== WireType.lengthDelimited) return UNREADABLE;
    const place = { type: inner, depth: depth + 1 };
    const reason = findQuestion(message.subarray(valueStart, end), place, isHidden);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

function typeOf(value: FieldValue): MessageType | undefined {
  return value.kind === 'message' || value.kind === 'entry' ? value.type : undefined;
}
