import type { OutputDetectors } from '../../masking/detectors/open-tail.ts';
import type { EchoQueue } from '../../terminal/echo-queue.ts';
import { OutputMask } from '../../terminal/output-mask.ts';
import type { Screen } from '../../terminal/screen.ts';
import { ScreenOutput } from '../../terminal/screen-output.ts';
import type { TerminalOutput } from '../../terminal/terminal-output.ts';
import type { ChannelContext, ChannelEnds, TerminalSize } from './channel-handler.ts';
import { findOutputDetectors, HOLD_MS } from './find-output-detectors.ts';
import { GatheredOutput } from './gathered-output.ts';

/** Milliseconds until a screen has its new size, if nothing is drawn before. */
const RESIZE_MS = 50;

/** What the output of a terminal needs. */
export interface TerminalResultsParts {
  readonly context: ChannelContext;
  readonly size: TerminalSize;
  readonly ends: Pick<ChannelEnds, 'toClient'>;
  readonly echo: EchoQueue;
  /** More was drawn. */
  readonly onDrawn: () => void;
  /** All that was drawn has been shown, too. */
  readonly onShown: () => void;
}

/** What a terminal shows the client: as it is, or masked, as the policies have it at the moment. */
export class TerminalResults {
  readonly #parts: TerminalResultsParts;
  #size: TerminalSize;
  #detectors: OutputDetectors | undefined;
  #output: TerminalOutput;
  /** What is looked through is gathered; what is shown as it is goes on at once. */
  readonly #gathered: GatheredOutput;
  #stopWaiting: (() => void) | undefined;
  /** Set while the screen has not its new size yet. */
  #stopResizing: (() => void) | undefined;

  constructor(parts: TerminalResultsParts) {
    this.#parts = parts;
    this.#size = parts.size;
    this.#detectors = findOutputDetectors(parts.context);
    this.#output = this.#openOutput();
    this.#gathered = new GatheredOutput(parts.context, (bytes) => this.#draw(bytes));
  }

  /** As the program drew it. */
  get screen(): Screen {
    this.#gathered.flush();
    return this.#output.screen;
  }

  /** Whether the client sees less of the screen than was drawn. */
  get isHolding(): boolean {
    this.#gathered.flush();
    return this.#output.isHolding;
  }

  deliver(bytes: Buffer): void {
    if (this.#detectors === undefined && this.#gathered.isEmpty) this.#draw(bytes);
    else this.#gathered.push(bytes);
  }

  /** Tells the client something of the gateway's own. */
  insert(bytes: Buffer): void {
    this.#gathered.flush();
    this.#resizeNow();
    this.#show(this.#output.insert(bytes));
  }

  /** Shows what is held back, as stars where it is telling. */
  flush(): void {
    this.#gathered.flush();
    this.#show(this.#output.flush());
  }

  end(): void {
    this.#gathered.flush();
    this.#show(this.#output.end());
  }

  /** Counts for what is drawn next: a screen takes longer to change its size than clients take to ask for it. */
  resize(size: TerminalSize): void {
    this.#gathered.flush();
    this.#size = size;
    this.#stopResizing ??= this.#parts.context.schedule(RESIZE_MS, () => this.#resizeNow());
  }

  close(): void {
    this.#gathered.close();
    this.#stopWaiting?.();
    this.#stopResizing?.();
  }

  #draw(bytes: Buffer): void {
    this.#resizeNow();
    this.#followRights();
    this.#show(this.#output.push(bytes));
    this.#parts.onDrawn();
  }

  #resizeNow(): void {
    if (this.#stopResizing === undefined) return;
    this.#stopResizing();
    this.#stopResizing = undefined;
    this.#show(this.#output.resize(this.#size));
  }

  #openOutput(): TerminalOutput {
    const { echo } = this.#parts;
    return this.#detectors === undefined
      ? new ScreenOutput(this.#size, echo)
      : new OutputMask(this.#size, this.#detectors, echo);
  }

  /** Grants begin and end, and policies change, while a session runs. */
  #followRights(): void {
    const detectors = findOutputDetectors(this.#parts.context);
    if (detectors === this.#detectors) return;
    this.#show(this.#output.end());
    this.#detectors = detectors;
    this.#output = this.#openOutput();
  }

  #show(bytes: Buffer): void {
    if (bytes.length > 0) this.#parts.ends.toClient(bytes, 'stdout');
    if (!this.#output.isHolding) {
      this.#stopWaiting?.();
      this.#stopWaiting = undefined;
      this.#parts.onShown();
    } else {
      this.#stopWaiting ??= this.#parts.context.schedule(HOLD_MS, () => {
        this.#stopWaiting = undefined;
        this.#show(this.#output.flush());
      });
    }
  }
}
