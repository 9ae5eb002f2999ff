/** A place in a list that is ordered by time, newest first, then by id. */
export interface PageCursor {
  readonly atMs: number;
  readonly id: string;
}

/** As `parseCursor` reads it. */
export function formatCursor({ atMs, id }: PageCursor): string {
  return `${atMs}.${id}`;
}

/** A cursor that is none starts from the newest: it is a place in a list, not a permission. */
export function parseCursor(cursor: string | undefined): PageCursor | undefined {
  const match = /^(\d{1,15})\.(.+)$/.exec(cursor ?? '');
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  return { atMs: Number(match[1]), id: match[2] };
}

/** Cuts rows, one more of which was asked for than fit, to a page. */
export function toPage<Row, Item>(
  rows: readonly Row[],
  limit: number,
  {
    place,
    toItems,
  }: {
    readonly place: (row: Row) => PageCursor;
    readonly toItems: (rows: readonly Row[]) => readonly Item[];
  },
): { readonly items: readonly Item[]; readonly nextCursor: string | undefined } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const hasMore = rows.length > limit && last !== undefined;
  return { items: toItems(shown), nextCursor: hasMore ? formatCursor(place(last)) : undefined };
}
