/**
 * Plays on from an instant of a recording. Rows that follow come with the columns of their result, however
 * long ago these were said.
 *
 * @param fromMs Since the session's start.
 */
export async function* seekPlayback<Event extends { readonly kind: string; readonly atMs: number }>(
  events: AsyncIterable<Event>,
  fromMs: number,
): AsyncGenerator<Event, void> {
  let columns: Event | undefined;
  for await (const event of events) {
    if (event.atMs < fromMs) {
      if (event.kind === 'columns') columns = event;
      else if (event.kind === 'done' || event.kind === 'error') columns = undefined;
      continue;
    }
    if (columns !== undefined && event.kind === 'row') yield columns;
    columns = undefined;
    yield event;
  }
}
