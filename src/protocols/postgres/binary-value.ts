/** Days and microseconds of PostgreSQL count from here. */
const EPOCH_MS: number = Date.UTC(2000, 0, 1);
const DAY_MS = 86_400_000;

/**
 * Shows a value in binary format as text, for people who watch a recording. Types that are not known
 * here show as hexadecimal.
 *
 * @see https://github.com/postgres/postgres/blob/master/src/include/catalog/pg_type.dat (OIDs)
 */
export function formatBinaryValue(typeOid: number, value: Buffer): string {
  return FORMATTERS.get(typeOid)?.(value) ?? `\\x${value.toString('hex')}`;
}

type Formatter = (value: Buffer) => string | undefined;

const text: Formatter = (value) => value.toString('utf8');
const sized =
  (size: number, format: (value: Buffer) => string): Formatter =>
  (value) =>
    value.length === size ? format(value) : undefined;

const FORMATTERS: ReadonlyMap<number, Formatter> = new Map<number, Formatter>([
  [16, sized(1, (value) => (value[0] === 0 ? 'f' : 't'))], // bool
  [20, sized(8, (value) => value.readBigInt64BE().toString())], // int8
  [21, sized(2, (value) => value.readInt16BE().toString())], // int2
  [23, sized(4, (value) => value.readInt32BE().toString())], // int4
  [26, sized(4, (value) => value.readUInt32BE().toString())], // oid
  [700, sized(4, (value) => value.readFloatBE().toString())], // float4
  [701, sized(8, (value) => value.readDoubleBE().toString())], // float8
  [18, text], // "char"
  [19, text], // name
  [25, text], // text
  [1042, text], // bpchar
  [1043, text], // varchar
  [114, text], // json
  [3802, (value) => (value[0] === 1 ? value.toString('utf8', 1) : undefined)], // jsonb
  [1082, sized(4, (value) => formatDate(value.readInt32BE()))],
  [1114, sized(8, (value) => formatTimestamp(value.readBigInt64BE()))],
  [1184, sized(8, (value) => `${formatTimestamp(value.readBigInt64BE())}+00`)],
  [2950, sized(16, formatUuid)],
]);

function formatDate(days: number): string {
  const date = new Date(EPOCH_MS + days * DAY_MS);
  return Number.isNaN(date.getTime()) ? 'infinity' : date.toISOString().slice(0, 10);
}

function formatTimestamp(microseconds: bigint): string {
  const date = new Date(EPOCH_MS + Number(microseconds / 1000n));
  if (Number.isNaN(date.getTime())) return 'infinity';
  return date.toISOString().replace('T', ' ').replace('Z', '');
}

function formatUuid(value: Buffer): string {
  const hex = value.toString('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-');
}
