import type { ScpCommand } from '../../../shell/recognise-command.ts';
import { ProtocolError } from '../../../wire/protocol-error.ts';
import { PROTOCOL_VERSION } from '../../../wire/sftp/packet-type.ts';
import type {
  ChannelContext,
  ChannelEnds,
  ChannelHandler,
  OutputStream,
} from '../channel-handler.ts';
import { hidesFiles } from '../hides-files.ts';
import { HostFiles } from '../sftp/host-files.ts';
import { OutputBatch } from '../sftp/output-batch.ts';
import { checkVersion } from '../sftp/sftp-extensions.ts';
import { SftpTarget } from '../sftp/sftp-target.ts';
import { StreamResults } from '../stream-results.ts';
import { InputEndedError, ScpInput } from './scp-input.ts';
import { ScpAbortedError, type ScpParts } from './scp-session.ts';
import { ScpSink } from './scp-sink.ts';
import { ScpSource } from './scp-source.ts';

const FAILED_STATUS = 1;

/**
 * Serves scp's old protocol to a client, and reaches the files by the target's SFTP server: no shell of the target sees a path,
 * and files go by the same rules as with SFTP.
 */
export function openScpChannel(
  command: ScpCommand,
  context: ChannelContext,
  ends: ChannelEnds,
): ChannelHandler {
  return new ScpChannel(command, context, ends);
}

class ScpChannel implements ChannelHandler {
  readonly recording = 'none';
  readonly #context: ChannelContext;
  readonly #ends: ChannelEnds;
  readonly #toTarget: OutputBatch;
  readonly #target: SftpTarget;
  readonly #files: HostFiles;
  readonly #messages: StreamResults;
  readonly #input = new ScpInput();
  #isClosed = false;

  constructor(command: ScpCommand, context: ChannelContext, ends: ChannelEnds) {
    this.#context = context;
    this.#ends = ends;
    this.#messages = new StreamResults(context, ends, 'stderr');
    this.#toTarget = new OutputBatch((bytes) => ends.toTarget(bytes));
    this.#target = new SftpTarget((bytes) => this.#toTarget.write(bytes));
    this.#files = new HostFiles(context, this.#target, 'scp');
    this.#target.begin();
    this.#serve(command).then(
      (isDone) => this.#end(isDone ? 0 : FAILED_STATUS),
      (error: unknown) => this.#fail(error),
    );
  }

  receive(bytes: Buffer): void {
    this.#guarded(() => this.#input.receive(bytes));
  }

  receiveEnd(): void {
    this.#input.end();
  }

  deliver(bytes: Buffer, stream: OutputStream): void {
    if (stream === 'stdout') this.#guarded(() => this.#target.receive(bytes));
    else if (!hidesFiles(this.#context)) this.#messages.deliver(bytes);
  }

  deliverEnd(): void {
    this.#messages.end();
    if (!this.#isClosed) this.#ends.fail('scp: the target has no SFTP server', FAILED_STATUS);
  }

  resize(): void {}

  close(): void {
    this.#isClosed = true;
    this.#messages.close();
    this.#files.close();
    this.#input.end();
  }

  async #serve(command: ScpCommand): Promise<boolean> {
    checkVersion(await this.#target.version, PROTOCOL_VERSION);
    const parts: ScpParts = {
      target: this.#target,
      files: this.#files,
      input: this.#input,
      write: (bytes) => this.#ends.toClient(bytes, 'stdout'),
      hold: (isHeld) => (isHeld ? this.#ends.holdClient() : this.#ends.releaseClient()),
      onWaiting: (message) => this.#ends.toClient(Buffer.from(`${message}\n`), 'stderr'),
    };
    switch (command.direction) {
      case 'source':
        return new ScpSource(command, parts).run();
      case 'sink':
        return new ScpSink(command, parts).run();
    }
  }

  #end(status: number): void {
    if (!this.#isClosed) this.#ends.exit(status);
  }

  #fail(error: unknown): void {
    const isExpected = error instanceof ScpAbortedError || error instanceof InputEndedError;
    if (isExpected) return this.#end(FAILED_STATUS);
    const reason = error instanceof ProtocolError ? error.message : 'internal error';
    if (!this.#isClosed) this.#ends.fail(`scp: ${reason}`, FAILED_STATUS);
  }

  #guarded(work: () => void): void {
    if (this.#isClosed) return;
    this.#toTarget.begin();
    try {
      work();
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#ends.fail(`scp: ${error.message}`, FAILED_STATUS);
    } finally {
      this.#toTarget.flush();
    }
  }
}
