import { StringDecoder } from 'node:string_decoder';
import type {
  ChannelEvent,
  OpenedEvent,
  RecordedBytes,
  RecordedEvent,
} from '../../recording/recorded-event.ts';
import { ProtocolError } from '../../wire/protocol-error.ts';
import { decodeUntilCut, type PlaybackDecoder } from '../decode-until-cut.ts';
import type { TerminalSize } from './channel-handler.ts';
import {
  type ChannelExit,
  type Frame,
  FrameKind,
  FrameReader,
  type OpenedChannel,
  type RecordedCommand,
  type RecordedFile,
  type RecordedGuest,
} from './recorded-frame.ts';

/** Turns the recorded frames of a session into what happened in it. Stops at bytes that make no sense. */
export function decodePlayback(
  recording: AsyncIterable<RecordedBytes>,
): AsyncGenerator<RecordedEvent, void> {
  return decodeUntilCut(recording, new FrameDecoder());
}

const STREAMS = ['stdin', 'stdout', 'stderr'] as const;
type Stream = (typeof STREAMS)[number];

class FrameDecoder implements PlaybackDecoder {
  readonly #readers = { sent: new FrameReader(), shown: new FrameReader() };
  /** What holds the characters that bytes of a stream began and did not end yet. */
  readonly #characters = new Map<string, StringDecoder>();

  push(direction: 'sent' | 'shown', atMs: number, bytes: Buffer): readonly RecordedEvent[] {
    return this.#readers[direction]
      .push(bytes)
      .map((frame) => this.#describe(atMs, frame))
      .filter((event) => event !== undefined);
  }

  #describe(atMs: number, { kind, channel, payload }: Frame): ChannelEvent | undefined {
    const at = { atMs, channel };
    switch (kind) {
      case FrameKind.open:
        this.#forget(channel);
        return describeOpened(at, read<OpenedChannel>(payload));
      case FrameKind.input: {
        const text = this.#decode(channel, 'stdin', payload);
        return text === '' ? undefined : { kind: 'input', ...at, text };
      }
      case FrameKind.output:
      case FrameKind.stderr: {
        const stream = kind === FrameKind.output ? 'stdout' : 'stderr';
        const text = this.#decode(channel, stream, payload);
        return text === '' ? undefined : { kind: 'output', ...at, stream, text };
      }
      case FrameKind.resize: {
        const { columns, rows } = read<TerminalSize>(payload);
        return { kind: 'resize', ...at, columns, rows };
      }
      case FrameKind.exit: {
        const exit = read<ChannelExit>(payload);
        if ('status' in exit) return { kind: 'exit', ...at, status: exit.status };
        return { kind: 'exit', ...at, signal: exit.signal };
      }
      case FrameKind.file:
        return { kind: 'file', ...at, ...pickFile(read<RecordedFile>(payload)) };
      case FrameKind.command: {
        const { text, decision } = read<RecordedCommand>(payload);
        return { kind: 'command', ...at, text, decision };
      }
      case FrameKind.guest: {
        const { id, name, what } = read<RecordedGuest>(payload);
        return { kind: 'guest', ...at, id, name, what };
      }
      case FrameKind.close:
        this.#forget(channel);
        return undefined;
    }
  }

  /** None where the bytes only begin a character. */
  #decode(channel: number, stream: Stream, bytes: Buffer): string {
    const key = `${channel} ${stream}`;
    const decoder = this.#characters.get(key) ?? new StringDecoder('utf8');
    this.#characters.set(key, decoder);
    return decoder.write(bytes);
  }

  #forget(channel: number): void {
    for (const stream of STREAMS) this.#characters.delete(`${channel} ${stream}`);
  }
}

function describeOpened(
  at: { readonly atMs: number; readonly channel: number },
  opened: OpenedChannel,
): OpenedEvent {
  if (opened.kind === 'forward') {
    const { direction, host, port } = opened;
    const text = `${direction} ${host}:${port}`;
    return { kind: 'opened', ...at, what: 'forward', text, account: '' };
  }
  if (opened.kind === 'request') {
    return { kind: 'opened', ...at, what: 'request', text: opened.text, account: '' };
  }
  const { kind, text, account, terminal } = opened;
  return {
    kind: 'opened',
    ...at,
    what: kind,
    text,
    account,
    ...(terminal && { terminal: { columns: terminal.columns, rows: terminal.rows } }),
  };
}

function pickFile(file: RecordedFile): RecordedFile {
  const { action, via, path, newPath, outcome, bytes, sha256 } = file;
  return {
    ...{ action, via, path, outcome },
    ...(newPath !== undefined && { newPath }),
    ...(bytes !== undefined && { bytes }),
    ...(sha256 !== undefined && { sha256 }),
  };
}

/** What the gateway wrote into its recording; the digests in the ledger say that it did. */
function read<Value>(payload: Buffer): Value {
  try {
    return JSON.parse(payload.toString('utf8')) as Value;
  } catch (cause) {
    throw new ProtocolError('recorded frame', 'its payload is no JSON', { cause });
  }
}
