/** A field that a GraphQL operation asks for; fragments are expanded. */
export interface GraphqlSelection {
  /** Of the field in the schema. */
  readonly name: string;
  /** Under which the response has it: its alias, or else its name. */
  readonly key: string;
  readonly selections: readonly GraphqlSelection[];
}

/** What the response to a GraphQL request is made of. */
export interface GraphqlShape {
  /** Of each operation. */
  readonly operations: readonly (readonly GraphqlSelection[])[];
  /** Whether the response is a list of results. */
  readonly isBatch: boolean;
  /** Names of what it is asked by: arguments, fields of input objects, values of enumerations, keys of variables. */
  readonly inputNames: readonly string[];
  /** Whether nothing but mutations is in it. */
  readonly isWrite: boolean;
}
