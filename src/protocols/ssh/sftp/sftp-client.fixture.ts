import assert from 'node:assert/strict';
import type { Attributes } from '../../../wire/sftp/attributes.ts';
import { OpenFlag } from '../../../wire/sftp/packet-type.ts';
import type { Request } from '../../../wire/sftp/requests.ts';
import type { Response } from '../../../wire/sftp/responses.ts';
import { encodeInit } from '../../../wire/sftp/version.ts';
import { SftpTarget } from './sftp-target.ts';
import { cut, type SftpWorld } from './sftp-world.fixture.ts';

/** A client of SFTP that says exactly what a test wants. */
export class SftpClient {
  readonly #connection: SftpTarget;
  readonly #handler: SftpWorld['handler'];

  constructor(world: SftpWorld) {
    this.#handler = world.handler;
    this.#connection = new SftpTarget((bytes) => {
      for (const piece of cut(bytes, world.pieceBytes)) {
        world.handler.receive(piece);
        // The bytes are the relay's again.
        piece.fill(0xee);
      }
    });
    world.onOutput((bytes) => this.#connection.receive(bytes));
  }

  /** Names of the extensions that are offered. */
  async begin(): Promise<readonly string[]> {
    this.#handler.receive(encodeInit(3));
    const { version, extensions } = await this.#connection.version;
    assert.equal(version, 3);
    return extensions.map(({ name }) => name);
  }

  ask(request: Request): Promise<Response> {
    return this.#connection.ask(request);
  }

  /** The handle, or the status. */
  async open(path: string, flags: number): Promise<Buffer | Response> {
    const response = await this.ask({
      kind: 'open',
      path: Buffer.from(path),
      flags,
      attributes: {},
    });
    return response.kind === 'handle' ? response.handle : response;
  }

  async openForReading(path: string): Promise<Buffer> {
    const handle = await this.open(path, OpenFlag.read);
    assert(Buffer.isBuffer(handle), JSON.stringify(handle));
    return handle;
  }

  read(handle: Buffer, offset: number, length: number): Promise<Buffer | Response | undefined> {
    return this.#connection.read(handle, offset, length);
  }

  /** Reads with many requests at once, as clients do. */
  async readAll(
    handle: Buffer,
    { chunk = 32_768, ahead = 64 }: { chunk?: number; ahead?: number } = {},
  ): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (let offset = 0; ; offset += chunk * ahead) {
      const reads = Array.from({ length: ahead }, (_, index) =>
        this.read(handle, offset + index * chunk, chunk),
      );
      for (const part of await Promise.all(reads)) {
        if (part === undefined) return Buffer.concat(parts);
        assert(Buffer.isBuffer(part), JSON.stringify(part));
        parts.push(part);
      }
    }
  }

  write(handle: Buffer, offset: number, data: Buffer): Promise<Response> {
    return new Promise((resolve) => {
      this.#connection.startWrite(
        { handle, offset, dataBytes: data.length },
        { response: resolve },
      );
      this.#connection.writeData(data);
    });
  }

  /** @param between Called when half of the data has gone. */
  writeInHalves(handle: Buffer, data: Buffer, between: () => Promise<void>): Promise<Response> {
    return new Promise((resolve, reject) => {
      const middle = data.length >> 1;
      this.#connection.startWrite(
        { handle, offset: 0, dataBytes: data.length },
        { response: resolve },
      );
      this.#connection.writeData(data.subarray(0, middle));
      between().then(() => this.#connection.writeData(data.subarray(middle)), reject);
    });
  }

  async download(path: string): Promise<Buffer> {
    const handle = await this.openForReading(path);
    const content = await this.readAll(handle);
    await this.ask({ kind: 'close', handle });
    return content;
  }

  async upload(path: string, data: Buffer): Promise<void> {
    const handle = await this.open(path, OpenFlag.write | OpenFlag.create | OpenFlag.truncate);
    assert(Buffer.isBuffer(handle), JSON.stringify(handle));
    const writes: Promise<Response>[] = [];
    for (let offset = 0; offset < data.length; offset += 32_768) {
      writes.push(this.write(handle, offset, data.subarray(offset, offset + 32_768)));
    }
    for (const answer of await Promise.all(writes)) assert.equal(codeOf(answer), 0);
    assert.equal(codeOf(await this.ask({ kind: 'close', handle })), 0);
  }

  async stat(path: string): Promise<Attributes> {
    const response = await this.ask({ kind: 'stat', path: Buffer.from(path) });
    assert(response.kind === 'attributes', JSON.stringify(response));
    return response.attributes;
  }
}

/** The code of a status; -1 for anything else. */
export function codeOf(response: Response | Buffer | undefined): number {
  if (response === undefined || Buffer.isBuffer(response)) return -1;
  return response.kind === 'status' ? response.code : -1;
}
