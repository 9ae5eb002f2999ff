import { SshReader } from './ssh-reader.ts';
import { SshWriter } from './ssh-writer.ts';

/** How large the client's terminal is. Zero where it does not say. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
  readonly widthPixels: number;
  readonly heightPixels: number;
}

export interface PtyRequest extends TerminalSize {
  /** Value of `TERM`. */
  readonly terminal: string;
  /** Encoded modes (RFC 4254 section 8), passed on as they are. */
  readonly modes: Buffer;
}

/** Decodes the data of the channel request `pty-req`. */
export function decodePtyRequest(requestData: Buffer): PtyRequest {
  const reader = new SshReader(requestData, 'pty-req');
  const terminal = reader.text();
  const size = readTerminalSize(reader);
  const modes = reader.string();
  reader.expectEnd();
  return { terminal, ...size, modes };
}

/** Encodes the data of `pty-req`. */
export function encodePtyRequest(request: PtyRequest): Buffer {
  const writer = writeTerminalSize(new SshWriter().text(request.terminal), request);
  return writer.string(request.modes).toBuffer();
}

/** Decodes the data of the channel request `window-change`. */
export function decodeWindowChange(requestData: Buffer): TerminalSize {
  const reader = new SshReader(requestData, 'window-change');
  const size = readTerminalSize(reader);
  reader.expectEnd();
  return size;
}

/** Encodes the data of `window-change`. */
export function encodeWindowChange(size: TerminalSize): Buffer {
  return writeTerminalSize(new SshWriter(), size).toBuffer();
}

function readTerminalSize(reader: SshReader): TerminalSize {
  const columns = reader.uint32();
  const rows = reader.uint32();
  const widthPixels = reader.uint32();
  const heightPixels = reader.uint32();
  return { columns, rows, widthPixels, heightPixels };
}

function writeTerminalSize(writer: SshWriter, size: TerminalSize): SshWriter {
  writer.uint32(size.columns).uint32(size.rows);
  return writer.uint32(size.widthPixels).uint32(size.heightPixels);
}
