import type {
  HeldContext,
  HeldLiteral,
  HeldOperation,
  HeldParameter,
  TableChange,
} from '../../access/access-request.ts';
import { HIDDEN, hideLiterals } from '../../access/hide-literals.ts';
import type {
  ShownChange,
  ShownContext,
  ShownFacts,
  ShownOperation,
  ShownParameter,
  ShownText,
} from '../../api/shown-operation.ts';
import type { RevealedClasses } from '../services.ts';
import { layOutStatement } from './lay-out-statement.ts';

/** Of whom nobody knows who they are, or what they may see. */
export const NOBODY: RevealedClasses = { names: new Set(), areAll: false };

/** Who wrote an operation, and may read it again. */
export const WRITER: RevealedClasses = { names: new Set(), areAll: true };

/**
 * Shows an operation to somebody: values of classes that are hidden from them stand as dots. A value of
 * which nobody knows what it is could be of any class, and is shown only to who may see all of them.
 */
export function showOperation(operation: HeldOperation, reader: RevealedClasses): ShownOperation {
  const original = hideFrom(reader, operation.text, operation.literals);
  const { changes, context } = operation;
  const parameters = operation.parameters.map((parameter) => showParameter(parameter, reader));
  // The digest of a request is that of its whole query, too.
  const isWhole = original.hidden.length === 0 && !parameters.some(({ hidden }) => hidden);
  return {
    protocol: operation.protocol,
    at: operation.at,
    original,
    // Laid out as SQL, a command would say something else.
    formatted: operation.protocol === 'postgres' ? layOutStatement(original) : original,
    ...(isWhole && { textSha256: operation.textSha256 }),
    parameters,
    actions: operation.actions,
    facts: showFacts(operation.facts),
    relations: operation.relations,
    classesTouched: operation.classesTouched,
    estimatedRows: operation.estimatedRows ?? null,
    ...(context && { context: showContext(context, reader) }),
    ...(changes && { changes: changes.map((change) => showChange(change, reader)) }),
  };
}

function isShown(className: string | undefined, { names, areAll }: RevealedClasses): boolean {
  return areAll || (className !== undefined && names.has(className));
}

function hideFrom(
  reader: RevealedClasses,
  text: string,
  literals: readonly HeldLiteral[],
): ShownText {
  return hideLiterals(text, literals, (className) => isShown(className, reader));
}

function showParameter(
  { text, className }: HeldParameter,
  reader: RevealedClasses,
): ShownParameter {
  const named = className === undefined ? {} : { className };
  if (text === undefined) return { value: null, hidden: false, ...named };
  return isShown(className, reader)
    ? { value: text, hidden: false, ...named }
    : { value: HIDDEN, hidden: true, ...named };
}

function showContext(context: HeldContext, reader: RevealedClasses): ShownContext {
  const { searchPath, settings } = context;
  return {
    ...context,
    searchPath: searchPath ?? null,
    settings: settings.map(({ text, literals }) => hideFrom(reader, text, literals)),
  };
}

function showChange(change: TableChange, { areAll }: RevealedClasses): ShownChange {
  const { relation, inserted, updated, deleted, columns, samples } = change;
  const row = (values: readonly (string | undefined)[] | undefined) =>
    values?.map((value) => value ?? null) ?? null;
  return {
    relation,
    inserted,
    updated,
    deleted,
    columns,
    // They are masked for the requester, who may see more than the reader.
    samples: areAll
      ? samples.map(({ before, after }) => ({ before: row(before), after: row(after) }))
      : [],
  };
}

/** Those that the contract can say; all facts of policies are of these kinds. */
function showFacts(facts: Readonly<Record<string, unknown>>): ShownFacts {
  const shown: Record<string, ShownFacts[string]> = {};
  for (const [name, fact] of Object.entries(facts)) {
    if (typeof fact === 'boolean' || typeof fact === 'number' || typeof fact === 'string') {
      shown[name] = fact;
    } else if (Array.isArray(fact)) {
      shown[name] = fact.map(String);
    }
  }
  return shown;
}
