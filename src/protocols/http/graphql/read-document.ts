import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
  parse,
  type SelectionSetNode,
  visit,
} from 'graphql';
import type { GraphqlSelection } from '../../../masking/bodies/graphql-selection.ts';

const TOKENS_MAX = 20_000;
/** Fields within each other. */
const DEPTH_MAX = 50;
/** Fields of one operation, once its fragments are expanded: each may be asked for many times. */
const FIELDS_MAX = 5_000;
/** Characters of the paths that lead to them, by which they are known. */
const PATHS_LENGTH_MAX = 1_000_000;

/** One operation of a document. */
export interface GraphqlOperation {
  readonly type: 'query' | 'mutation' | 'subscription';
  /** "" where it has none. */
  readonly name: string;
  readonly selections: readonly GraphqlSelection[];
  /** Names of arguments, of fields of input objects and of values of enumerations, anywhere in the document. */
  readonly inputNames: readonly string[];
  /** Whether some of the response may come later, and in another form. */
  readonly isIncremental: boolean;
}

/** See https://github.com/graphql/defer-stream-wg. */
const INCREMENTAL: ReadonlySet<string> = new Set(['defer', 'stream']);

/**
 * Reads the operation that is to run. What directives leave out, and types that do not apply, are read as if they were there.
 *
 * @param operationName Undefined: the document has one operation.
 * @returns Undefined if it cannot be told, or asks for too much.
 */
export function readDocument(
  text: string,
  operationName: string | undefined,
): GraphqlOperation | undefined {
  const document = parseOrNothing(text);
  if (document === undefined) return undefined;
  const operations = document.definitions.filter(
    (one): one is OperationDefinitionNode => one.kind === Kind.OPERATION_DEFINITION,
  );
  const chosen = operations.filter(
    ({ name }) => operationName === undefined || name?.value === operationName,
  );
  const [operation] = chosen;
  if (operation === undefined || chosen.length > 1) return undefined;
  const selections = new Expansion(document).expand(operation.selectionSet);
  if (selections === undefined) return undefined;
  return {
    ...{ type: operation.operation, name: operation.name?.value ?? '', selections },
    inputNames: listInputNames(document),
    isIncremental: hasIncremental(document),
  };
}

function hasIncremental(document: DocumentNode): boolean {
  let isFound = false;
  visit(document, {
    Directive: ({ name }) => {
      isFound ||= INCREMENTAL.has(name.value);
    },
  });
  return isFound;
}

function listInputNames(document: DocumentNode): readonly string[] {
  const names = new Set<string>();
  visit(document, {
    Argument: ({ name }) => void names.add(name.value),
    ObjectField: ({ name }) => void names.add(name.value),
    EnumValue: ({ value }) => void names.add(value),
  });
  return [...names];
}

function parseOrNothing(text: string): DocumentNode | undefined {
  try {
    return parse(text, { maxTokens: TOKENS_MAX, noLocation: true });
  } catch (error) {
    // The parser calls itself for what is within something else.
    if (error instanceof GraphQLError || error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Where in an operation a set of fields stands. */
interface Place {
  readonly depth: number;
  /** Characters of the names that lead there. */
  readonly pathLength: number;
}

class Expansion {
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  #count = 0;
  #pathsLength = 0;
  #isWhole = true;

  constructor({ definitions }: DocumentNode) {
    const fragments = definitions.filter(
      (one): one is FragmentDefinitionNode => one.kind === Kind.FRAGMENT_DEFINITION,
    );
    this.#fragments = new Map(fragments.map((one) => [one.name.value, one]));
    // Which of two fragments of one name is meant, servers decide.
    this.#isWhole = this.#fragments.size === fragments.length;
  }

  /** Undefined if there is too much of it, or a fragment is missing or within itself. */
  expand(set: SelectionSetNode): readonly GraphqlSelection[] | undefined {
    const selections = this.#expand(set, { depth: 0, pathLength: 0 });
    return this.#isWhole ? selections : undefined;
  }

  #expand({ selections }: SelectionSetNode, around: Place): readonly GraphqlSelection[] {
    if (around.depth > DEPTH_MAX) this.#isWhole = false;
    if (!this.#isWhole) return [];
    const within = { ...around, depth: around.depth + 1 };
    return selections.flatMap((selection) => {
      this.#count += 1;
      if (this.#count > FIELDS_MAX) this.#isWhole = false;
      if (!this.#isWhole) return [];
      switch (selection.kind) {
        case Kind.FIELD: {
          const { selectionSet } = selection;
          const name = selection.name.value;
          const key = selection.alias?.value ?? name;
          const pathLength = around.pathLength + Math.max(name.length, key.length);
          this.#pathsLength += pathLength;
          if (this.#pathsLength > PATHS_LENGTH_MAX) this.#isWhole = false;
          if (selectionSet === undefined) return [{ name, key, selections: [] }];
          return [{ name, key, selections: this.#expand(selectionSet, { ...within, pathLength }) }];
        }
        case Kind.INLINE_FRAGMENT:
          return this.#expand(selection.selectionSet, within);
        case Kind.FRAGMENT_SPREAD: {
          const fragment = this.#fragments.get(selection.name.value);
          if (fragment !== undefined) return this.#expand(fragment.selectionSet, within);
          this.#isWhole = false;
          return [];
        }
      }
    });
  }
}
