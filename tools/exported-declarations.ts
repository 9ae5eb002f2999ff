import type { Declaration } from 'oxc-parser';
import type { ParsedSource } from './parse-source.ts';

/** Something a file declares and exports in one statement. */
export interface ExportedDeclaration {
  readonly name: string;
  readonly declaration: Declaration;
  /** Offset of `export`. */
  readonly start: number;
}

/** Lists what a file declares and exports, in order. Re-exports are declared elsewhere. */
export function exportedDeclarations(source: ParsedSource): ExportedDeclaration[] {
  return source.statements.flatMap((statement) => {
    if (statement.type !== 'ExportNamedDeclaration' || statement.declaration === null) return [];
    const { declaration, start } = statement;
    return namesOf(declaration).map((name) => ({ name, declaration, start }));
  });
}

function namesOf(declaration: Declaration): string[] {
  if (declaration.type === 'VariableDeclaration') {
    return declaration.declarations.flatMap(({ id }) =>
      id.type === 'Identifier' ? [id.name] : [],
    );
  }
  if (!('id' in declaration) || declaration.id === null) return [];
  return declaration.id.type === 'Identifier' ? [declaration.id.name] : [];
}
