import type { Screen } from '../terminal/screen.ts';
import { describeRow } from './describe-row.ts';
import type { ScreenEvent } from './recorded-event.ts';

/** What a screen shows, as far as it has changed. */
export type DrawnScreen = Pick<ScreenEvent, 'columns' | 'rows' | 'changed' | 'cursor'>;

/** Draws one screen again and again: each time the rows that are not as they were the time before. */
export class ScreenDrawer {
  /** By row: what was drawn last, as text to compare. */
  #drawn: string[] = [];

  draw(screen: Screen): DrawnScreen {
    const { cursor, rows } = screen.buffer;
    const changed: DrawnScreen['changed'][number][] = [];
    const drawn: string[] = [];
    for (const [row, cells] of rows.entries()) {
      const runs = describeRow(screen, cells);
      const text = JSON.stringify(runs);
      if (text !== (this.#drawn[row] ?? '[]')) changed.push({ row, runs });
      drawn.push(text);
    }
    this.#drawn = drawn;
    return {
      columns: screen.columns,
      rows: screen.rowCount,
      changed,
      cursor: { row: cursor.row, column: Math.min(cursor.column, screen.columns - 1) },
    };
  }
}
