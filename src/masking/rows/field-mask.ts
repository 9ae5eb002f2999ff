/**
 * What becomes of one value: undefined, it stays as it is; a buffer takes its place; null, it could not
 * be looked through and NULL takes its place.
 */
export type MaskedValue = Buffer | null | undefined;

/** Looks through one value that is not NULL, `bytes[start, end)`. */
export type FieldMask = (bytes: Buffer, start: number, end: number) => MaskedValue;
