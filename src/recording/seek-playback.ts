import type { RecordedEvent } from './recorded-event.ts';

/** What a terminal must have been told to show what it shows. */
const DRAWING: ReadonlySet<string> = new Set(['output', 'resize', 'exit']);

/**
 * Plays on from an instant of a recording. Rows that follow come with the columns of their result, however
 * long ago these were said, and what was written to a terminal comes whole.
 *
 * @param fromMs Since the session's start.
 */
export async function* seekPlayback(
  events: AsyncIterable<RecordedEvent>,
  fromMs: number,
): AsyncGenerator<RecordedEvent, void> {
  let columns: RecordedEvent | undefined;
  const terminals = new Set<number>();
  for await (const event of events) {
    if (event.atMs < fromMs) {
      if (event.kind === 'opened') {
        if (event.terminal === undefined) terminals.delete(event.channel);
        else terminals.add(event.channel);
      }
      const isTerminals = 'channel' in event && terminals.has(event.channel);
      if (isTerminals && (event.kind === 'opened' || DRAWING.has(event.kind))) yield event;
      if (event.kind === 'columns') columns = event;
      else if (event.kind === 'done' || event.kind === 'error') columns = undefined;
      continue;
    }
    if (columns !== undefined && event.kind === 'row') yield columns;
    columns = undefined;
    yield event;
  }
}
