import { castText } from '../../sql/postgres/built-in-type.ts';
import type { Node } from '../../sql/postgres/tree.ts';
import type { StatementState } from './statement-state.ts';

/** Functions that read a text as a value of the type that another text names: a domain's checks run. */
const READERS: ReadonlySet<string> = new Set(['pg_input_is_valid', 'pg_input_error_info']);

/** Names in the name of a type. One with escapes is not read. */
const NAMES = /"(?:[^"]|"")+"|[\p{L}\p{N}_$]+/gu;

/** Takes note of the types that a call names by a text. */
export function noteTypesByName(
  { text, typesByName }: StatementState,
  name: string,
  args: readonly Node[] = [],
): void {
  if (!READERS.has(name)) return;
  text.dependsOnLiterals = true;
  const named = args.find(
    (argument) => 'NamedArgExpr' in argument && argument.NamedArgExpr.name === 'type_name',
  );
  const type = named !== undefined && 'NamedArgExpr' in named ? named.NamedArgExpr.arg : args[1];
  const written = castText(text.names, type);
  if (written === undefined || /u&/iu.test(written)) typesByName.add('*');
  for (const [part] of written?.matchAll(NAMES) ?? []) typesByName.add(plain(part));
}

function plain(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name.toLowerCase();
}
