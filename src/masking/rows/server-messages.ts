import type { FieldsByCode } from '../../wire/postgres/error-response.ts';

/** How far the text of an error or notice can be believed to quote no data. */
export type MessageTrust =
  /** It is about the text of the statement, or of a form that has room for names only. */
  | 'whole'
  /** Up to the first value that it may quote. */
  | 'start'
  /** Code of the target's own may have written it. */
  | 'none';

/** Raised by functions (P0), reported by them (38, 39), or by another server (HV). */
const RAISED_SQL_STATES = /^(?:P0|38|39|HV)/u;
/** Source files of procedural languages, and of what repeats another server's words. */
const SPEAKING_FILES = /^(?:pl|dblink\.c$|connection\.c$)|\.(?:cc|cpp|rs)$/iu;
/** Syntax errors, unknown and ambiguous names, missing privileges: said before any row is read. */
const STATEMENT_SQL_STATES = /^42/u;
const STATEMENT_FILES = /^(?:parse_\w+\.c|scan\.l|gram\.y|analyze\.c|aclchk\.c|namespace\.c)$/u;

/** Messages that quote names of the catalog only. Quoted names are empty here, numbers are `#`. */
const FORMS: ReadonlySet<string> = new Set([
  'duplicate key value violates unique constraint ""',
  'conflicting key value violates exclusion constraint ""',
  'null value in column "" of relation "" violates not-null constraint',
  'new row for relation "" violates check constraint ""',
  'new row for relation "" violates partition constraint',
  'no partition of relation "" found for row',
  'new row violates check option for view ""',
  'new row violates row-level security policy for table ""',
  'insert or update on table "" violates foreign key constraint ""',
  'update or delete on table "" violates foreign key constraint "" on table ""',
  'update or delete on table "" violates RESTRICT setting of foreign key constraint "" on table ""',
  'value too long for type character varying(#)',
  'value too long for type character(#)',
]);

/**
 * Says how far a server's message can be believed. What a language or another server says is told from
 * what PostgreSQL itself says by the source file, which no code in SQL can choose.
 */
export function trustMessage(fields: FieldsByCode): MessageTrust {
  const sqlState = fields.get('C') ?? '';
  const file = fields.get('F');
  if (file === undefined || RAISED_SQL_STATES.test(sqlState) || SPEAKING_FILES.test(file)) {
    return 'none';
  }
  // In a function the statement may be one that was put together from data.
  const isInside = fields.has('W') || fields.has('q');
  if (isInside) return 'start';
  if (STATEMENT_SQL_STATES.test(sqlState) && STATEMENT_FILES.test(file)) return 'whole';
  const form = (fields.get('M') ?? '').replaceAll(/"[^"]*"/gu, '""').replaceAll(/\d+/gu, '#');
  return FORMS.has(form) ? 'whole' : 'start';
}

/** Contexts that quote what the client itself sent. Where code ran that quotes what it sent, more lines follow, which say so. */
const OWN_CONTEXT = /^(?:COPY |JSON data, line |unnamed portal |portal ")[^\n]*$/u;

/** Whether it was said while code ran that the statement called or set off. */
export function isFromWithin(fields: FieldsByCode): boolean {
  const context = fields.get('W');
  return fields.has('q') || (context !== undefined && !OWN_CONTEXT.test(context));
}

/** What stands before the first value that a message may quote. */
export function cutValues(message: string): string {
  // In other languages values stand between other marks.
  return message.replace(/["'\d\p{Initial_Punctuation}\p{Final_Punctuation}„‚「『].*$/su, '…');
}
