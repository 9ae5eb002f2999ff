import type { HeldContext, HeldLiteral } from '../../access/access-request.ts';
import type { SqlParser } from '../../sql/postgres/parser.ts';
import { classifyLiterals } from './classify-literals.ts';
import type { SubjectContext } from './review-subject.ts';
import type { SessionSettings } from './session-settings.ts';

/** What an operation in a session means beside its text, for those who are to review it. */
export function describeContext(
  { context: { searchPaths }, formats, history }: SessionSettings,
  subject: SubjectContext,
): HeldContext {
  return {
    searchPath: searchPaths?.length === 1 ? searchPaths[0] : undefined,
    formats,
    settings: history.texts.map(({ text }) => ({ text, literals: findValues(text, subject) })),
    earlierSettings: history.earlierCount,
    setsRole: history.setsRole,
    isCertain: history.isCertain,
  };
}

/** Values of PostgreSQL's own settings say nothing of anybody; those of a program's own could be a patient's number. */
function findValues(text: string, subject: SubjectContext): readonly HeldLiteral[] {
  return setsOnlyOwnOfServer(text, subject.parser)
    ? []
    : classifyLiterals(text, { ...subject, relations: [] }).literals;
}

function setsOnlyOwnOfServer(text: string, parser: SqlParser): boolean {
  const parsed = parser.parse(text);
  if (parsed.kind !== 'tree') return false;
  return parsed.statements.every(
    ({ node }) => 'VariableSetStmt' in node && node.VariableSetStmt.name?.includes('.') !== true,
  );
}
