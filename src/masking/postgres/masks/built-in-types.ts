/** How the masks see a type: types of one family take the same expressions. */
export type TypeFamily =
  | 'text'
  | 'smallint'
  | 'integer'
  | 'bigint'
  | 'numeric'
  | 'real'
  | 'double'
  | 'boolean'
  | 'date'
  | 'timestamp'
  | 'timestamptz'
  | 'uuid'
  | 'inet'
  | 'cidr'
  | 'macaddr'
  | 'macaddr8'
  | 'bytea'
  | 'json'
  | 'xml'
  /** Types that can only be redacted. */
  | 'opaque';

/** A type of `pg_catalog`. */
export interface BuiltInType {
  /** In `pg_catalog`. */
  readonly name: string;
  readonly family: TypeFamily;
  /** A value that says nothing, as a literal of this type; undefined where none can be written that always works. */
  readonly redacted: string | undefined;
}

/** OIDs that masks name. */
export const BPCHAR_OID = 1042;
export const VARCHAR_OID = 1043;
export const NUMERIC_OID = 1700;
export const INTERVAL_OID = 1186;
export const NAME_OID = 19;
export const TEXT_OID = 25;

/** Redacted days are in the past, and no redacted value is one of the future or infinite. */
const DAY = '1900-01-01';

/** [OID, name, family, redacted]; OIDs below 10,000 never change. @see pg_type.dat */
const ROWS: readonly (readonly [number, string, TypeFamily, string | undefined])[] = [
  [16, 'bool', 'boolean', 'false'],
  [17, 'bytea', 'bytea', ''],
  [18, '"char"', 'opaque', ''],
  [NAME_OID, 'name', 'text', undefined],
  [20, 'int8', 'bigint', '0'],
  [21, 'int2', 'smallint', '0'],
  [22, 'int2vector', 'opaque', ''],
  [23, 'int4', 'integer', '0'],
  [24, 'regproc', 'opaque', '-'],
  [TEXT_OID, 'text', 'text', undefined],
  [26, 'oid', 'opaque', '0'],
  [27, 'tid', 'opaque', '(0,0)'],
  [28, 'xid', 'opaque', '0'],
  [29, 'cid', 'opaque', '0'],
  [30, 'oidvector', 'opaque', ''],
  [114, 'json', 'json', '{"redacted": true}'],
  [142, 'xml', 'xml', undefined],
  [600, 'point', 'opaque', '(0,0)'],
  [601, 'lseg', 'opaque', '[(0,0),(0,0)]'],
  [602, 'path', 'opaque', '((0,0))'],
  [603, 'box', 'opaque', '(0,0),(0,0)'],
  [604, 'polygon', 'opaque', '((0,0))'],
  [628, 'line', 'opaque', '{1,0,0}'],
  [650, 'cidr', 'cidr', '0.0.0.0/32'],
  [700, 'float4', 'real', '0'],
  [701, 'float8', 'double', '0'],
  [718, 'circle', 'opaque', '<(0,0),0>'],
  [774, 'macaddr8', 'macaddr8', '00:00:00:00:00:00:00:00'],
  [790, 'money', 'opaque', '0'],
  [829, 'macaddr', 'macaddr', '00:00:00:00:00:00'],
  [869, 'inet', 'inet', '0.0.0.0'],
  [BPCHAR_OID, 'bpchar', 'text', undefined],
  [VARCHAR_OID, 'varchar', 'text', undefined],
  [1082, 'date', 'date', DAY],
  [1083, 'time', 'opaque', '00:00:00'],
  [1114, 'timestamp', 'timestamp', `${DAY} 00:00:00`],
  [1184, 'timestamptz', 'timestamptz', `${DAY} 00:00:00+00`],
  [INTERVAL_OID, 'interval', 'opaque', '0'],
  [1266, 'timetz', 'opaque', '00:00:00+00'],
  [1560, 'bit', 'opaque', '0'],
  [1562, 'varbit', 'opaque', '0'],
  [NUMERIC_OID, 'numeric', 'numeric', '0'],
  [1790, 'refcursor', 'opaque', ''],
  [2202, 'regprocedure', 'opaque', '-'],
  [2203, 'regoper', 'opaque', '0'],
  [2204, 'regoperator', 'opaque', '0'],
  [2205, 'regclass', 'opaque', '-'],
  [2206, 'regtype', 'opaque', '-'],
  [2950, 'uuid', 'uuid', '00000000-0000-0000-0000-000000000000'],
  [3220, 'pg_lsn', 'opaque', '0/0'],
  [3614, 'tsvector', 'opaque', ''],
  [3615, 'tsquery', 'opaque', 'redacted'],
  [3734, 'regconfig', 'opaque', '-'],
  [3769, 'regdictionary', 'opaque', '-'],
  [3802, 'jsonb', 'json', '{"redacted": true}'],
  [4072, 'jsonpath', 'opaque', '$'],
  [4089, 'regnamespace', 'opaque', '-'],
  // A view must not have constants of it other than NULL.
  [4096, 'regrole', 'opaque', undefined],
  [4191, 'regcollation', 'opaque', '-'],
  [5069, 'xid8', 'opaque', '0'],
];

/** By OID. Types that are not here (snapshots, access control lists, extensions' types) become NULL. */
export const BUILT_IN_TYPES: ReadonlyMap<number, BuiltInType> = new Map(
  ROWS.map(([oid, name, family, redacted]) => [oid, { name, family, redacted }]),
);
