import { SshReader } from './ssh-reader.ts';
import { SshWriter } from './ssh-writer.ts';

export interface ExitSignal {
  /** Without `SIG`. */
  readonly signalName: string;
  readonly coreDumped: boolean;
  readonly message: string;
}

/** Decodes the data of the channel request `exit-signal`. */
export function decodeExitSignal(requestData: Buffer): ExitSignal {
  const reader = new SshReader(requestData, 'exit-signal');
  const signalName = reader.identifier();
  const coreDumped = reader.boolean();
  const message = reader.string().toString('utf8');
  reader.string();
  reader.expectEnd();
  return { signalName, coreDumped, message };
}

/** Encodes the data of `exit-signal`. */
export function encodeExitSignal(signal: ExitSignal): Buffer {
  const writer = new SshWriter().text(signal.signalName).boolean(signal.coreDumped);
  return writer.text(signal.message).text('').toBuffer();
}
