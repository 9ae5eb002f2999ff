/** The streams of a remote command, as Kubernetes calls them. */
export type StreamName = 'stdin' | 'stdout' | 'stderr' | 'error' | 'resize';

/** What a client sends. */
export type SentStream = Extract<StreamName, 'stdin' | 'resize'>;
/** What a target sends. */
export type ShownStream = Exclude<StreamName, SentStream>;

/** Told what comes. Buffers are valid during the call only. */
export interface CarrierListener {
  sent(stream: SentStream, bytes: Buffer): void;
  /** The client sends nothing more on the stream. */
  sentEnd(stream: SentStream): void;
  shown(stream: ShownStream, bytes: Buffer): void;
  shownEnd(stream: ShownStream): void;
}

/**
 * How the streams of one remote command lie in one connection, and go into the other. Each of the first two throws a
 * `ProtocolError` if a side breaks its protocol: nothing more can be read of it then.
 */
export interface StreamCarrier {
  fromClient(bytes: Buffer): void;
  fromTarget(bytes: Buffer): void;
  send(stream: SentStream, bytes: Buffer): void;
  endSent(stream: SentStream): void;
  show(stream: ShownStream, bytes: Buffer): void;
  endShown(stream: ShownStream): void;
  /** Says to both sides that it is over, where they can be told. */
  farewell(): void;
}

/** Where a carrier writes: whole frames, in their order. */
export interface CarrierEnds {
  writeClient(bytes: Buffer): void;
  writeTarget(bytes: Buffer): void;
}
