import { ProtocolError } from '../../../wire/protocol-error.ts';
import {
  encodeWriteHead,
  type PacketListener,
  PacketStream,
} from '../../../wire/sftp/packet-stream.ts';
import { PacketType, PROTOCOL_VERSION, StatusCode } from '../../../wire/sftp/packet-type.ts';
import { encodeRequest, type Request } from '../../../wire/sftp/requests.ts';
import { decodeResponse, type Response } from '../../../wire/sftp/responses.ts';
import { decodeVersion, encodeInit, type Version } from '../../../wire/sftp/version.ts';

/** What one request is answered. */
export interface ResponseTaker {
  /** Any answer but DATA. */
  response(response: Response): void;
  /** DATA: its bytes follow. Where it is absent, DATA is not what was asked for. */
  readonly data?: {
    start(dataBytes: number): void;
    /** Valid during the call. */
    piece(bytes: Buffer, isLast: boolean): void;
  };
}

/** The target's SFTP server, as the gateway's own client of it. Numbers requests by itself. */
export class SftpTarget implements PacketListener {
  readonly #write: (bytes: Buffer) => void;
  readonly #stream: PacketStream;
  readonly #waiting = new Map<number, ResponseTaker>();
  readonly #version = Promise.withResolvers<Version>();
  #hasVersion = false;
  #lastId = 0;
  #missingBytes = 0;
  /** Requests for behind its data: among it, they would be content, and content would be requests. */
  readonly #behindWrite: Buffer[] = [];
  /** Takes the data of the DATA at hand. */
  #data: ResponseTaker['data'];

  /** @param write Takes bytes for the target; they may share memory of what is being taken in. */
  constructor(write: (bytes: Buffer) => void) {
    this.#write = write;
    this.#stream = new PacketStream(this);
  }

  /** What the server can do. Pending until it says so. */
  get version(): Promise<Version> {
    return this.#version.promise;
  }

  /** Requests without an answer. */
  get waitingCount(): number {
    return this.#waiting.size;
  }

  /** Bytes of the WRITE at hand that have not come: requests wait for them. */
  get missingBytes(): number {
    return this.#missingBytes;
  }

  /** Says hello. */
  begin(): void {
    this.#write(encodeInit(PROTOCOL_VERSION));
  }

  /** @throws {ProtocolError} If the server breaks its protocol. */
  receive(bytes: Buffer): void {
    this.#stream.push(bytes);
  }

  send(request: Request, taker: ResponseTaker): void {
    const packet = encodeRequest(this.#await(taker), request);
    if (this.#missingBytes === 0) this.#write(packet);
    else this.#behindWrite.push(packet);
  }

  /** The answer to a request that is not READ. Pending for good if the target goes away. */
  ask(request: Request): Promise<Response> {
    return new Promise((resolve) => this.send(request, { response: resolve }));
  }

  /**
   * Reads from a file; undefined at its end.
   *
   * @returns What may be fewer bytes than were asked for, or why there are none.
   */
  read(handle: Buffer, offset: number, length: number): Promise<Buffer | Response | undefined> {
    return new Promise((resolve) => {
      const pieces: Buffer[] = [];
      this.send(
        { kind: 'read', handle, offset, length },
        {
          response: (response) => resolve(isEndOfFile(response) ? undefined : response),
          data: {
            start: () => undefined,
            piece(bytes, isLast) {
              pieces.push(Buffer.from(bytes));
              if (isLast) resolve(Buffer.concat(pieces));
            },
          },
        },
      );
    });
  }

  /** Begins a WRITE: `dataBytes` have to follow by {@link writeData}. Requests wait until they have. */
  startWrite(
    place: { readonly handle: Buffer; readonly offset: number; readonly dataBytes: number },
    taker: ResponseTaker,
  ): void {
    const { handle, offset, dataBytes } = place;
    this.#missingBytes = dataBytes;
    this.#write(encodeWriteHead({ id: this.#await(taker), handle, offset }, dataBytes));
  }

  writeData(bytes: Buffer): void {
    if (bytes.length > 0) this.#write(bytes);
    this.#missingBytes -= bytes.length;
    if (this.#missingBytes > 0) return;
    for (const packet of this.#behindWrite.splice(0)) this.#write(packet);
  }

  packet(type: number, body: Buffer): void {
    if (type === PacketType.version) {
      if (this.#hasVersion) throw new ProtocolError('VERSION', 'came twice');
      this.#hasVersion = true;
      // Names and data outlive the bytes they came in.
      this.#version.resolve(decodeVersion(Buffer.from(body)));
      return;
    }
    const { id, response } = decodeResponse(type, Buffer.from(body));
    if (response === undefined) throw new ProtocolError('SFTP response', `is of type ${type}`);
    this.#take(id).response(response);
  }

  transfer(type: number, head: Buffer, dataBytes: number): void {
    if (type !== PacketType.data) throw new ProtocolError('SFTP response', 'is a WRITE');
    const { data } = this.#take(head.readUInt32BE(0));
    if (data === undefined) throw new ProtocolError('DATA', 'answers no READ');
    this.#data = data;
    data.start(dataBytes);
  }

  piece(bytes: Buffer, isLast: boolean): void {
    this.#data?.piece(bytes, isLast);
  }

  #await(taker: ResponseTaker): number {
    do this.#lastId = (this.#lastId + 1) >>> 0;
    while (this.#waiting.has(this.#lastId));
    this.#waiting.set(this.#lastId, taker);
    return this.#lastId;
  }

  #take(id: number): ResponseTaker {
    const taker = this.#waiting.get(id);
    if (taker === undefined) throw new ProtocolError('SFTP response', 'answers no request');
    this.#waiting.delete(id);
    return taker;
  }
}

/** Whether a READ or READDIR found nothing more. */
export function isEndOfFile(response: Response): boolean {
  return response.kind === 'status' && response.code === StatusCode.eof;
}
