import { castText } from '../../sql/postgres/built-in-type.ts';
import type { CatalogRelation } from '../../sql/postgres/catalog.ts';
import type { Node } from '../../sql/postgres/tree.ts';
import { checkIsolation } from './hidden-references.ts';
import { RewriteRefusal } from './rewrite-refusal.ts';
import type { StatementState } from './statement-state.ts';

/** Levels of `client_min_messages` at which the server tells nothing of statements or plans. */
const QUIET_LEVELS: ReadonlySet<string> = new Set(['notice', 'warning', 'error']);

/**
 * Settings that make the server send statements or plans back as messages, in which masks could be read with their keys, or that load
 * code.
 */
const TELLING_SETTING =
  /^(debug_print_\w+|log_\w+|auto_explain\..*|pgaudit\..*|pg_hint_plan\..*|pg_stat_statements\..*|plpgsql\..*|\w*preload_libraries|dynamic_library_path)$/;

/** A value of `restrict_nonsystem_relation_kind`, which says nothing to any other setting. */
const RELATION_KINDS = /^(view|foreign-table)(, (view|foreign-table))*$/;

/**
 * Lets a setting pass that cannot make the server show how masks are made.
 *
 * @param value Undefined for a default, or what is no constant.
 * @throws {RewriteRefusal}
 */
export function checkSetting(name: string, value: string | undefined): void {
  const setting = name.toLowerCase();
  const isTelling =
    setting === 'client_min_messages'
      ? value !== undefined && !QUIET_LEVELS.has(value.trim().toLowerCase())
      : TELLING_SETTING.test(setting);
  if (!isTelling) return;
  throw new RewriteRefusal(
    `the setting ${setting} could make the server show how data is masked`,
    setting === 'client_min_messages' ? 'Use notice, warning or error.' : 'Leave it as it is.',
  );
}

/**
 * Refuses to write pg_settings, or a view over it: its rule makes SET of an UPDATE, of whatever the rows say.
 *
 * @throws {RewriteRefusal}
 */
export function refuseSettings(beneath: Iterable<CatalogRelation>): void {
  for (const { schema, name } of beneath) {
    if (schema !== 'pg_catalog' || name !== 'pg_settings') continue;
    throw new RewriteRefusal(
      'it would change settings by way of pg_settings, which a view over it could do as well',
      'Use SET, or read pg_settings in a query of its own.',
    );
  }
}

/**
 * Checks the arguments of `set_config(name, value, is_local)`, which must be constants where it matters.
 *
 * @throws {RewriteRefusal}
 */
export function checkSetConfig(statement: StatementState, args: readonly Node[] | undefined): void {
  const { isKeyless } = statement;
  const { names } = statement.text;
  // What is stored runs when something else is read or written, which would not show that names mean something else from then on.
  if (isKeyless) {
    throw new RewriteRefusal(
      'set_config() stands in what is stored or shown',
      'Call it in a statement of its own.',
    );
  }
  const [name, value] = args ?? [];
  const isNamed = args?.some((argument) => 'NamedArgExpr' in argument) === true;
  const setting = isNamed ? undefined : castText(names, name);
  // pg_dump sets the one setting that takes such a value where the server has it.
  if (setting === undefined && !isNamed && RELATION_KINDS.test(castText(names, value) ?? ''))
    return;
  if (setting === undefined) {
    throw new RewriteRefusal(
      'set_config() sets something that the statement does not show',
      'Write the name of the setting as a constant.',
    );
  }
  const written = castText(names, value) ?? '?';
  checkSetting(setting, written);
  checkIsolation(statement, setting, written);
}
