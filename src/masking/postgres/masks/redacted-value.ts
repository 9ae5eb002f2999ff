import { REDACTED_TEXT, redactedText } from '../../masks/redacted-text.ts';
import { isCitext } from '../../rows/value-shape.ts';
import {
  type ColumnType,
  charactersMax,
  type FindType,
  resolveColumnType,
  resolveInnerType,
} from './column-type.ts';
import { quoteLiteral } from './sql-text.ts';

/** Composites within composites; what is deeper is NULL. */
const DEPTH_MAX = 8;

/** NULL of a type, fit for clients that were told the type. */
export function nullValue({ sql }: ColumnType): string {
  return `NULL::${sql}`;
}

/**
 * A value that says nothing, of the given type: a constant for the planner, except of `xml`.
 *
 * NULL for types of which no value can be written that is always valid.
 */
export function redactedValue(type: ColumnType, findType: FindType): string {
  return findRedacted(type, findType, 0) ?? nullValue(type);
}

function findRedacted(type: ColumnType, findType: FindType, depth: number): string | undefined {
  const { builtIn, described, sql } = type;
  if (builtIn !== undefined) {
    if (builtIn.family === 'text') {
      return `${quoteLiteral(redactedText(charactersMax(type)))}::${sql}`;
    }
    // Servers built without libxml have the type but cannot read a literal of it.
    if (builtIn.family === 'xml') return 'xmlelement(NAME redacted)';
    return builtIn.redacted === undefined ? undefined : `${quoteLiteral(builtIn.redacted)}::${sql}`;
  }
  if (described === undefined || depth > DEPTH_MAX) return undefined;
  if (described.isArray) return redactedArray(type, findType, depth);
  switch (described.kind) {
    case 'e': {
      const [label] = described.labels;
      return label === undefined ? undefined : `${quoteLiteral(label)}::${sql}`;
    }
    case 'r':
      return `'empty'::${sql}`;
    case 'm':
      return `'{}'::${sql}`;
    case 'c':
      return redactedRow(type, findType, depth);
    default:
      return isCitext(described) ? `${quoteLiteral(REDACTED_TEXT)}::${sql}` : undefined;
  }
}

/** One redacted element, whatever was in the array; none where a check of the elements' domain might refuse it. */
function redactedArray(type: ColumnType, findType: FindType, depth: number): string {
  const element =
    type.described && resolveInnerType(type.described.innerOid, type.modifier, findType);
  const value =
    element === undefined || element.isDomain
      ? undefined
      : findRedacted(element, findType, depth + 1);
  return value === undefined ? `'{}'::${type.sql}` : `ARRAY[${value}]::${type.sql}`;
}

function redactedRow(type: ColumnType, findType: FindType, depth: number): string | undefined {
  const values: string[] = [];
  for (const field of type.described?.fields ?? []) {
    const fieldType = resolveColumnType(field, findType);
    if (fieldType.isDomain) return undefined;
    values.push(findRedacted(fieldType, findType, depth + 1) ?? nullValue(fieldType));
  }
  return values.length === 0 ? undefined : `ROW(${values.join(', ')})::${type.sql}`;
}
