import { majorOf } from './private-postgres.ts';

/** A column of the table that the masks are tried on, and nasty values for it. */
export interface NastyColumn {
  readonly name: string;
  /** As `CREATE TABLE` takes it. */
  readonly type: string;
  /** SQL expressions. NULL is tried anyway. */
  readonly values: readonly string[];
  /** The major release that brought such columns. Default: 13. */
  readonly since?: number;
}

/** Of the server in Debian's place. */
const MAJOR = majorOf('debian');

/** Types that the columns need beside the built-in ones. */
export const NASTY_TYPES: string = `
  CREATE SCHEMA app;
  CREATE COLLATION app.loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
  CREATE TYPE app."Mood" AS ENUM ('it''s fine', 'so so', 'bad\\day');
  CREATE DOMAIN app.ssn AS text CHECK (value ~ '^[0-9]{3}-[0-9]{2}-[0-9]{4}$');
  CREATE DOMAIN app.short_code AS varchar(5) NOT NULL CHECK (value <> '');
  CREATE DOMAIN app.code_of_code AS app.short_code;
  CREATE DOMAIN app.positive AS int CHECK (value > 0);
  CREATE DOMAIN app.price AS numeric(6,2);
  CREATE DOMAIN app.birth AS date CHECK (value < '2100-01-01');
  CREATE DOMAIN app.texts AS varchar(7)[];
  CREATE DOMAIN app.span AS interval year to month;
  CREATE DOMAIN app.tick AS interval(3);
  CREATE DOMAIN app.stamp AS timestamptz(0);
  CREATE DOMAIN app.five AS bit(5);
  CREATE DOMAIN app.hundreds AS numeric(${MAJOR < 15 ? '5' : '3,-2'});
  CREATE DOMAIN app.letter AS char(3) COLLATE app.loose;
  CREATE TYPE app.address AS (street text, "Zip Code" char(5), since date, mood app."Mood");
  CREATE TYPE app.checked AS (id int, ssn app.ssn);
  CREATE TYPE app.nested AS (home app.address, work app.address[]);
  CREATE TYPE app.int_range AS RANGE (subtype = int4);
`;

const LONG = `repeat('x', 100000)`;
/** Texts as SQL expressions. */
export const NASTY_TEXTS: readonly string[] = [
  `'123-45-6789'`,
  `'6789'`,
  `''`,
  `'a'`,
  `'1*4'`,
  `'ab***'`,
  `'*****'`,
  `'[redacted]'`,
  `'John.Smith@mail.example.org'`,
  `'@'`,
  `'a@b@c.org'`,
  `'*@example.org'`,
  `'john@nowhere'`,
  `'02139'`,
  `'03601'`,
  `'abc'`,
  `'12345-6789'`,
  `'123456789'`,
  `'1984-05-12'`,
  `'1884-05-12'`,
  `'05/12/1984'`,
  `'May 12th, 1984'`,
  `'19840512'`,
  `'0042-01-01'`,
  `'45'`,
  `'97'`,
  `'101 years old'`,
  `'-5'`,
  `'10.20.30.40'`,
  `'2001:db8:85a3::8a2e:370:7334'`,
  `'::1'`,
  `'fe80::1%eth0'`,
  `'ab:cd:ef:12:34:56'`,
  `'Zoë 🙂 Ünïcödé ñ'`,
  `E'line\\nfeed\\ttab\\\\back''quote'`,
  `'  padded  '`,
  `'NaN'`,
  LONG,
];

const ALL_COLUMNS: readonly NastyColumn[] = [
  { name: 'plain', type: 'text', values: NASTY_TEXTS },
  { name: 'Odd "Name"', type: 'text COLLATE "C"', values: NASTY_TEXTS },
  { name: 'loose', type: 'text COLLATE app.loose', values: NASTY_TEXTS },
  { name: 'varying', type: 'varchar(20)', values: short(20) },
  { name: 'varying3', type: 'varchar(3)', values: short(3) },
  { name: 'unlimited', type: 'varchar', values: NASTY_TEXTS },
  { name: 'padded', type: 'char(12)', values: short(12) },
  { name: 'one', type: 'char', values: [`'x'`, `' '`, `'9'`] },
  { name: 'internal', type: 'name', values: short(20) },
  { name: 'byte', type: '"char"', values: [`'x'`, `'9'`] },
  { name: 'small', type: 'smallint', values: ['0', '7', '97', '-32768', '32767', '1984', '2139'] },
  {
    name: 'whole',
    type: 'integer',
    values: [
      '0',
      '7',
      '97',
      '-1',
      '-2147483648',
      '2147483647',
      '1984',
      '19840512',
      '12345',
      '3601',
      '123456789',
    ],
  },
  {
    name: 'big',
    type: 'bigint',
    values: ['0', '97', '-9223372036854775808', '9223372036854775807', '19840512', '941231234'],
  },
  {
    name: 'exact',
    type: 'numeric',
    values: [
      `0`,
      `45.5`,
      `97`,
      `-3.7`,
      `'NaN'`,
      ...(MAJOR < 14 ? [] : [`'Infinity'`, `'-Infinity'`]),
      `1e200`,
      `-1e200`,
      `0.001`,
    ],
  },
  {
    name: 'exact62',
    type: 'numeric(6,2)',
    values: ['0', '45.51', '97', '-9999.99', '9999.99', `'NaN'`],
  },
  { name: 'exact22', type: 'numeric(2,2)', values: ['0.5', '-0.99', '0.99'] },
  { name: 'exact3', type: 'numeric(1)', values: ['5', '-9', '9'] },
  {
    name: 'single',
    type: 'real',
    values: ['0', '45.5', '97', '3e38', '-3e38', '1e-40', `'NaN'`, `'Infinity'`, `'-Infinity'`],
  },
  {
    name: 'double',
    type: 'double precision',
    values: ['0', '45.5', '97', '1e308', '-1e308', '1e-308', `'NaN'`, `'Infinity'`, `'-Infinity'`],
  },
  { name: 'cash', type: 'money', values: [`'12.34'`, `'-92233720368547758.08'`] },
  { name: 'flag', type: 'boolean', values: ['true', 'false'] },
  {
    name: 'day',
    type: 'date',
    values: [
      `'1984-05-12'`,
      `'1884-05-12'`,
      `'0044-03-15 BC'`,
      `'5874897-12-31'`,
      `'infinity'`,
      `'-infinity'`,
      `'9999-12-31'`,
    ],
  },
  {
    name: 'moment',
    type: 'timestamp',
    values: [
      `'1984-05-12 10:11:12.131415'`,
      `'0044-03-15 BC'`,
      `'294276-12-31 23:59:59'`,
      `'infinity'`,
      `'-infinity'`,
    ],
  },
  {
    name: 'instant',
    type: 'timestamptz',
    values: [
      `'1984-05-12 10:11:12.131415+05'`,
      `'0044-03-15 BC'`,
      `'294276-12-31 23:59:59+00'`,
      `'infinity'`,
      `'-infinity'`,
    ],
  },
  {
    name: 'instant0',
    type: 'timestamptz(0)',
    values: [`'1984-05-12 10:11:12.7+05'`, `'2020-12-31 23:59:59Z'`],
  },
  { name: 'moment3', type: 'timestamp(3)', values: [`'1984-05-12 10:11:12.7'`] },
  { name: 'clock', type: 'time', values: [`'10:11:12.1314'`, `'24:00:00'`] },
  { name: 'clock2', type: 'time(2)', values: [`'10:11:12.13'`] },
  { name: 'clocktz', type: 'timetz', values: [`'10:11:12.1314+05'`] },
  {
    name: 'duration',
    type: 'interval',
    values: [`'1 year 2 months 3 days 04:05:06'`, `'-178000000 years'`],
  },
  { name: 'months', type: 'interval year to month', values: [`'1 year 2 months'`] },
  { name: 'seconds3', type: 'interval(3)', values: [`'00:00:01.234'`] },
  { name: 'guid', type: 'uuid', values: [`'3f2504e0-4f89-41d3-9a0c-0305e82c3301'`] },
  {
    name: 'host',
    type: 'inet',
    values: [
      `'10.20.30.40'`,
      `'10.20.30.40/8'`,
      `'2001:db8:85a3::8a2e:370:7334'`,
      `'::1'`,
      `'255.255.255.255'`,
    ],
  },
  { name: 'net', type: 'cidr', values: [`'10.20.30.40'`, `'10.0.0.0/8'`, `'2001:db8:85a3::/64'`] },
  { name: 'mac', type: 'macaddr', values: [`'08:00:2b:01:02:03'`] },
  { name: 'mac8', type: 'macaddr8', values: [`'08:00:2b:01:02:03:04:05'`] },
  {
    name: 'bytes',
    type: 'bytea',
    values: [`'\\xdeadbeef00ff'`, `'\\xff'`, `decode('','hex')||'\\x5c'`],
  },
  { name: 'bits', type: 'bit(5)', values: [`B'10101'`] },
  { name: 'bitsv', type: 'bit varying(5)', values: [`B'101'`, `B'11111'`] },
  { name: 'bitsu', type: 'bit varying', values: [`B'101'`] },
  { name: 'doc', type: 'json', values: [`'{"ssn":"123-45-6789"}'`, `'null'`, `'[1,2]'`, `'"x"'`] },
  { name: 'docb', type: 'jsonb', values: [`'{"ssn":"123-45-6789"}'`, `'null'`, `'[1,2]'`] },
  { name: 'markup', type: 'xml', values: [`'<a>123-45-6789</a>'::xml`, `'text'::xml`] },
  {
    name: 'texts',
    type: 'text[]',
    values: [`'{123-45-6789,"",NULL}'`, `'{{a,b},{c,d}}'`, `'[5:6]={x,y}'`],
  },
  { name: 'varyings', type: 'varchar(3)[]', values: [`'{abc,d}'`] },
  { name: 'wholes', type: 'integer[]', values: [`'{1,2,NULL}'`] },
  { name: 'days', type: 'date[]', values: [`'{1984-05-12,infinity}'`] },
  { name: 'moods', type: 'app."Mood"[]', values: [`'{"so so"}'`] },
  { name: 'ssns', type: 'app.ssn[]', values: [`'{123-45-6789}'`] },
  {
    name: 'addresses',
    type: 'app.address[]',
    values: [`ARRAY[ROW('Elm 1','02139','1984-05-12','so so')::app.address]`],
  },
  { name: 'range', type: 'int4range', values: [`'[1,5)'`, `'(,)'`] },
  { name: 'period', type: 'tstzrange', values: [`'[1984-05-12 00:00:00+00,infinity)'`] },
  { name: 'own_range', type: 'app.int_range', values: [`'[1,5)'`] },
  { name: 'ranges', type: 'datemultirange', values: [`'{[1984-05-12,1984-06-12)}'`], since: 14 },
  { name: 'mood', type: 'app."Mood"', values: [`'so so'`, `E'bad\\\\day'`] },
  { name: 'ssn', type: 'app.ssn', values: [`'123-45-6789'`, `'666-00-0000'`] },
  { name: 'code', type: 'app.short_code', values: [`'abcde'`, `'02139'`] },
  { name: 'code2', type: 'app.code_of_code', values: [`'abcde'`, `'x'`] },
  { name: 'positive', type: 'app.positive', values: ['7', '97', '2147483647'] },
  { name: 'price', type: 'app.price', values: ['7.77', '-9999.99'] },
  { name: 'birth', type: 'app.birth', values: [`'1984-05-12'`, `'1884-05-12'`, `'-infinity'`] },
  { name: 'span', type: 'app.span', values: [`'1 year 2 months'`] },
  { name: 'tick', type: 'app.tick', values: [`'00:00:01.234'`] },
  { name: 'stamp', type: 'app.stamp', values: [`'1984-05-12 10:11:12.7+05'`] },
  { name: 'five', type: 'app.five', values: [`B'10101'`] },
  { name: 'hundreds', type: 'app.hundreds', values: ['12345', '-99900', '97'] },
  { name: 'letter', type: 'app.letter', values: short(3) },
  { name: 'domain_texts', type: 'app.texts', values: [`'{abc,defghij}'`] },
  {
    name: 'address',
    type: 'app.address',
    values: [`ROW('Elm 1','02139','1984-05-12','so so')`, `ROW(NULL,NULL,NULL,'so so')`],
  },
  { name: 'checked', type: 'app.checked', values: [`ROW(1,'123-45-6789')`] },
  { name: 'nested', type: 'app.nested', values: [`ROW(ROW('Elm 1','02139',NULL,NULL),NULL)`] },
  { name: 'search', type: 'tsvector', values: [`'fat cat'`] },
  { name: 'asked', type: 'tsquery', values: [`'fat & cat'`] },
  { name: 'oids', type: 'oid', values: ['1234', '4294967295'] },
  { name: 'relation', type: 'regclass', values: [`'pg_class'`] },
  { name: 'function', type: 'regprocedure', values: [`'pg_catalog.left(text,int)'`] },
  { name: 'operator', type: 'regoperator', values: [`'pg_catalog.+(int4,int4)'`] },
  { name: 'role', type: 'regrole', values: [`current_user::regrole`] },
  { name: 'typed', type: 'regtype', values: [`'int4'`] },
  { name: 'schema', type: 'regnamespace', values: [`'app'`] },
  { name: 'transaction', type: 'xid', values: [`'1234'`] },
  { name: 'position', type: 'pg_lsn', values: [`'16/B374D848'`] },
  { name: 'tuple', type: 'tid', values: [`'(1,2)'`] },
  { name: 'snapshot', type: 'pg_snapshot', values: [`'10:20:10,14,15'`] },
  { name: 'vector', type: 'int2vector', values: [`'1 2 3'`] },
  { name: 'path_expr', type: 'jsonpath', values: [`'$.ssn'`] },
  { name: 'point', type: 'point', values: [`'(42.36,-71.06)'`] },
  { name: 'line', type: 'line', values: [`'{1,2,3}'`] },
  { name: 'segment', type: 'lseg', values: [`'[(1,2),(3,4)]'`] },
  { name: 'box', type: 'box', values: [`'(3,4),(1,2)'`] },
  { name: 'route', type: 'path', values: [`'[(1,2),(3,4)]'`] },
  { name: 'area', type: 'polygon', values: [`'((1,2),(3,4),(5,6))'`] },
  { name: 'circle', type: 'circle', values: [`'<(1,2),3>'`] },
  { name: 'rights', type: 'aclitem', values: [`makeaclitem(10, 10, 'SELECT', false)`] },
  { name: 'cursor', type: 'refcursor', values: [`'portal 123-45-6789'`] },
];

function short(charactersMax: number): readonly string[] {
  return NASTY_TEXTS.filter((text) => text !== LONG).map(
    (text) => `left(${text}, ${charactersMax})`,
  );
}

/** Those that the server has. */
export const NASTY_COLUMNS: readonly NastyColumn[] = ALL_COLUMNS.filter(
  ({ since = 0 }) => since <= MAJOR,
);
