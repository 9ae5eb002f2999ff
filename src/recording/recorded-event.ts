/**
 * One thing that happened in a recorded session, whatever its protocol. `atMs` counts from the
 * session's start. Values are as they were shown, control characters included.
 */
export type RecordedEvent =
  | {
      readonly kind: 'statement';
      readonly atMs: number;
      readonly text: string;
      readonly parameters?: readonly (string | null)[];
    }
  | { readonly kind: 'columns'; readonly atMs: number; readonly names: readonly string[] }
  | { readonly kind: 'row'; readonly atMs: number; readonly values: readonly (string | null)[] }
  | { readonly kind: 'done'; readonly atMs: number; readonly tag: string }
  | {
      readonly kind: 'error' | 'notice';
      readonly atMs: number;
      readonly severity: string;
      readonly code: string;
      readonly message: string;
      readonly detail?: string;
      readonly hint?: string;
    }
  | { readonly kind: 'data'; readonly atMs: number; readonly bytes: number }
  | { readonly kind: 'cut'; readonly atMs: number }
  | ChannelEvent;

/** Where something happened in a session that does several things at a time. */
interface InChannel {
  readonly atMs: number;
  /** Number of the channel; a number may be used again once its channel is closed. */
  readonly channel: number;
}

/** One thing that happened in a channel of SSH, or in an exchange of HTTP, whose number is the channel's. */
export type ChannelEvent =
  | OpenedEvent
  | (InChannel & {
      readonly kind: 'output';
      readonly stream: 'stdout' | 'stderr';
      readonly text: string;
    })
  | (InChannel & { readonly kind: 'input'; readonly text: string })
  | (InChannel & { readonly kind: 'resize'; readonly columns: number; readonly rows: number })
  /** One of both is there. */
  | (InChannel & { readonly kind: 'exit'; readonly status?: number; readonly signal?: string })
  | FileEvent
  | GuestMoveEvent
  /** A line that was typed in a shell. */
  | (InChannel & {
      readonly kind: 'command';
      readonly text: string;
      readonly decision: 'allow' | 'review' | 'deny';
    });

/** A channel was opened. */
export interface OpenedEvent extends InChannel {
  readonly kind: 'opened';
  readonly what: 'exec' | 'shell' | 'subsystem' | 'forward' | 'request';
  /** The command, the subsystem's name, where to, or what is asked for; empty for a shell. */
  readonly text: string;
  /** The user on the host; empty where there is none. */
  readonly account: string;
  /** The client's terminal, if it has one. */
  readonly terminal?: { readonly columns: number; readonly rows: number };
}

/** What a terminal shows, drawn from its output. */
export interface ScreenEvent extends InChannel {
  readonly kind: 'screen';
  readonly columns: number;
  readonly rows: number;
  /** Rows that are not as they were before. */
  readonly changed: readonly { readonly row: number; readonly runs: readonly ScreenRun[] }[];
  readonly cursor: { readonly row: number; readonly column: number };
}

/** Characters that look alike. */
export interface ScreenRun {
  readonly text: string;
  /** `#rrggbb`, as `background`; the terminal's own when absent. */
  readonly foreground?: string;
  readonly background?: string;
  readonly isBold?: true;
  readonly isUnderlined?: true;
  readonly isInverse?: true;
}

/** Somebody takes part in a shell of another. What is typed between `took` and `gave` is the guest's. */
export interface GuestMoveEvent extends InChannel {
  readonly kind: 'guest';
  /** Of the principal. */
  readonly id: string;
  readonly name: string;
  readonly what: 'joined' | 'took' | 'gave' | 'left';
}

/** A file, or an entry of a directory, was done something with. */
export interface FileEvent extends InChannel {
  readonly kind: 'file';
  /** As in policies: `ssh.sftp.read`, `http.get`, … */
  readonly action: string;
  readonly via: 'sftp' | 'scp' | 'rsync' | 'http';
  readonly path: string;
  readonly newPath?: string;
  readonly outcome: 'done' | 'refused' | 'failed' | 'cut';
  /** Bytes that went by. */
  readonly bytes?: number;
  /** Hex, of the whole file. */
  readonly sha256?: string;
}

/** A stretch of bytes as it went over the wire. */
export interface RecordedBytes {
  readonly direction: 'sent' | 'shown';
  readonly atMs: number;
  readonly bytes: Buffer;
}
