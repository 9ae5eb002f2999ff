/** What an attacker would put first in the search path: functions and operators that masks use, and types of their names. */
const FUNCTIONS: readonly (readonly [name: string, operands: string])[] = [
  ['length', 'text'],
  ['left', 'text, int'],
  ['right', 'text, int'],
  ['substr', 'text, int'],
  ['substr', 'text, int, int'],
  ['substr', 'bytea, int, int'],
  ['substring', 'text, text'],
  ['repeat', 'text, int'],
  ['strpos', 'text, text'],
  ['reverse', 'text'],
  ['translate', 'text, text, text'],
  ['octet_length', 'text'],
  ['set_byte', 'bytea, int, int'],
  ['sha256', 'bytea'],
  ['decode', 'text, text'],
  ['encode', 'bytea, text'],
  ['convert_to', 'text, name'],
  ['trim_scale', 'numeric'],
  ['floor', 'numeric'],
  ['floor', 'double precision'],
  ['date_trunc', 'text, timestamp'],
  ['timezone', 'text, timestamptz'],
  ['timezone', 'text, timestamp'],
  ['to_char', 'timestamp, text'],
  ['abbrev', 'inet'],
  ['family', 'inet'],
  ['network', 'inet'],
  ['set_masklen', 'inet, int'],
];

const OPERATORS: readonly (readonly [name: string, left: string, right: string])[] = [
  ['=', 'text', 'text'],
  ['=', 'int', 'int'],
  ['=', 'bigint', 'bigint'],
  ['||', 'text', 'text'],
  ['||', 'bytea', 'bytea'],
  ['~', 'text', 'text'],
  ['!~', 'text', 'text'],
  ['<', 'int', 'int'],
  ['<', 'bigint', 'bigint'],
  ['<', 'date', 'date'],
  ['<', 'timestamptz', 'timestamptz'],
  ['<', 'numeric', 'numeric'],
  ['<=', 'int', 'int'],
  ['>', 'int', 'int'],
  ['>=', 'int', 'int'],
  ['>=', 'date', 'date'],
  ['-', 'int', 'int'],
  ['-', 'bigint', 'bigint'],
  ['-', 'date', 'int'],
  ['+', 'date', 'int'],
  ['+', 'bigint', 'bigint'],
  ['+', 'inet', 'bigint'],
  ['+', 'timestamptz', 'interval'],
  ['-', 'timestamptz', 'interval'],
  ['*', 'interval', 'double precision'],
  ['%', 'bigint', 'bigint'],
  ['/', 'bigint', 'bigint'],
  ['/', 'double precision', 'double precision'],
];

const TYPES = ['text', 'int4', 'int8', 'numeric', 'date', 'timestamp', 'bytea', 'inet', 'name'];

/** Creates the schema `evil`. */
export const HIJACKING_SCHEMA: string = [
  'CREATE SCHEMA evil;',
  ...FUNCTIONS.map(([name, operands]) => createFunction(`evil."${name}"`, operands)),
  ...OPERATORS.map(([name, left, right], index) => {
    const procedure = `evil.operator_${index}`;
    return `${createFunction(procedure, `${left}, ${right}`)}
      CREATE OPERATOR evil.${name} (LEFTARG = ${left}, RIGHTARG = ${right}, FUNCTION = ${procedure});`;
  }),
  ...TYPES.map((name) => `CREATE DOMAIN evil.${name} AS pg_catalog.point CHECK (false);`),
].join('\n');

/** The result's type does not matter, for it never returns. */
function createFunction(name: string, operands: string): string {
  return `CREATE FUNCTION ${name}(${operands}) RETURNS pg_catalog.text LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'hijacked ${name.replaceAll(/[^a-z0-9_.]/g, '')}'; END $$;`;
}
