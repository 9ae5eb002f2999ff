import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Declaration } from 'oxc-parser';
import { type Complaint, reportComplaints } from './complaint.ts';
import { findLinkComplaints } from './document-links.ts';
import { exportedDeclarations } from './exported-declarations.ts';
import { type ParsedSource, parseSource } from './parse-source.ts';
import {
  CHECKOUT,
  isTestFile,
  readDocuments,
  readSourceFiles,
  type SourceFile,
} from './source-file.ts';

/** Folders whose exports others read before they call them. The rest is left to review. */
const DOCUMENTED_FOLDERS: readonly string[] = ['src', 'tools'];

/** A type with at most this many members, or of literals only, is clear from its name. */
const CLEAR_MEMBERS_MAX = 3;

/**
 * Checks that what a file exports is documented: classes and constants always, functions that take
 * something, and types unless they are small or documented member by member.
 */
export function findDocComplaints(file: SourceFile): Complaint[] {
  if (isTestFile(file.path)) return [];
  const source = parseSource(file);
  /** Where the last documented constant ends: one comment may speak for a block of them. */
  let documentedConstantEnd = -1;
  return exportedDeclarations(source).flatMap(({ name, declaration, start }) => {
    const between = file.text.slice(documentedConstantEnd, start);
    const inBlock = documentedConstantEnd !== -1 && /^;?\n$/.test(between);
    const documented = inBlock || hasDoc(file.text, source, start);
    if (documented && declaration.type === 'VariableDeclaration') {
      documentedConstantEnd = declaration.end;
    }
    if (documented || isClear(declaration, source)) return [];
    const message = `${name} has no doc comment; say units, errors (@throws) and the specification (@see)`;
    return [{ file: file.path, line: source.lineAt(start), message }];
  });
}

function isClear(declaration: Declaration, source: ParsedSource): boolean {
  if (declaration.type === 'FunctionDeclaration') return declaration.params.length === 0;
  if (declaration.type === 'TSInterfaceDeclaration') {
    const { body, start, end } = declaration.body;
    const inside = source.comments.some((comment) => comment.start > start && comment.end < end);
    return inside || body.length <= CLEAR_MEMBERS_MAX;
  }
  if (declaration.type !== 'TSTypeAliasDeclaration') return false;
  const type = declaration.typeAnnotation;
  if (type.type === 'TSTypeLiteral') return type.members.length <= CLEAR_MEMBERS_MAX;
  if (type.type !== 'TSUnionType') return true;
  const onlyLiterals = type.types.every((member) => member.type === 'TSLiteralType');
  return onlyLiterals || type.types.length <= CLEAR_MEMBERS_MAX;
}

/** Whether a non-empty doc comment ends right before `start`. */
function hasDoc(text: string, source: ParsedSource, start: number): boolean {
  const before = source.comments.findLast((comment) => comment.end <= start);
  if (before?.type !== 'Block' || !before.value.startsWith('*')) return false;
  return text.slice(before.end, start).trim() === '' && /\w/.test(before.value);
}

if (import.meta.main) {
  const files = readSourceFiles(DOCUMENTED_FOLDERS);
  reportComplaints(files.length, files.flatMap(findDocComplaints));
  const documents = readDocuments();
  const exists = (place: string): boolean => existsSync(path.join(CHECKOUT, place));
  reportComplaints(documents.length, findLinkComplaints(documents, exists));
}
