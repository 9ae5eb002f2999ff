import type { CatalogType } from '../../sql/postgres/catalog.ts';

/** One value as PostgreSQL 15.18 wrote it in both formats. */
export interface CapturedValue {
  readonly name: string;
  readonly typeOid: number;
  readonly text: string;
  /** Hexadecimal. */
  readonly binary: string;
}

/** From `v::text` and, in hexadecimal, the type's send function. Every value but two holds `SECRET`. */
export const CAPTURED_VALUES: readonly CapturedValue[] = [
  {
    name: 'text array',
    typeOid: 1009,
    text: '{SECRET,"b \\"SECRET\\" c","a\\\\SECRET",NULL,plain,"NULL","","x,y"}',
    binary:
      '0000000100000001000000190000000800000001000000065345435245540000000c62202253454352455422206300000008615c534543524554ffffffff00000005706c61696e000000044e554c4c0000000000000003782c79',
  },
  {
    name: 'text matrix',
    typeOid: 1009,
    text: '{{SECRET,b},{c,"d{SECRET}"}}',
    binary:
      '00000002000000000000001900000002000000010000000200000001000000065345435245540000000162000000016300000009647b5345435245547d',
  },
  {
    name: 'shifted',
    typeOid: 1009,
    text: '[-1:0]={SECRET,b}',
    binary: '00000001000000000000001900000002ffffffff000000065345435245540000000162',
  },
  { name: 'empty array', typeOid: 1009, text: '{}', binary: '000000000000000000000019' },
  {
    name: 'jsonb array',
    typeOid: 3807,
    text: '{"{\\"a\\": \\"SECRET\\"}",[1]}',
    binary:
      '000000010000000000000eda000000020000000100000010017b2261223a2022534543524554227d00000004015b315d',
  },
  {
    name: 'record',
    typeOid: 2249,
    text: '(1,SECRET,"a ""b"", (SECRET)\\\\",,"","{SECRET,""x y""}","(SECRET,2)")',
    binary:
      '000000070000001700000004000000010000001900000006534543524554000000190000001061202262222c2028534543524554295c00000019ffffffff0000001900000000000003f10000002500000001000000000000001900000002000000010000000653454352455400000003782079000008c90000001e000000020000001900000006534543524554000000170000000400000002',
  },
  {
    name: 'record of json',
    typeOid: 2249,
    text: '("{""a"":""SECRET \\\\""x\\\\""""}",2026-11-21)',
    binary:
      '0000000200000072000000147b2261223a22534543524554205c22785c22227d0000043a000000040000251a',
  },
  { name: 'empty record', typeOid: 2249, text: '()', binary: '00000000' },
  { name: 'record of null', typeOid: 2249, text: '()', binary: '0000000100000019ffffffff' },
  {
    name: 'record array',
    typeOid: 2287,
    text: '{"(1,SECRET)","(2,b)"}',
    binary:
      '0000000100000000000008c900000002000000010000001e0000000200000017000000040000000100000019000000065345435245540000001900000002000000170000000400000002000000190000000162',
  },
  {
    name: 'jsonb',
    typeOid: 3802,
    text: '{"a": "SECRET"}',
    binary: '017b2261223a2022534543524554227d',
  },
  { name: 'json', typeOid: 114, text: '{"a":"SECRET"}', binary: '7b2261223a22534543524554227d' },
  { name: 'bytea', typeOid: 17, text: '\\x61205345435245542062', binary: '61205345435245542062' },
  {
    name: 'bytea array',
    typeOid: 1001,
    text: '{"\\\\x6120534543524554","\\\\x00ff"}',
    binary: '00000001000000000000001100000002000000010000000861205345435245540000000200ff',
  },
  { name: 'varchar', typeOid: 1043, text: 'a SECRET', binary: '6120534543524554' },
  { name: 'bpchar', typeOid: 1042, text: 'SECRET  ', binary: '5345435245542020' },
  { name: 'name', typeOid: 19, text: 'SECRET', binary: '534543524554' },
  { name: 'xml', typeOid: 142, text: '<a>SECRET</a>', binary: '3c613e5345435245543c2f613e' },
  {
    name: 'person',
    typeOid: 16623,
    text: '(7,"Ann SECRET","{""SECRET \\\\""x\\\\"""",y}")',
    binary:
      '00000003000000170000000400000007000000190000000a416e6e20534543524554000003f10000002700000001000000000000001900000002000000010000000a534543524554202278220000000179',
  },
  {
    name: 'person array',
    typeOid: 16622,
    text: '{"(7,\\"Ann SECRET\\",\\"{\\"\\"SECRET \\\\\\\\\\"\\"x\\\\\\\\\\"\\"\\"\\",y}\\")",NULL}',
    binary:
      '0000000100000001000040ef00000002000000010000005100000003000000170000000400000007000000190000000a416e6e20534543524554000003f10000002700000001000000000000001900000002000000010000000a534543524554202278220000000179ffffffff',
  },
  { name: 'citext', typeOid: 16517, text: 'a SECRET', binary: '6120534543524554' },
  {
    name: 'nick array',
    typeOid: 16629,
    text: '{"a SECRET"}',
    binary: '0000000100000000000040f60000000100000001000000086120534543524554',
  },
  {
    name: 'tsvector',
    typeOid: 3614,
    text: "'SECRET' 'me'",
    binary: '000000025345435245540000006d65000000',
  },
  {
    name: 'textrange',
    typeOid: 16634,
    text: '[SECRET,b)',
    binary: '02000000065345435245540000000162',
  },
  {
    name: 'hstore',
    typeOid: 16389,
    text: '"a"=>"SECRET"',
    binary: '00000001000000016100000006534543524554',
  },
];

const NO_MODIFIER = -1;

/** The types of the database they were captured from, as `buildCatalog` knows them. */
const TYPES: readonly CatalogType[] = [
  type({
    oid: 16623,
    name: 'public.person',
    kind: 'c',
    fields: [field('id', 1, 23), field('name', 2, 25), field('notes', 3, 1009)],
  }),
  type({ oid: 16622, name: 'public.person[]', innerOid: 16623, isArray: true }),
  type({ oid: 16625, name: 'public.mood', kind: 'e', labels: ['fine', 'SECRET'] }),
  type({ oid: 16630, name: 'public.nick', kind: 'd', innerOid: 25 }),
  type({ oid: 16629, name: 'public.nick[]', innerOid: 16630, isArray: true }),
  type({ oid: 16634, name: 'public.textrange', kind: 'r', innerOid: 25 }),
  type({ oid: 16517, name: 'public.citext' }),
  type({ oid: 16389, name: 'public.hstore' }),
];

export function findCapturedType(oid: number): CatalogType | undefined {
  return TYPES.find((known) => known.oid === oid);
}

function type(changes: Partial<CatalogType> & Pick<CatalogType, 'oid' | 'name'>): CatalogType {
  return {
    kind: 'b',
    innerOid: 0,
    isArray: false,
    innerModifier: NO_MODIFIER,
    labels: [],
    fields: [],
    ...changes,
  };
}

function field(name: string, number: number, typeOid: number): CatalogType['fields'][number] {
  return {
    name,
    number,
    typeOid,
    typeModifier: NO_MODIFIER,
    typeName: '',
    collation: undefined,
    isNotNull: false,
    isGenerated: false,
  };
}
