import type { BoundParameter } from '../../access/operation-digest.ts';
import { decodeBind } from '../../wire/postgres/bind.ts';
import { decodeFunctionCall } from '../../wire/postgres/function-call.ts';
import type { FunctionCallShown } from './operation-clearance.ts';

/** The types that a Parse gives its parameters, in hexadecimal digits from where it counts them; empty for none. */
export function readParameterTypes(buffer: Buffer, start: number, end: number): string {
  return end - start > 2 ? buffer.toString('hex', start, end) : '';
}

/** Hexadecimal digits of the number of types, and of each of them, in what {@link readParameterTypes} yields. */
export const COUNT_DIGITS = 4;
export const OID_DIGITS = 8;

/** OIDs of the types that {@link readParameterTypes} read, 0 where none was given. */
export function parameterTypeOids(digits: string): readonly number[] {
  const oids: number[] = [];
  for (let start = COUNT_DIGITS; start < digits.length; start += OID_DIGITS)
    oids.push(Number.parseInt(digits.slice(start, start + OID_DIGITS), 16));
  return oids;
}

/** The values of a Bind as they go to the target. They share the message's memory. @throws {ProtocolError} */
export function decodeSentParameters(body: Buffer): readonly BoundParameter[] {
  const { parameters, parameterFormats } = decodeBind(body);
  return boundOf(parameters, parameterFormats);
}

/** A FunctionCall as people are shown it. @throws {ProtocolError} */
export function decodeSentCall(body: Buffer): FunctionCallShown {
  const call = decodeFunctionCall(body);
  return {
    functionOid: call.functionOid,
    parameters: boundOf(call.arguments, call.argumentFormats),
  };
}

/** Values that stay when the message is gone. */
export function copyParameters(parameters: readonly BoundParameter[]): readonly BoundParameter[] {
  return parameters.map(({ format, value }) => ({ format, value: value && Buffer.from(value) }));
}

function boundOf(
  values: readonly (Buffer | null)[],
  formats: readonly number[],
): readonly BoundParameter[] {
  return values.map((value, index) => ({
    format: (formats.length === 1 ? formats[0] : formats[index]) ?? 0,
    value: value ?? undefined,
  }));
}
