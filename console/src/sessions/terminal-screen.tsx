import type { CSSProperties, ReactElement } from 'react';
import type { ScreenRun } from '../../../src/api/playback-event.ts';
import type { ScreenView } from './channel-views.ts';

/**
 * A terminal as the gateway has drawn it. All of it is text to the browser: what the host wrote is neither markup
 * nor a sequence here.
 */
export function TerminalScreen({
  screen,
  showsCursor = false,
}: {
  readonly screen: ScreenView;
  readonly showsCursor?: boolean;
}): ReactElement {
  const { columns, rows, cursor } = screen;
  return (
    <section
      className="terminal"
      aria-label="Terminal"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what is wider than the page is scrolled by keys
      tabIndex={0}
    >
      {rows.map((runs, row) => (
        <div
          key={`row-${String(row)}`}
          className="terminal-row"
          style={{ minWidth: `${columns}ch` }}
        >
          {runs.map((run, index) => (
            <span key={`run-${String(index)}`} style={styleOf(run)}>
              {run.text}
            </span>
          ))}
          {runs.length === 0 && '\u00a0'}
          {showsCursor && row === cursor.row && (
            <span className="terminal-cursor" style={{ insetInlineStart: `${cursor.column}ch` }} />
          )}
        </div>
      ))}
    </section>
  );
}

const FOREGROUND = 'var(--terminal-foreground)';
const BACKGROUND = 'var(--terminal-background)';

function styleOf({
  foreground,
  background,
  isBold,
  isUnderlined,
  isInverse,
}: ScreenRun): CSSProperties {
  return {
    color: isInverse === true ? (background ?? BACKGROUND) : foreground,
    backgroundColor: isInverse === true ? (foreground ?? FOREGROUND) : background,
    fontWeight: isBold === true ? 'bold' : undefined,
    textDecoration: isUnderlined === true ? 'underline' : undefined,
  };
}
