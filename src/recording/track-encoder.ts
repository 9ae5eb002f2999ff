/** How the chunks of a recording become the bytes of its file. */
export interface TrackEncoder {
  /** Something was encoded that is in no bytes yet. */
  readonly isHolding: boolean;
  /** Takes a chunk as a zstd frame; returns what is to be appended now, possibly nothing. */
  encode(compressed: Buffer, rawBytes: number): Buffer;
  /** What was held back, so that a process that is killed does not take it along. */
  flush(): Buffer;
  /** The last bytes of the file. */
  end(): Buffer;
}
