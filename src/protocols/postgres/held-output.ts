/** A message that may leave only once its operation is sealed. */
interface HeldMessage {
  /** What to send: the message, or what takes its place when sealing failed. */
  bytes: Buffer;
  isSealed: boolean;
}

/**
 * What goes to the target, in order, where some of it waits for the ledger.
 *
 * Everything that arrived in one read leaves in one write, once all of its operations are sealed:
 * so nothing of an operation (not even its Bind) is seen by the target before it is in the ledger.
 */
export class HeldOutput {
  readonly #write: (bytes: Buffer, start: number, end: number) => void;
  /** One group for each read of the client's bytes; the last one is still being filled. */
  readonly #groups: HeldMessage[][] = [];
  #open: HeldMessage[] | undefined;
  #isAnnounced = false;
  #heldBytes = 0;

  constructor(write: (bytes: Buffer, start: number, end: number) => void) {
    this.#write = write;
  }

  /** Bytes that wait for the ledger. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Begins the group of one read. */
  begin(): void {
    this.#open = [];
  }

  /** A message that waits will follow: what comes before it in this read waits with it. */
  announce(): void {
    this.#isAnnounced = true;
  }

  /** Bytes that need no seal of their own, `buffer[start, end)`, only lent. */
  offer(buffer: Buffer, start: number, end: number): void {
    if (this.#groups.length > 0 || this.#isAnnounced) {
      this.#push({ bytes: Buffer.from(buffer.subarray(start, end)), isSealed: true });
    } else {
      // Nothing waits, so nothing has to be copied: the common case of bulk data.
      this.#write(buffer, start, end);
    }
  }

  /**
   * A message that waits.
   *
   * @returns To be called once: with nothing when it is sealed, with what takes its place if that failed.
   */
  hold(message: Buffer): (instead: Buffer | undefined) => void {
    const held: HeldMessage = { bytes: message, isSealed: false };
    this.#push(held);
    return (instead) => {
      if (instead !== undefined) {
        this.#heldBytes += instead.length - held.bytes.length;
        held.bytes = instead;
      }
      held.isSealed = true;
      if (this.#open === undefined) this.#flush();
    };
  }

  /** Ends the group of one read, and writes what waits for nothing. */
  end(): void {
    const group = this.#open;
    this.#open = undefined;
    this.#isAnnounced = false;
    if (group !== undefined && group.length > 0) this.#groups.push(group);
    this.#flush();
  }

  #push(held: HeldMessage): void {
    this.#heldBytes += held.bytes.length;
    if (this.#open === undefined) this.#groups.push([held]);
    else this.#open.push(held);
  }

  #flush(): void {
    const ready: Buffer[] = [];
    while (this.#groups.length > 0) {
      const group = this.#groups[0] as HeldMessage[];
      if (!group.every(({ isSealed }) => isSealed)) break;
      this.#groups.shift();
      for (const { bytes } of group) ready.push(bytes);
    }
    if (ready.length === 0) return;
    const bytes = ready.length === 1 ? (ready[0] as Buffer) : Buffer.concat(ready);
    this.#heldBytes -= bytes.length;
    this.#write(bytes, 0, bytes.length);
  }
}
