import type { OutputDetectors } from '../../masking/detectors/open-tail.ts';
import { StreamMask } from '../../terminal/stream-mask.ts';
import type { ChannelContext, ChannelEnds, OutputStream } from './channel-handler.ts';
import { findOutputDetectors, HOLD_MS } from './find-output-detectors.ts';
import { GatheredOutput } from './gathered-output.ts';

/** One of the streams of a program without a terminal: as it is, or masked, as the policies have it at the moment. */
export class StreamResults {
  readonly #context: ChannelContext;
  readonly #ends: Pick<ChannelEnds, 'toClient'>;
  readonly #stream: OutputStream;
  #detectors: OutputDetectors | undefined;
  #mask: StreamMask | undefined;
  /** What is looked through is gathered; what is shown as it is goes on at once. */
  readonly #gathered: GatheredOutput;
  #stopWaiting: (() => void) | undefined;

  constructor(context: ChannelContext, ends: Pick<ChannelEnds, 'toClient'>, stream: OutputStream) {
    this.#context = context;
    this.#ends = ends;
    this.#stream = stream;
    this.#gathered = new GatheredOutput(context, (bytes) => this.#take(bytes));
  }

  deliver(bytes: Buffer): void {
    if (this.#mask === undefined && this.#gathered.isEmpty) this.#take(bytes);
    else this.#gathered.push(bytes);
  }

  end(): void {
    this.#gathered.flush();
    this.#endMask();
  }

  close(): void {
    this.#gathered.close();
    this.#stopHolding();
  }

  #take(bytes: Buffer): void {
    this.#followRights();
    this.#show(this.#mask?.push(bytes) ?? bytes);
  }

  #endMask(): void {
    this.#stopHolding();
    const rest = this.#mask?.end();
    if (rest !== undefined && rest.length > 0) this.#ends.toClient(rest, this.#stream);
  }

  #stopHolding(): void {
    this.#stopWaiting?.();
    this.#stopWaiting = undefined;
  }

  /** Grants begin and end, and policies change, while a program runs. */
  #followRights(): void {
    const detectors = findOutputDetectors(this.#context);
    if (detectors === this.#detectors) return;
    this.#endMask();
    this.#detectors = detectors;
    this.#mask = detectors === undefined ? undefined : new StreamMask(detectors);
  }

  #show(bytes: Buffer): void {
    if (bytes.length > 0) this.#ends.toClient(bytes, this.#stream);
    if (this.#mask?.isHolding !== true) return this.#stopHolding();
    this.#stopWaiting ??= this.#context.schedule(HOLD_MS, () => {
      this.#stopWaiting = undefined;
      const held = this.#mask?.flush();
      if (held !== undefined && held.length > 0) this.#ends.toClient(held, this.#stream);
    });
  }
}
