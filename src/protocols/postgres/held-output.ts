/** What was read from the client at once. */
interface Group {
  readonly pieces: Piece[];
  /** Operations in it that are not sealed yet. */
  waiting: number;
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
  readonly #groups: Group[] = [];
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
    if (this.#groups.length === 0 && this.#open === undefined) {
      // Nothing waits, so nothing has to be copied: the common case of bulk data.
      this.#sink.write(buffer, start, end);
    } else {
      this.#add(Buffer.from(buffer.subarray(start, end)), 0);
    }
  }

  /** Messages with `operations` that have to be sealed, `buffer[start, end)`, only lent. */
  hold(buffer: Buffer, start: number, end: number, operations: number): Release {
    const [group, piece] = this.#add(Buffer.from(buffer.subarray(start, end)), operations);
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
    if (this.#open === undefined) {
      this.#open = { pieces: [piece], waiting };
      this.#groups.push(this.#open);
    } else {
      this.#open.pieces.push(piece);
      this.#open.waiting += waiting;
    }
    return [this.#open, piece];
  }

  #flush(): void {
    const [first] = this.#groups;
    if (this.#groups.length === 1 && first?.waiting === 0 && first !== this.#open) {
      // Nearly always: one read, one stretch, sealed as it was.
      const [piece] = first.pieces;
      if (first.pieces.length === 1 && piece !== undefined && piece.edits === undefined) {
        // Unlike `pop`, it gives the list's memory back: most sessions are idle.
        this.#groups.length = 0;
        this.#heldBytes -= piece.bytes.length;
        this.#sink.writeOwned(piece.bytes);
        return;
      }
    }
    const ready: Buffer[] = [];
    while (this.#groups[0]?.waiting === 0 && this.#groups[0] !== this.#open) {
      const group = this.#groups.shift() as Group;
      for (const piece of group.pieces) {
        this.#heldBytes -= piece.bytes.length;
        appendPiece(ready, piece);
      }
    }
    if (ready.length === 0) return;
    this.#sink.writeOwned(ready.length === 1 ? (ready[0] as Buffer) : Buffer.concat(ready));
  }
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
