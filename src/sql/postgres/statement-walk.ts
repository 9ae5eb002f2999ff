import type { Node } from 'libpg-query';
import type { QueryWalker } from './query-walker.ts';
import type { StatementBuilder } from './statement-builder.ts';
import type { BodyOf, NodeKind } from './tree.ts';

/** What a handler of one kind of statement works with. */
export interface StatementWalk {
  readonly builder: StatementBuilder;
  readonly queries: QueryWalker;
  /** Notes all effects of a statement nested in this one. */
  readonly walkNested: (node: Node) => void;
  /** Analyses a nested statement apart: its effects come later, or never. */
  readonly analyseApart: (node: Node) => StatementBuilder;
}

/** Handlers by kind of statement. */
export type StatementHandlers = {
  readonly [K in NodeKind]?: (body: BodyOf<K>, walk: StatementWalk) => void;
};
