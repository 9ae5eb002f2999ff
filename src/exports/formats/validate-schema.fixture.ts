/** As much of JSON Schema (2020-12) as the schemas of the formats need. */
export interface Schema {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'boolean';
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly minLength?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean;
  readonly anyOf?: readonly Schema[];
}

/** What is wrong with a value, each with its place; nothing if it is valid. */
export function validate(value: unknown, schema: Schema, place = '$'): readonly string[] {
  const problems: string[] = [];
  const complain = (what: string): void => void problems.push(`${place} ${what}`);
  if (schema.type !== undefined && typeOf(value) !== schema.type) {
    complain(`is ${typeOf(value)}, not ${schema.type}`);
    return problems;
  }
  if ('const' in schema && value !== schema.const) complain(`is not ${String(schema.const)}`);
  if (schema.enum && !schema.enum.includes(value)) complain(`is ${String(value)}, not of the enum`);
  if (schema.anyOf?.every((each) => validate(value, each, place).length > 0)) complain('fits none');
  if (typeof value === 'string') {
    if (value.length < (schema.minLength ?? 0)) complain('is too short');
    if (schema.pattern && !new RegExp(schema.pattern, 'u').test(value)) complain('does not match');
  }
  if (typeof value === 'number') {
    if (value < (schema.minimum ?? -Infinity)) complain('is too small');
    if (value > (schema.maximum ?? Infinity)) complain('is too large');
  }
  if (Array.isArray(value)) {
    if (value.length < (schema.minItems ?? 0)) complain('has too few items');
    for (const [index, item] of value.entries()) {
      problems.push(...validate(item, schema.items ?? {}, `${place}[${index}]`));
    }
  } else if (typeof value === 'object' && value !== null) {
    problems.push(...validateFields(value as Readonly<Record<string, unknown>>, schema, place));
  }
  return problems;
}

function validateFields(
  value: Readonly<Record<string, unknown>>,
  { required = [], properties = {}, additionalProperties = true }: Schema,
  place: string,
): readonly string[] {
  const problems: string[] = [];
  for (const name of required) {
    if (value[name] === undefined) problems.push(`${place} lacks ${name}`);
  }
  for (const [name, field] of Object.entries(value)) {
    if (field === undefined) continue;
    const schema = properties[name];
    if (schema !== undefined) problems.push(...validate(field, schema, `${place}.${name}`));
    else if (!additionalProperties) problems.push(`${place} has ${name}, which is not known`);
  }
  return problems;
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (value === null) return 'null';
  return Number.isInteger(value) ? 'integer' : typeof value;
}
