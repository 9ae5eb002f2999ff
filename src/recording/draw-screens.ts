import { setImmediate, setTimeout } from 'node:timers/promises';
import { ScreenOutput } from '../terminal/screen-output.ts';
import type { OpenedEvent, RecordedEvent, ScreenEvent } from './recorded-event.ts';
import { ScreenDrawer } from './screen-drawer.ts';

/** Milliseconds: what is written in less is drawn at once. */
const FRAME_MS = 50;
/** Terminals of one session that are drawn at the same time; what others write is left out. */
const TERMINALS_MAX = 16;

/** Characters that are drawn in one go, about 3 ms: sessions share the event loop. */
const DRAWN_AT_ONCE_MAX = 16 * 1024;

const QUIET: unique symbol = Symbol('quiet');

/**
 * Draws what programs wrote to terminals, in place of their output: whoever shows it needs no terminal, and gets
 * no escape sequence to see. What had no terminal is as it was.
 *
 * @param fromMs What came before is drawn, and said once.
 */
export async function* drawScreens(
  events: AsyncIterable<RecordedEvent>,
  fromMs: number,
): AsyncGenerator<RecordedEvent | ScreenEvent, void> {
  const terminals = new Terminals();
  const iterator = events[Symbol.asyncIterator]();
  let pause: Promise<typeof QUIET> | undefined;
  let drawnLength = 0;
  try {
    let next = iterator.next();
    for (;;) {
      // Who watches live sees what was written last, even if nothing follows.
      if (terminals.areChanged) pause ??= quiet();
      const came = await (pause === undefined ? next : Promise.race([next, pause]));
      if (came === QUIET) {
        pause = undefined;
        yield* terminals.drawChanged();
        continue;
      }
      if (came.done === true) break;
      next = iterator.next();
      // Looked at when its turn comes.
      next.catch(() => undefined);
      yield* terminals.take(came.value, fromMs);
      drawnLength += came.value.kind === 'output' ? came.value.text.length : 0;
      if (drawnLength >= DRAWN_AT_ONCE_MAX) {
        drawnLength = 0;
        await setImmediate();
      }
    }
    yield* terminals.drawChanged();
  } finally {
    await iterator.return?.();
  }
}

/** The terminals of a session. */
class Terminals {
  /** By channel; undefined for those that are not drawn, or no longer. */
  readonly #byChannel = new Map<number, DrawnTerminal | undefined>();

  get areChanged(): boolean {
    return this.#drawn().some((terminal) => terminal.isChanged);
  }

  *drawChanged(): Generator<ScreenEvent> {
    for (const terminal of this.#drawn()) if (terminal.isChanged) yield terminal.draw();
  }

  *take(event: RecordedEvent, fromMs: number): Generator<RecordedEvent | ScreenEvent> {
    const isShown = event.atMs >= fromMs;
    if (isShown) {
      for (const terminal of this.#drawn()) {
        if (!terminal.isAnnounced) yield terminal.announce();
        if (terminal.isDue(event)) yield terminal.draw();
      }
    }
    if (!('channel' in event)) {
      if (isShown) yield event;
      return;
    }
    const { channel } = event;
    if (event.kind === 'opened') this.#open(event);
    const terminal = this.#byChannel.get(channel);
    const isDrawing = event.kind === 'output' || event.kind === 'resize';
    if (isDrawing && this.#byChannel.has(channel)) return terminal?.apply(event);
    if (event.kind === 'exit' && terminal !== undefined) this.#byChannel.set(channel, undefined);
    if (!isShown) return;
    if (event.kind === 'opened') terminal?.announce();
    yield event;
  }

  #open(event: OpenedEvent): void {
    this.#byChannel.delete(event.channel);
    if (event.terminal === undefined) return;
    const isDrawn = this.#drawn().length < TERMINALS_MAX;
    this.#byChannel.set(event.channel, isDrawn ? new DrawnTerminal(event) : undefined);
  }

  #drawn(): readonly DrawnTerminal[] {
    return [...this.#byChannel.values()].filter((terminal) => terminal !== undefined);
  }
}

class DrawnTerminal {
  isAnnounced = false;
  readonly #opened: OpenedEvent;
  readonly #output: ScreenOutput;
  readonly #drawer = new ScreenDrawer();
  /** When what was not drawn yet began, and when it ended. */
  #changedFromMs: number | undefined;
  #changedToMs = 0;

  constructor(opened: OpenedEvent) {
    this.#opened = opened;
    this.#output = new ScreenOutput(opened.terminal ?? { columns: 0, rows: 0 });
  }

  get isChanged(): boolean {
    return this.isAnnounced && this.#changedFromMs !== undefined;
  }

  announce(): OpenedEvent {
    this.isAnnounced = true;
    return this.#opened;
  }

  apply(event: RecordedEvent & { readonly kind: 'output' | 'resize' }): void {
    if (event.kind === 'output') this.#output.push(Buffer.from(event.text, 'utf8'));
    else this.#output.screen.resize(event);
    this.#changedFromMs ??= event.atMs;
    this.#changedToMs = event.atMs;
  }

  /** Whether to draw before an event: much time has passed, or it is about this channel and no output. */
  isDue(event: RecordedEvent): boolean {
    if (this.#changedFromMs === undefined) return false;
    if (event.atMs - this.#changedFromMs >= FRAME_MS) return true;
    const isOwn = 'channel' in event && event.channel === this.#opened.channel;
    return isOwn && event.kind !== 'output' && event.kind !== 'input';
  }

  draw(): ScreenEvent {
    this.#changedFromMs = undefined;
    const { channel } = this.#opened;
    return {
      kind: 'screen',
      atMs: this.#changedToMs,
      channel,
      ...this.#drawer.draw(this.#output.screen),
    };
  }
}

async function quiet(): Promise<typeof QUIET> {
  await setTimeout(FRAME_MS);
  return QUIET;
}
