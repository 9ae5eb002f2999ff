import type {
  Assignment,
  Command,
  ParameterExpansionPart,
  SyntaxNode,
  Word,
  WordPart,
} from 'unbash';
import { evaluateWord } from './evaluate-word.ts';
import type { OpaqueReason } from './opaque-reason.ts';
import { isRiskyVariable } from './risky-variables.ts';

type SyntaxNotes = {
  readonly [Type in SyntaxNode['type']]?: (
    node: Extract<SyntaxNode, { type: Type }>,
  ) => OpaqueReason | undefined;
};

const ALWAYS =
  (reason: OpaqueReason): (() => OpaqueReason) =>
  () =>
    reason;

/** What of a shell's syntax hides commands, or is read otherwise by another shell. */
const NOTES: SyntaxNotes = {
  Script: (node) =>
    'errors' in node && node.errors !== undefined && node.errors.length > 0 ? 'syntax' : undefined,
  Function: ALWAYS('function'),
  Command: (node) => (hasWordAfterAmpersand(node) ? 'dialect' : undefined),
  Assignment: noteAssignment,
  For: ({ name }) => noteVariable(name.value, undefined),
  Select: ({ name }) => noteVariable(name.value, undefined),
  ParameterExpansion: noteParameter,
  // `>! file` in zsh.
  Redirect: ({ target }) => (target?.text.startsWith('!') === true ? 'dialect' : undefined),
  // Without its last line it is read to the end of some text, and shells differ in which.
  HereDoc: ({ closing, delimiter }) =>
    closing === undefined || delimiter === undefined ? 'syntax' : undefined,
  DoubleQuoted: ({ parts }) => noteQuotedExpansions(parts),
  HereDocBody: ({ parts }) => noteQuotedExpansions(parts ?? []),
  // A variable's value is an expression in its turn, and a subscript in one runs what it says.
  ArithmeticWord: ({ value }) =>
    /^\s*\d[\da-zA-Z#@_]*\s*$/.test(value) ? undefined : 'arithmetic',
  ArithmeticCommandExpansion: ALWAYS('arithmetic'),
  // Words to a shell that does not know `$[`.
  ArithmeticExpansion: ({ text, expression }) => {
    if (text.startsWith('$[')) return 'dialect';
    return expression === undefined ? 'arithmetic' : undefined;
  },
  // `$((` begins arithmetic, or a subshell in a substitution: shells differ in when.
  CommandExpansion: ({ text, script }) => {
    if (text.startsWith('$((')) return 'dialect';
    return script === undefined ? 'syntax' : undefined;
  },
  ProcessSubstitution: ({ script }) => (script === undefined ? 'syntax' : undefined),
  TestUnary: ({ operator }) => (/^-[vR]$/.test(operator) ? 'arithmetic' : undefined),
  // `<` and `>` are redirections to a shell to which `[[` is a program.
  TestBinary: ({ operator }) => {
    if (/^[<>]/.test(operator)) return 'dialect';
    return /^-(?:eq|ne|lt|le|gt|ge)$/.test(operator) ? 'arithmetic' : undefined;
  },
  TestLogical: ALWAYS('dialect'),
  TestGroup: ALWAYS('dialect'),
  ArithmeticCommand: ALWAYS('dialect'),
  ArithmeticFor: ALWAYS('dialect'),
  Coproc: ALWAYS('dialect'),
  AnsiCQuoted: ALWAYS('dialect'),
  LocaleString: ALWAYS('dialect'),
  ExtendedGlob: ALWAYS('dialect'),
  FileDescriptorVariable: ALWAYS('dialect'),
  FileDescriptor: ({ value }) => (value > 9 ? 'dialect' : undefined),
};

/** Why a part of a text makes all of it opaque, or undefined if it does not. */
export function findSyntaxReason(node: SyntaxNode): OpaqueReason | undefined {
  const note = NOTES[node.type] as ((node: SyntaxNode) => OpaqueReason | undefined) | undefined;
  return note?.(node);
}

/** `a &>f b`: elsewhere `a` in the background, then `b`. */
function hasWordAfterAmpersand({ prefix, name, suffix }: Command): boolean {
  const isAmpersand = (node: SyntaxNode): boolean =>
    node.type === 'Redirect' && node.operator.startsWith('&');
  if (name !== undefined && prefix.some(isAmpersand)) return true;
  const first = suffix.findIndex(isAmpersand);
  return (
    first !== -1 && suffix.slice(first).some(({ type }) => type === 'Word' || type === 'Assignment')
  );
}

/** `a+=b`, `a[1]=b` and `a=(b)` are words or errors to some shells. */
function noteAssignment({ name, value, append, index }: Assignment): OpaqueReason | undefined {
  if (value.type !== 'Word' || append === true || index !== undefined) return 'dialect';
  const { kind, text } = evaluateWord(value);
  return noteVariable(name, kind === 'literal' ? text : undefined);
}

/** `"${x:-'}"`: to some shells the quote within begins a text, to others it is one of its characters. */
function noteQuotedExpansions(parts: readonly WordPart[]): OpaqueReason | undefined {
  const isUnclear = ({ type, text }: WordPart): boolean =>
    type === 'ParameterExpansion' && /['"]/.test(text);
  return parts.some(isUnclear) ? 'dialect' : undefined;
}

function noteVariable(name: string, value: string | undefined): OpaqueReason | undefined {
  return isRiskyVariable(name, value) ? 'variable' : undefined;
}

function noteParameter(expansion: ParameterExpansionPart): OpaqueReason | undefined {
  const { parameter, prefix, index, operation } = expansion;
  const isEvaluated = prefix === '!' || (index !== undefined && !/^(?:\d+|[@*])$/.test(index.text));
  if (isEvaluated) return 'arithmetic';
  switch (operation?.type) {
    case undefined:
    case 'Remove':
    case 'Replace':
    case 'CaseModification':
    case 'Names':
      return undefined;
    case 'Default':
      return operation.operator.endsWith('=') ? noteVariable(parameter, undefined) : undefined;
    case 'Slice':
      return isNumber(operation.offset) && isNumber(operation.length) ? undefined : 'arithmetic';
    case 'Transform':
    case 'Unknown':
      return 'evaluation';
  }
}

function isNumber(word: Word | undefined): boolean {
  return word === undefined || /^\s*-?\d+\s*$/.test(word.text);
}
