import assert from 'node:assert/strict';
import type { MappedName } from '../../configuration/http-data-map.ts';
import {
  encodeBytesField,
  readFields,
  rewriteFields,
  WireType,
} from '../../wire/protobuf/message-fields.ts';
import { ProtocolError } from '../../wire/protocol-error.ts';
import type { StandIn } from '../bodies/stand-ins.ts';
import { ANY, type FieldValue, type GrpcMethod, type MessageType } from './message-type.ts';

/** What becomes of a call, by what its messages may ask by. */
export type CallCheck =
  | { readonly kind: 'passed' }
  | { readonly kind: 'refused'; readonly reason: string }
  /** Each of its messages says whether it asks, and how. */
  | { readonly kind: 'read'; readonly findQuestion: (message: Buffer) => CallQuestion };

/** What a message asks by. */
export type CallQuestion =
  | { readonly kind: 'none' }
  | { readonly kind: 'refused'; readonly reason: string }
  /** By these texts, each of which may be a stand-in for a value of its class. */
  | {
      readonly kind: 'hidden';
      readonly standIns: readonly StandIn[];
      /** The message with values in their place, in their order. */
      readonly write: (values: readonly string[]) => Buffer;
    };

/** What the data map says of a field that is hidden, by its full name; undefined for others. */
export type FindHidden = (fullName: string) => MappedName | undefined;

const STREAMED =
  'it may ask by what is hidden, and streams: what it asks cannot be looked at before it runs';
/** Also where a stand-in stands for nothing that is known: of the two, nobody learns which. */
export const ASKS = 'it asks by what is hidden: only pseudonyms that were shown may stand there';
const UNREADABLE = 'it may ask by what is hidden, and cannot be looked through';

/**
 * Whether a call asks by what is hidden: by a field of its request that is there, whatever it has for a value. A message of any
 * type may have such a field.
 */
export function checkCall(
  { request, clientStreaming }: GrpcMethod,
  findHidden: FindHidden,
): CallCheck {
  if (!mayAsk(request, (fullName) => findHidden(fullName) !== undefined)) return { kind: 'passed' };
  if (clientStreaming) return { kind: 'refused', reason: STREAMED };
  return {
    kind: 'read',
    findQuestion(message) {
      try {
        const standIns: StandIn[] = [];
        const place = { type: request, depth: 0 };
        const reason = collect(message, place, { findHidden, standIns });
        if (reason !== undefined) return { kind: 'refused', reason };
        if (standIns.length === 0) return { kind: 'none' };
        const write = (values: readonly string[]): Buffer =>
          replace(message, place, { findHidden, values: values.values() });
        return { kind: 'hidden', standIns, write };
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        return { kind: 'refused', reason: UNREADABLE };
      }
    },
  };
}

function mayAsk(root: MessageType, isHidden: (fullName: string) => boolean): boolean {
  const seen = new Set<MessageType>();
  const visit = (type: MessageType): boolean => {
    if (type.name === ANY) return true;
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

/** Where a message is. */
interface Place {
  readonly type: MessageType;
  readonly depth: number;
}

/** Collects what a message asks by; or says why it may not be sent. @throws {ProtocolError} If it is no message. */
function collect(
  message: Buffer,
  { type, depth }: Place,
  found: { readonly findHidden: FindHidden; readonly standIns: StandIn[] },
): string | undefined {
  for (const { number, wireType, valueStart, end } of readFields(message, depth)) {
    const field = type.findField(number);
    // A newer server may know what the descriptors do not.
    if (field === undefined) return UNREADABLE;
    const hidden = found.findHidden(field.fullName);
    const inner = typeOf(field.value);
    if (inner?.name === ANY) return UNREADABLE;
    if (hidden !== undefined || inner !== undefined) {
      if (wireType !== WireType.lengthDelimited) return hidden === undefined ? UNREADABLE : ASKS;
    }
    const value = message.subarray(valueStart, end);
    if (hidden !== undefined) {
      // Nothing else than a text can be a stand-in.
      if (field.value.kind !== 'string') return ASKS;
      found.standIns.push({ text: value.toString('utf8'), alternatives: [hidden] });
    } else if (inner !== undefined) {
      const reason = collect(value, { type: inner, depth: depth + 1 }, found);
      if (reason !== undefined) return reason;
    }
  }
  return undefined;
}

/** The message with the next values in the place of what it asks by, in the order of {@link collect}. */
function replace(
  message: Buffer,
  { type, depth }: Place,
  by: { readonly findHidden: FindHidden; readonly values: Iterator<string, undefined> },
): Buffer {
  return rewriteFields(message, depth, ({ number, valueStart, end }) => {
    const field = type.findField(number);
    if (field === undefined) return undefined;
    if (by.findHidden(field.fullName) !== undefined) {
      const next = by.values.next();
      assert(next.done !== true, 'there is a value for each');
      return encodeBytesField(number, Buffer.from(next.value));
    }
    const inner = typeOf(field.value);
    if (inner === undefined) return undefined;
    const before = message.subarray(valueStart, end);
    const after = replace(before, { type: inner, depth: depth + 1 }, by);
    return after === before ? undefined : encodeBytesField(number, after);
  });
}

function typeOf(value: FieldValue): MessageType | undefined {
  return value.kind === 'message' || value.kind === 'entry' ? value.type : undefined;
}
