import { type Comment, type Node, parseSync, type Statement } from 'oxc-parser';
import type { SourceFile } from './source-file.ts';

/** One reference from a file to another module, in whatever form it was written. */
export interface ModuleReference {
  /** As written: `./listen.ts`, `node:fs`, `jose`. */
  readonly specifier: string;
  /** 1-based. */
  readonly line: number;
  /** True when it vanishes at run time: `import type`, `export type … from`, `import('…').Name`. */
  readonly typeOnly: boolean;
  /** The names taken; empty for a namespace, a side effect or a dynamic import. */
  readonly names: readonly string[];
}

/** A parsed file. */
export interface ParsedSource {
  readonly path: string;
  readonly statements: readonly Statement[];
  readonly comments: readonly Comment[];
  /** 1-based line of an offset into the text. */
  readonly lineAt: (offset: number) => number;
}

/**
 * Parses TypeScript with the parser that knip and oxlint stand on.
 *
 * @throws {SyntaxError} If the file is not TypeScript: an unreadable file must not pass a check.
 */
export function parseSource(file: SourceFile): ParsedSource {
  const { program, comments, errors } = parseSync(file.path, file.text);
  const [error] = errors;
  if (error !== undefined) throw new SyntaxError(`Cannot parse ${file.path}: ${error.message}`);
  const starts = lineStarts(file.text);
  return {
    path: file.path,
    statements: program.body,
    comments,
    lineAt: (offset) => starts.findLastIndex((start) => start <= offset) + 1,
  };
}

/** Calls `visit` for every node below the statements, parents before children. */
export function walk(statements: readonly Statement[], visit: (node: Node) => void): void {
  const pending: unknown[] = statements.toReversed();
  while (pending.length > 0) {
    const value = pending.pop();
    if (isList(value)) pending.push(...value.toReversed());
    else if (isNode(value)) {
      visit(value);
      const fields: readonly unknown[] = Object.values(value);
      pending.push(...fields.toReversed());
    }
  }
}

/** Finds every module a file refers to: imports, re-exports, `import()`, `require()`, types. */
export function findModuleReferences(source: ParsedSource): ModuleReference[] {
  const references: ModuleReference[] = [];
  walk(source.statements, (node) => {
    const reference = asModuleReference(node);
    if (reference === undefined) return;
    references.push({ ...reference, line: source.lineAt(node.start) });
  });
  return references;
}

/** Stands for a specifier that is computed at run time. No rule can allow it. */
export const COMPUTED_SPECIFIER = '(computed)';

function asModuleReference(node: Node): Omit<ModuleReference, 'line'> | undefined {
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- few of 160 kinds of node refer to modules
  switch (node.type) {
    case 'ImportDeclaration': {
      const allTypes = node.specifiers.length > 0 && node.specifiers.every(isTypeSpecifier);
      return {
        specifier: node.source.value,
        typeOnly: node.importKind === 'type' || allTypes,
        names: node.specifiers.flatMap((specifier) =>
          specifier.type === 'ImportSpecifier' ? [nameOf(specifier.imported)] : [],
        ),
      };
    }
    case 'ExportNamedDeclaration': {
      if (node.source === null) return undefined;
      const allTypes = node.specifiers.length > 0 && node.specifiers.every(isTypeSpecifier);
      return {
        specifier: node.source.value,
        typeOnly: node.exportKind === 'type' || allTypes,
        names: node.specifiers.map((specifier) => nameOf(specifier.local)),
      };
    }
    case 'ExportAllDeclaration':
      return { specifier: node.source.value, typeOnly: node.exportKind === 'type', names: [] };
    case 'ImportExpression':
      return { specifier: literalText(node.source), typeOnly: false, names: [] };
    case 'TSImportType':
      return { specifier: literalText(node.source), typeOnly: true, names: [] };
    case 'TSExternalModuleReference':
      return { specifier: literalText(node.expression), typeOnly: false, names: [] };
    case 'CallExpression': {
      const isRequire = node.callee.type === 'Identifier' && node.callee.name === 'require';
      const [argument] = node.arguments;
      if (!isRequire || argument === undefined) return undefined;
      return { specifier: literalText(argument), typeOnly: false, names: [] };
    }
  }
  return undefined;
}

function isTypeSpecifier(specifier: Node): boolean {
  if (specifier.type === 'ImportSpecifier') return specifier.importKind === 'type';
  if (specifier.type === 'ExportSpecifier') return specifier.exportKind === 'type';
  return false;
}

function nameOf(node: Node): string {
  return node.type === 'Identifier' ? node.name : literalText(node);
}

function literalText(node: Node): string {
  return node.type === 'Literal' && typeof node.value === 'string'
    ? node.value
    : COMPUTED_SPECIFIER;
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}
