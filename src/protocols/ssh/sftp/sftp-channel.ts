import { ProtocolError } from '../../../wire/protocol-error.ts';
import {
  decodeWriteHead,
  type PacketListener,
  PacketStream,
} from '../../../wire/sftp/packet-stream.ts';
import { PacketType, PROTOCOL_VERSION, StatusCode } from '../../../wire/sftp/packet-type.ts';
import { decodeRequest, type Request } from '../../../wire/sftp/requests.ts';
import { encodeDataHead, encodeResponse, type Response } from '../../../wire/sftp/responses.ts';
import { encodeVersion } from '../../../wire/sftp/version.ts';
import type {
  ChannelContext,
  ChannelEnds,
  ChannelHandler,
  OpenHandler,
  OutputStream,
} from '../channel-handler.ts';
import { SendQueue } from '../connection/send-queue.ts';
import { RIGHTS_CHANGED } from '../held-rights.ts';
import { hidesFiles } from '../hides-files.ts';
import { phrase } from '../refusal.ts';
import { StreamResults } from '../stream-results.ts';
import { HostFiles, refuse } from './host-files.ts';
import { OpenHandles } from './open-handles.ts';
import type { OpenedFile } from './opened-file.ts';
import { OutputBatch } from './output-batch.ts';
import { SerialQueue } from './serial-queue.ts';
import { checkVersion, findOffered } from './sftp-extensions.ts';
import { SftpRequests } from './sftp-requests.ts';
import { isEndOfFile, SftpTarget } from './sftp-target.ts';

/** Requests of a client without an answer: more than clients of any kind send ahead. */
const OUTSTANDING_MAX = 1024;
/** Requests about paths that wait for those before them. */
const QUEUED_MAX = 64;
/** Bytes of requests without an answer, but for READ and WRITE. */
const REQUEST_BYTES_MAX = 512 * 1024;
/** Taken in at once: what is kept of a request is a hundred times as long as the shortest one. */
const PIECE_BYTES = 8 * 1024;
/** Longest answer to a READ. */
const READ_BYTES_MAX = 255 * 1024;
/** Told on stderr in one channel: not every client reads it, and what it does not read fills its window. */
const TOLD_BYTES_MAX = 8 * 1024;
const EXIT_PROTOCOL_ERROR = 1;

/** Serves SFTP: every request is decided before it reaches the target. */
export const openSftpChannel: OpenHandler = (_operation, context, ends) =>
  new SftpChannel(context, ends);

class SftpChannel implements ChannelHandler, PacketListener {
  readonly recording = 'none';
  readonly #context: ChannelContext;
  readonly #ends: ChannelEnds;
  readonly #toClient: OutputBatch;
  readonly #toTarget: OutputBatch;
  readonly #stream: PacketStream;
  readonly #target: SftpTarget;
  readonly #files: HostFiles;
  readonly #handles = new OpenHandles();
  readonly #queue = new SerialQueue();
  readonly #requests: SftpRequests;
  readonly #messages: StreamResults;
  #hasBegun = false;
  #isClosed = false;
  /** What came while no requests were taken in. While there is any, the client is held. */
  readonly #unread = new SendQueue();
  #outstanding = 0;
  #requestBytes = 0;
  #isFull = false;
  #isClientAtEnd = false;
  #toldBytes = 0;
  /** Takes the data of the WRITE at hand; undefined if it was refused. */
  #writing: { readonly file: OpenedFile; offset: number } | undefined;
  /** What the WRITE at hand is answered if it was refused. */
  #refusedWrite: { readonly id: number; readonly answer: Response } | undefined;

  constructor(context: ChannelContext, ends: ChannelEnds) {
    this.#context = context;
    this.#ends = ends;
    this.#messages = new StreamResults(context, ends, 'stderr');
    this.#stream = new PacketStream(this);
    this.#toClient = new OutputBatch((bytes) => ends.toClient(bytes, 'stdout'));
    this.#toTarget = new OutputBatch((bytes) => ends.toTarget(bytes));
    this.#target = new SftpTarget((bytes) => this.#toTarget.write(bytes));
    this.#files = new HostFiles(context, this.#target, 'sftp');
    this.#requests = new SftpRequests({
      target: this.#target,
      files: this.#files,
      handles: this.#handles,
      tell: (message) => this.#tell(message),
      fail: () => this.#fail(),
    });
    this.#target.begin();
  }

  receive(bytes: Buffer): void {
    this.#guarded(() => {
      let rest = bytes;
      while (rest.length > 0 && this.#unread.byteCount === 0 && this.#takenBytesMax > 0) {
        const piece = rest.subarray(0, this.#takenBytesMax);
        rest = rest.subarray(piece.length);
        this.#stream.push(piece);
      }
      if (rest.length === 0) return;
      if (this.#unread.byteCount === 0) this.#ends.holdClient();
      this.#unread.push(rest, 'stdout');
    });
  }

  receiveEnd(): void {
    this.#isClientAtEnd = true;
    if (this.#unread.byteCount === 0) this.#ends.endTarget();
  }

  /** What scripts of the account write on stderr as the server starts may be of any file: nobody sees it to whom one is hidden. */
  deliver(bytes: Buffer, stream: OutputStream): void {
    if (stream === 'stdout') this.#guarded(() => this.#target.receive(bytes));
    else if (!hidesFiles(this.#context)) this.#messages.deliver(bytes);
  }

  deliverEnd(): void {
    this.#messages.end();
    this.#ends.endClient();
  }

  resize(): void {}

  close(): void {
    this.#isClosed = true;
    this.#messages.close();
    this.#unread.clear();
    this.#files.close();
    for (const open of this.#handles.values()) {
      if (open.kind !== 'file') continue;
      open.file.finish('cut', open.masked?.describe());
      open.masked?.close();
    }
  }

  #guarded(work: () => void): void {
    if (this.#isClosed) return;
    this.#toClient.begin();
    this.#toTarget.begin();
    try {
      work();
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#ends.fail(error.message, EXIT_PROTOCOL_ERROR);
    } finally {
      this.#toClient.flush();
      this.#toTarget.flush();
    }
  }

  packet(type: number, body: Buffer): void {
    if (type === PacketType.init) return this.#begin();
    if (!this.#hasBegun) throw new ProtocolError('SFTP request', 'comes before INIT');
    // What waits outlives the bytes it came in.
    const { id, request } = decodeRequest(
      type,
      type === PacketType.read ? body : Buffer.from(body),
    );
    this.#count(1);
    if (request === undefined) this.#answer(id, unsupported());
    else if (request.kind === 'read') this.#read(id, request);
    else this.#enqueue(id, request, body.length);
  }

  #begin(): void {
    if (this.#hasBegun) throw new ProtocolError('INIT', 'came twice');
    this.#hasBegun = true;
    void this.#target.version.then((version) => {
      this.#guarded(() => {
        checkVersion(version, PROTOCOL_VERSION);
        const offered = { version: PROTOCOL_VERSION, extensions: findOffered(version) };
        this.#toClient.write(encodeVersion(offered));
      });
    });
  }

  #enqueue(id: number, request: Exclude<Request, { kind: 'read' }>, byteCount: number): void {
    this.#requestBytes += byteCount;
    this.#queue.add(
      async (letNext) => {
        if (this.#isClosed) return;
        const response = await this.#requests.serve(request, () => {
          letNext();
          this.#balance();
        });
        this.#requestBytes -= byteCount;
        letNext();
        this.#answer(id, response);
      },
      () => this.#fail(),
    );
    this.#balance();
  }

  #answer(id: number, response: Response): void {
    if (!this.#isClosed) this.#toClient.write(encodeResponse(id, response));
    this.#count(-1);
  }

  #read(id: number, { handle, offset, length }: Extract<Request, { kind: 'read' }>): void {
    const open = this.#handles.find(handle);
    if (open?.kind !== 'file' || !open.file.isReadable)
      return this.#answer(id, failure(BAD_HANDLE));
    const { file, masked } = open;
    if (!file.isPermitted) return this.#answer(id, denied(file));
    const size = Math.min(length, READ_BYTES_MAX);
    if (masked === undefined) return this.#relayRead(id, file, { offset, size });
    masked.read(offset, size, (read) => {
      switch (read.kind) {
        case 'data':
          this.#toClient.write(encodeDataHead(id, read.data.length));
          this.#toClient.write(read.data);
          file.show(offset, read.data);
          this.#count(-1);
          return;
        case 'end':
          file.sawEnd();
          return this.#answer(id, { kind: 'status', code: StatusCode.eof, message: 'End of file' });
        case 'failed':
          file.spoil();
          this.#tell(phrase(`${file.path}: ${read.reason}`));
          return this.#answer(id, failure(read.reason));
      }
    });
  }

  #relayRead(
    id: number,
    file: OpenedFile,
    place: { readonly offset: number; readonly size: number },
  ): void {
    let { offset } = place;
    const { size } = place;
    this.#target.send(
      { kind: 'read', handle: file.handle, offset, length: size },
      {
        response: (response) => {
          if (isEndOfFile(response)) file.sawEnd();
          this.#answer(id, response);
        },
        data: {
          start: (dataBytes) => {
            if (dataBytes > size) throw new ProtocolError('DATA', 'is more than was asked for');
            this.#toClient.write(encodeDataHead(id, dataBytes));
          },
          piece: (bytes, isLast) => {
            file.show(offset, bytes);
            offset += bytes.length;
            if (bytes.length > 0) this.#toClient.write(bytes);
            if (isLast) this.#count(-1);
          },
        },
      },
    );
  }

  transfer(type: number, head: Buffer, dataBytes: number): void {
    if (type !== PacketType.write) throw new ProtocolError('SFTP request', 'is a DATA');
    if (!this.#hasBegun) throw new ProtocolError('SFTP request', 'comes before INIT');
    const { id, handle, offset } = decodeWriteHead(head);
    const open = this.#handles.find(handle);
    this.#count(1);
    if (open?.kind !== 'file' || !open.file.isWritable) {
      return this.#refuseWrite(id, failure(BAD_HANDLE));
    }
    const { file } = open;
    if (!file.isPermitted) return this.#refuseWrite(id, denied(file));
    this.#writing = { file, offset };
    const response = (answer: Response): void => {
      if (answer.kind !== 'status' || answer.code !== StatusCode.ok) file.written.spoil();
      this.#answer(id, answer);
    };
    this.#target.startWrite({ handle: file.handle, offset, dataBytes }, { response });
  }

  #refuseWrite(id: number, answer: Response): void {
    this.#writing = undefined;
    this.#refusedWrite = { id, answer };
  }

  piece(bytes: Buffer, isLast: boolean): void {
    if (this.#writing !== undefined) {
      this.#target.writeData(bytes);
      this.#writing.file.written.add(this.#writing.offset, bytes);
      this.#writing.offset += bytes.length;
    } else if (isLast && this.#refusedWrite !== undefined) {
      this.#answer(this.#refusedWrite.id, this.#refusedWrite.answer);
    }
  }

  #count(change: 1 | -1): void {
    this.#outstanding += change;
    this.#balance();
  }

  /** Takes in nothing more of a client that asks faster than it can be answered, until half of it is. */
  #balance(): void {
    const fullness = Math.max(
      this.#outstanding / OUTSTANDING_MAX,
      this.#queue.length / QUEUED_MAX,
      this.#requestBytes / REQUEST_BYTES_MAX,
    );
    if (fullness > 1) this.#isFull = true;
    else if (this.#isFull && fullness <= 0.5) {
      this.#isFull = false;
      // What is being taken in now comes first.
      Promise.resolve()
        .then(() => this.#guarded(() => this.#takeUnread()))
        .catch(() => this.#fail());
    }
  }

  /** How much is taken in next. The data of a WRITE does not wait for requests: they may wait for it. */
  get #takenBytesMax(): number {
    return this.#isFull ? this.#target.missingBytes : PIECE_BYTES;
  }

  #takeUnread(): void {
    for (;;) {
      const next = this.#unread.shift(this.#takenBytesMax);
      if (next === undefined) return;
      this.#stream.push(next.bytes);
      if (this.#unread.byteCount > 0) continue;
      this.#ends.releaseClient();
      if (this.#isClientAtEnd) this.#ends.endTarget();
    }
  }

  #fail(): void {
    this.#ends.fail('Cannot serve SFTP: internal error', EXIT_PROTOCOL_ERROR);
  }

  /** OpenSSH's clients show no message of an answer, but what comes on stderr. */
  #tell(message: string): void {
    const line = Buffer.from(`${message}\n`);
    this.#toldBytes += line.length;
    if (this.#toldBytes <= TOLD_BYTES_MAX && !this.#isClosed) this.#ends.toClient(line, 'stderr');
  }
}

const BAD_HANDLE = 'the handle is not open for that';

function failure(message: string): Response {
  return { kind: 'status', code: StatusCode.failure, message };
}

function denied({ path }: OpenedFile): Response {
  return refuse(`${path}: ${RIGHTS_CHANGED}`).response;
}

function unsupported(): Response {
  return { kind: 'status', code: StatusCode.unsupported, message: 'Operation unsupported' };
}
