/** What was read from the client at once. */
interface Group {
  readonly pieces: Piece[];
  /** Operations in it that are not sealed yet. */
  waiting: number;
  /** The read after it. */
  next: Group | undefined;
}

/** A stretch of messages. */
interface Piece {
  readonly bytes: Buffer;
  /** Messages that could not be sealed, and what takes their place. */
  edits: Edit[] | undefined;
}

/** Offsets are those of the stretch as it was. */
interface Edit {
  readonly start: number;
  readonly end: number;
  readonly instead: Buffer;
}

/** A stretch that waits. To be called once for each of its operations: with nothing when it is sealed. */
export type Release = (unsealed: Edit | undefined) => void;

/** Where bytes go: lent ones have to be copied by whoever takes them, owned ones need not. */
export interface HeldOutputSink {
  write(bytes: Buffer, start: number, end: number): void;
  writeOwned(bytes: Buffer): void;
}

/**
 * What goes to the target, in order, where some of it waits for the ledger.
 *
 * Everything that arrived in one read leaves in one write, once all of its operations are sealed:
 * so nothing of an operation (not even its Bind) is seen by the target before it is in the ledger.
 */
export class HeldOutput {
  readonly #sink: HeldOutputSink;
  #oldest: Group | undefined;
  #newest: Group | undefined;
  /** The group of the read at hand. */
  #open: Group | undefined;
  #heldBytes = 0;

  constructor(sink: HeldOutputSink) {
    this.#sink = sink;
  }

  /** Bytes that wait for the ledger. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Begins the group of one read. */
  begin(): void {
    this.#open = undefined;
  }

  /** Messages without an operation, `buffer[start, end)`, only lent. */
  offer(buffer: Buffer, start: number, end: number): void {
    if (this.#oldest === undefined) {
      // Nothing waits, so nothing has to be copied: the common case of bulk data.
      this.#sink.write(buffer, start, end);
    } else {
      this.#add(copyOf(buffer, start, end), 0);
    }
  }

  /** Messages with `operations` that have to be sealed, `buffer[start, end)`, only lent. */
  hold(buffer: Buffer, start: number, end: number, operations: number): Release {
    const [group, piece] = this.#add(copyOf(buffer, start, end), operations);
    return (unsealed) => {
      if (unsealed !== undefined) {
        piece.edits ??= [];
        piece.edits.push(unsealed);
      }
      group.waiting -= 1;
      if (group.waiting === 0 && group !== this.#open) this.#flush();
    };
  }

  /** Ends the group of one read, and writes what waits for nothing. */
  end(): void {
    const group = this.#open;
    this.#open = undefined;
    if (group?.waiting === 0) this.#flush();
  }

  #add(bytes: Buffer, waiting: number): readonly [Group, Piece] {
    const piece: Piece = { bytes, edits: undefined };
    this.#heldBytes += bytes.length;
    if (this.#open !== undefined) {
      this.#open.pieces.push(piece);
      this.#open.waiting += waiting;
      return [this.#open, piece];
    }
    const group: Group = { pieces: [piece], waiting, next: undefined };
    if (this.#newest === undefined) this.#oldest = group;
    else this.#newest.next = group;
    this.#newest = group;
    this.#open = group;
    return [group, piece];
  }

  #flush(): void {
    const first = this.#takeReady();
    if (first === undefined) return;
    const [only, second] = first.pieces;
    const isWhole = only !== undefined && second === undefined && only.edits === undefined;
    if (isWhole && !this.#isOldestReady) {
      // Nearly always: one read, one stretch, sealed as it was.
      this.#sink.writeOwned(only.bytes);
      return;
    }
    const ready: Buffer[] = [];
    for (let group: Group | undefined = first; group !== undefined; group = this.#takeReady()) {
      for (const one of group.pieces) appendPiece(ready, one);
    }
    if (ready.length === 0) return;
    this.#sink.writeOwned(ready.length === 1 ? (ready[0] as Buffer) : Buffer.concat(ready));
  }

  get #isOldestReady(): boolean {
    return this.#oldest?.waiting === 0 && this.#oldest !== this.#open;
  }

  /** The oldest read, if nothing of it waits any more. */
  #takeReady(): Group | undefined {
    const group = this.#oldest;
    if (group === undefined || !this.#isOldestReady) return undefined;
    this.#oldest = group.next;
    if (group.next === undefined) this.#newest = undefined;
    for (const { bytes } of group.pieces) this.#heldBytes -= bytes.length;
    return group;
  }
}

function copyOf(buffer: Buffer, start: number, end: number): Buffer {
  const copy = Buffer.allocUnsafe(end - start);
  buffer.copy(copy, 0, start, end);
  return copy;
}

function appendPiece(ready: Buffer[], { bytes, edits }: Piece): void {
  let offset = 0;
  const inOrder = edits?.toSorted((one, other) => one.start - other.start) ?? [];
  for (const { start, end, instead } of inOrder) {
    if (start > offset) ready.push(bytes.subarray(offset, start));
    ready.push(instead);
    offset = end;
  }
  if (offset < bytes.length) ready.push(offset === 0 ? bytes : bytes.subarray(offset));
}
