import type { KeyedForm } from '../vault/keyed-form.ts';
import { hyphenate } from '../vault/token-text.ts';

const UUID_BYTES = 16;
const BIGINT_BYTES = 8;
const INTEGER_BYTES = 4;
const SMALLINT_BYTES = 2;
/** What a number becomes for which the parameter has no room. No value is masked to it. */
const NO_NUMBER = -1;
const NUMBER_MAX = { [SMALLINT_BYTES]: 0x7fff, [INTEGER_BYTES]: 0x7fffffff };

/** A token, or what one stands for, as text. Undefined where bytes in binary format are of no type that has any. */
export function readTokenBytes(
  bytes: Buffer,
  form: KeyedForm,
  isBinary: boolean,
): string | undefined {
  if (!isBinary || form.kind === 'prefixed' || form.kind === 'digits')
    return bytes.toString('latin1');
  if (form.kind === 'uuid') return formatUuid(bytes);
  switch (bytes.length) {
    case SMALLINT_BYTES:
      return bytes.readInt16BE().toString();
    case INTEGER_BYTES:
      return bytes.readInt32BE().toString();
    case BIGINT_BYTES:
      return bytes.readBigInt64BE().toString();
    default:
      return undefined;
  }
}

/** @param size Bytes of the value in binary format; undefined: in text format. */
export function writeTokenBytes(text: string, form: KeyedForm, size: number | undefined): Buffer {
  if (size === undefined || form.kind === 'prefixed' || form.kind === 'digits') {
    return Buffer.from(text, 'latin1');
  }
  if (form.kind === 'uuid') return Buffer.from(text.replaceAll('-', ''), 'hex');
  const bytes = Buffer.alloc(size);
  if (size === BIGINT_BYTES) bytes.writeBigInt64BE(BigInt(text));
  else if (size === INTEGER_BYTES) bytes.writeInt32BE(fit(text, NUMBER_MAX[size]));
  else bytes.writeInt16BE(fit(text, NUMBER_MAX[SMALLINT_BYTES]));
  return bytes;
}

function fit(text: string, max: number): number {
  const number = Number(text);
  return number > max ? NO_NUMBER : number;
}

function formatUuid(bytes: Buffer): string | undefined {
  if (bytes.length !== UUID_BYTES) return undefined;
  return hyphenate(bytes.toString('hex'));
}
