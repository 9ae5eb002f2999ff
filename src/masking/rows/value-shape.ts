import type { CatalogType } from '../../sql/postgres/catalog.ts';

/** How text may sit inside the values of a type. */
export type ValueShape =
  /** Numbers, dates, identifiers of the catalog: no text of anyone's own. */
  | { readonly kind: 'plain' }
  /** The same bytes in both formats. */
  | { readonly kind: 'text' }
  /** `hasVersion`: in binary format a byte 1 stands before the document. */
  | { readonly kind: 'json'; readonly hasVersion: boolean }
  | { readonly kind: 'bytea' }
  /** `elementOid` 0: not known before the value says it. */
  | { readonly kind: 'array'; readonly elementOid: number }
  /** `fieldOids` undefined: not known before the value says it. */
  | { readonly kind: 'record'; readonly fieldOids: readonly number[] | undefined }
  /** A type with a format of its own, which is not known here. */
  | { readonly kind: 'opaque' };

/** Finds a type that is not built in. */
export type FindType = (oid: number) => CatalogType | undefined;

/** Domains over domains, arrays of them, ranges over those: no real type is that deep. */
const TYPE_DEPTH_MAX = 32;

const PLAIN: ValueShape = { kind: 'plain' };
const TEXT: ValueShape = { kind: 'text' };
const OPAQUE: ValueShape = { kind: 'opaque' };

/**
 * Says how text may sit inside values of a type. A type that neither PostgreSQL's own list nor the
 * catalog knows is opaque.
 *
 * @see https://github.com/postgres/postgres/blob/master/src/include/catalog/pg_type.dat (OIDs)
 */
export function shapeOf(typeOid: number, findType: FindType): ValueShape {
  return shapeAt(typeOid, findType, 0);
}

function shapeAt(typeOid: number, findType: FindType, depth: number): ValueShape {
  const builtIn = BUILT_IN.get(typeOid);
  if (builtIn !== undefined) return builtIn;
  const type = depth < TYPE_DEPTH_MAX ? findType(typeOid) : undefined;
  if (type === undefined) return OPAQUE;
  const inner = (): ValueShape => shapeAt(type.innerOid, findType, depth + 1);
  switch (type.kind) {
    case 'e':
      return PLAIN;
    case 'd':
      return inner();
    case 'c':
      return { kind: 'record', fieldOids: type.fields.map(({ typeOid: oid }) => oid) };
    case 'r':
    case 'm':
      return inner().kind === 'plain' ? PLAIN : OPAQUE;
  }
  if (type.isArray) {
    return inner().kind === 'plain' ? PLAIN : { kind: 'array', elementOid: type.innerOid };
  }
  return isCitext(type) ? TEXT : OPAQUE;
}

/** Whether a type is the text without regard to case that comes with PostgreSQL, in whatever schema. */
export function isCitext({ name, kind }: CatalogType): boolean {
  return kind === 'b' && /(?:^|\.)citext$/u.test(name);
}

/** Types whose values hold no text of anyone's own, each with its array type where it has one. */
const PLAIN_OIDS: readonly number[] = [
  ...[16, 1000, 18, 1002, 20, 1016, 21, 1005, 22, 1006, 23, 1007], // bool "char" int8 int2 int2vector int4
  ...[24, 1008, 26, 1028, 27, 1010, 28, 1011, 29, 1012, 30, 1013, 5069, 271], // regproc oid tid xid cid oidvector xid8
  ...[600, 1017, 601, 1018, 602, 1019, 603, 1020, 604, 1027, 628, 629, 718, 719], // geometry
  ...[650, 651, 869, 1041, 774, 775, 829, 1040], // cidr inet macaddr8 macaddr
  ...[700, 1021, 701, 1022, 790, 791, 1700, 1231], // float4 float8 money numeric
  ...[1082, 1182, 1083, 1183, 1114, 1115, 1184, 1185, 1186, 1187, 1266, 1270], // dates and times
  ...[1560, 1561, 1562, 1563], // bit varbit
  ...[2202, 2207, 2203, 2208, 2204, 2209, 2205, 2210, 2206, 2211], // regprocedure … regtype
  ...[3734, 3735, 3769, 3770, 4089, 4090, 4096, 4097, 4191, 4192], // regconfig … regcollation
  ...[1033, 1034, 2278, 2950, 2951, 3220, 3221, 2970, 2949, 5038, 5039], // aclitem void uuid pg_lsn snapshots
  ...[3904, 3905, 3906, 3907, 3908, 3909, 3910, 3911, 3912, 3913, 3926, 3927], // ranges
  ...[4451, 6150, 4532, 6151, 4533, 6152, 4534, 6153, 4535, 6155, 4536, 6157], // multiranges
];

/** name text unknown bpchar varchar cstring refcursor xml */
const TEXT_OIDS: readonly number[] = [19, 25, 705, 1042, 1043, 2275, 1790, 142];

/** Array types of text, by their OID, with the OID of their elements. */
const ARRAY_OIDS: readonly (readonly [number, number])[] = [
  [1003, 19], // name
  [1009, 25], // text
  [1014, 1042], // bpchar
  [1015, 1043], // varchar
  [1263, 2275], // cstring
  [2201, 1790], // refcursor
  [143, 142], // xml
  [199, 114], // json
  [3807, 3802], // jsonb
  [1001, 17], // bytea
  [2287, 2249], // record
  [3643, 3614], // tsvector
  [3645, 3615], // tsquery
  [4073, 4072], // jsonpath
];

const BUILT_IN: ReadonlyMap<number, ValueShape> = new Map<number, ValueShape>([
  ...PLAIN_OIDS.map((oid) => [oid, PLAIN] as const),
  ...TEXT_OIDS.map((oid) => [oid, TEXT] as const),
  ...ARRAY_OIDS.map(([oid, elementOid]) => [oid, { kind: 'array', elementOid }] as const),
  [17, { kind: 'bytea' }],
  [114, { kind: 'json', hasVersion: false }],
  [3802, { kind: 'json', hasVersion: true }],
  [2249, { kind: 'record', fieldOids: undefined }],
  // What pg_stats calls `anyarray` is sent as an array of what it holds.
  [2277, { kind: 'array', elementOid: 0 }],
]);
