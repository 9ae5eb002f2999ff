import { z } from 'zod';

/**
 * One thing that happened in a recorded session, in order. A recording is sent as one JSON object a
 * line. `atMs` counts from the session's start.
 *
 * Values are as they were shown, with all the control characters a hostile row can hold: whoever
 * prints them escapes them.
 */
export type PlaybackEvent =
  | {
      readonly kind: 'statement';
      readonly atMs: number;
      readonly text: string;
      /** Values of a prepared statement's parameters, where they could be decoded. */
      readonly parameters?: readonly (string | null)[] | undefined;
    }
  | { readonly kind: 'columns'; readonly atMs: number; readonly names: readonly string[] }
  | { readonly kind: 'row'; readonly atMs: number; readonly values: readonly (string | null)[] }
  /** A statement ended; `tag` is the protocol's, such as `SELECT 3`. */
  | { readonly kind: 'done'; readonly atMs: number; readonly tag: string }
  | {
      readonly kind: 'error' | 'notice';
      readonly atMs: number;
      readonly severity: string;
      readonly code: string;
      readonly message: string;
      readonly detail?: string | undefined;
      readonly hint?: string | undefined;
    }
  /** Bytes of COPY data, or anything else that is not rows. */
  | { readonly kind: 'data'; readonly atMs: number; readonly bytes: number }
  /** The recording's limit was reached; what came after is only counted. */
  | { readonly kind: 'cut'; readonly atMs: number }
  | ChannelEvent;

/** Where something happened in a session of SSH. */
interface InChannel {
  readonly atMs: number;
  /** Number of the channel; a number may be used again once its channel is closed. */
  readonly channel: number;
}

/** One thing that happened in a channel of SSH, or in an exchange of HTTP, whose number is the channel's. */
export type ChannelEvent =
  | (InChannel & {
      readonly kind: 'opened';
      readonly what: 'exec' | 'shell' | 'subsystem' | 'forward' | 'request';
      /** The command, the subsystem's name, where to, or what is asked for; empty for a shell. */
      readonly text: string;
      /** The user on the host; empty where there is none. */
      readonly account: string;
      /** The client's terminal, if it has one. */
      readonly terminal?: { readonly columns: number; readonly rows: number } | undefined;
    })
  /** What a program wrote, with all its escape sequences. */
  | (InChannel & {
      readonly kind: 'output';
      readonly stream: 'stdout' | 'stderr';
      readonly text: string;
    })
  | (InChannel & { readonly kind: 'input'; readonly text: string })
  | (InChannel & { readonly kind: 'resize'; readonly columns: number; readonly rows: number })
  | (InChannel & {
      readonly kind: 'exit';
      readonly status?: number | undefined;
      readonly signal?: string | undefined;
    })
  /** A file, or an entry of a directory, was done something with. */
  | (InChannel & {
      readonly kind: 'file';
      /** As in policies: `ssh.sftp.read`, `http.get`, … */
      readonly action: string;
      readonly via: 'sftp' | 'scp' | 'rsync' | 'http';
      readonly path: string;
      readonly newPath?: string | undefined;
      readonly outcome: 'done' | 'refused' | 'failed' | 'cut';
      readonly bytes?: number | undefined;
      /** Hex, of the whole file. */
      readonly sha256?: string | undefined;
    })
  /** A line that was typed in a shell. */
  | (InChannel & {
      readonly kind: 'command';
      readonly text: string;
      readonly decision: 'allow' | 'review' | 'deny';
    })
  /** Somebody takes part in a shell of another. What is typed between `took` and `gave` is the guest's. */
  | (InChannel & {
      readonly kind: 'guest';
      /** Of the principal. */
      readonly id: string;
      readonly name: string;
      readonly what: 'joined' | 'took' | 'gave' | 'left';
    })
  | ScreenEvent;

/** What a terminal shows, drawn by the gateway: in place of `output` and `resize`, if that is asked for. */
export interface ScreenEvent extends InChannel, DrawnScreen {}

export interface DrawnScreen {
  readonly kind: 'screen';
  readonly columns: number;
  readonly rows: number;
  /** Rows that are not as they were before; those left out are. */
  readonly changed: readonly ScreenRowView[];
  readonly cursor: { readonly row: number; readonly column: number };
}

export interface ScreenRowView {
  /** From the top, which is 0. */
  readonly row: number;
  /** From the left; what is behind the last is blank. */
  readonly runs: readonly ScreenRun[];
}

/** Characters that look alike. */
export interface ScreenRun {
  readonly text: string;
  /** `#rrggbb`, as `background`; the terminal's own when absent. */
  readonly foreground?: string | undefined;
  readonly background?: string | undefined;
  readonly isBold?: boolean | undefined;
  readonly isUnderlined?: boolean | undefined;
  /** Whether both colours change places. */
  readonly isInverse?: boolean | undefined;
}

const atMs = z.number().min(0);
const channel = z.int().min(0);
const inChannel = { atMs, channel };
const size = { columns: z.int().min(0), rows: z.int().min(0) };
const colour = z.string().regex(/^#[0-9a-f]{6}$/);
const value = z.union([z.string(), z.null()]);

const screenRow = z.object({
  row: z.int().min(0),
  runs: z.array(
    z.object({
      text: z.string(),
      foreground: colour.optional(),
      background: colour.optional(),
      isBold: z.boolean().optional(),
      isUnderlined: z.boolean().optional(),
      isInverse: z.boolean().optional(),
    }),
  ),
});

/** What a drawn screen is checked by. */
export const drawnScreenFields: {
  readonly [field in Exclude<keyof DrawnScreen, 'kind'>]: z.ZodType<DrawnScreen[field]>;
} = {
  ...size,
  changed: z.array(screenRow),
  cursor: z.object({ row: z.int().min(0), column: z.int().min(0) }),
};

/** Checks one line of a recording. */
export const playbackEventSchema: z.ZodType<PlaybackEvent> = z
  .discriminatedUnion('kind', [
    z.object({
      kind: z.literal('statement'),
      atMs,
      text: z.string(),
      parameters: z.array(value).optional(),
    }),
    z.object({ kind: z.literal('columns'), atMs, names: z.array(z.string()) }),
    z.object({ kind: z.literal('row'), atMs, values: z.array(value) }),
    z.object({ kind: z.literal('done'), atMs, tag: z.string() }),
    z.object({
      kind: z.enum(['error', 'notice']),
      atMs,
      severity: z.string(),
      code: z.string(),
      message: z.string(),
      detail: z.string().optional(),
      hint: z.string().optional(),
    }),
    z.object({ kind: z.literal('data'), atMs, bytes: z.int().min(0) }),
    z.object({ kind: z.literal('cut'), atMs }),
    z.object({
      kind: z.literal('opened'),
      ...inChannel,
      what: z.enum(['exec', 'shell', 'subsystem', 'forward', 'request']),
      text: z.string(),
      account: z.string(),
      terminal: z.object(size).optional(),
    }),
    z.object({
      kind: z.literal('output'),
      ...inChannel,
      stream: z.enum(['stdout', 'stderr']),
      text: z.string(),
    }),
    z.object({ kind: z.literal('input'), ...inChannel, text: z.string() }),
    z.object({ kind: z.literal('resize'), ...inChannel, ...size }),
    z.object({
      kind: z.literal('exit'),
      ...inChannel,
      status: z.int().min(0).optional(),
      signal: z.string().optional(),
    }),
    z.object({
      kind: z.literal('file'),
      ...inChannel,
      action: z.string(),
      via: z.enum(['sftp', 'scp', 'rsync', 'http']),
      path: z.string(),
      newPath: z.string().optional(),
      outcome: z.enum(['done', 'refused', 'failed', 'cut']),
      bytes: z.int().min(0).optional(),
      sha256: z.string().optional(),
    }),
    z.object({
      kind: z.literal('command'),
      ...inChannel,
      text: z.string(),
      decision: z.enum(['allow', 'review', 'deny']),
    }),
    z.object({
      kind: z.literal('guest'),
      ...inChannel,
      id: z.string(),
      name: z.string(),
      what: z.enum(['joined', 'took', 'gave', 'left']),
    }),
    z.object({ kind: z.literal('screen'), ...inChannel, ...drawnScreenFields }),
  ])
  .meta({ id: 'PlaybackEvent' });

/** Where to begin. */
export interface RecordingQuery {
  /** Milliseconds since the session's start; default: 0. */
  readonly from?: number | undefined;
  /** `screens`: terminals are drawn by the gateway. Default: `output`, what programs wrote to them. */
  readonly terminals?: 'output' | 'screens' | undefined;
}

/** How a session is watched while it runs. */
export type LiveQuery = Pick<RecordingQuery, 'terminals'>;

const terminals = z.enum(['output', 'screens']);

/** Checks the parameters of a recording: they arrive as text. */
export const recordingQuerySchema: z.ZodType<RecordingQuery> = z.strictObject({
  from: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
  terminals: terminals.optional(),
});

/** Checks the parameters of a live view. */
export const liveQuerySchema: z.ZodType<LiveQuery> = z.strictObject({
  terminals: terminals.optional(),
});
