import { MESSAGE_BYTES_MAX, MESSAGE_HEADER_BYTES } from '../../wire/postgres/message-framing.ts';
import { ProtocolError } from '../../wire/protocol-error.ts';
import { withLength } from './binary-array.ts';
import type { RowPlan } from './row-plan.ts';
import { Splices } from './splices.ts';

/** Bytes of the type byte, which the length of a message does not count. */
const TYPE_BYTES = 1;

/**
 * Masks a whole `DataRow` message, `buffer[start, end)`, header included. Allocates nothing where
 * nothing is found.
 *
 * @returns The message to send instead; undefined: as it is.
 * @throws {ProtocolError} If the row is malformed, has another number of fields than the plan, or would
 *   exceed what a message can hold.
 */
export function maskDataRow(
  plan: Pick<RowPlan, 'masks'>,
  buffer: Buffer,
  start: number,
  end: number,
): Buffer | undefined {
  const { masks } = plan;
  const bodyStart = start + MESSAGE_HEADER_BYTES;
  if (end - bodyStart < 2) throw cutAt(0);
  const fieldCount = buffer.readUInt16BE(bodyStart);
  if (fieldCount !== masks.length) {
    throw new ProtocolError('DataRow', `${fieldCount} fields where ${masks.length} were described`);
  }
  let splices: Splices | undefined;
  let offset = bodyStart + 2;
  for (let index = 0; index < fieldCount; index++) {
    if (end - offset < 4) throw cutAt(offset - bodyStart);
    const length = buffer.readInt32BE(offset);
    const valueStart = offset + 4;
    if (length <= 0) {
      if (length < -1) {
        throw new ProtocolError('DataRow', `negative length at byte ${offset - bodyStart}`);
      }
      offset = valueStart;
      continue;
    }
    if (length > end - valueStart) throw cutAt(valueStart - bodyStart);
    const valueEnd = valueStart + length;
    const masked = masks[index]?.(buffer, valueStart, valueEnd);
    if (masked !== undefined) {
      splices ??= new Splices();
      splices.add(offset, valueEnd, withLength(masked));
    }
    offset = valueEnd;
  }
  if (offset !== end) {
    throw new ProtocolError('DataRow', `${end - offset} bytes after the last field`);
  }
  if (splices === undefined) return undefined;
  if (end - bodyStart + splices.growth > MESSAGE_BYTES_MAX) {
    throw new ProtocolError('DataRow', 'too large for a message once masked');
  }
  const masked = splices.apply(buffer, start, end);
  masked.writeInt32BE(masked.length - TYPE_BYTES, TYPE_BYTES);
  return masked;
}

function cutAt(offset: number): ProtocolError {
  return new ProtocolError('DataRow', `ends inside a field at byte ${offset}`);
}
