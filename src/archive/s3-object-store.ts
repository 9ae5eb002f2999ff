import { createHash, type Hash } from 'node:crypto';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  type ObjectLockMode,
  PutObjectCommand,
  type PutObjectCommandInput,
  PutObjectRetentionCommand,
  S3Client,
  S3ServiceException,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { S3Settings } from '../configuration/storage-settings.ts';
import { ArchiveError, type ObjectSource, type ObjectStore } from './object-store.ts';
import { removeVersions } from './remove-versions.ts';

/** How to reach a bucket. */
export interface S3Access {
  readonly settings: Pick<
    S3Settings,
    'bucket' | 'endpoint' | 'region' | 'prefix' | 'isPathStyle' | 'objectLock'
  >;
  /** Read anew for each client, so that a rotated key is used after the next failure. */
  readonly credentials: () => Promise<{
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
  }>;
  readonly nowMs: () => number;
  /** Bytes of a part, of which all but the last have to have 5 MiB. Default: that. */
  readonly partBytes?: number;
}

/** The smallest that S3 takes: it is held in memory. */
const PART_BYTES: number = 5 * 2 ** 20;
/** Parts of one object, by the rules of S3: larger files get larger parts. */
const PARTS_MAX = 10_000;
/** Bytes hashed in one go on the event loop. */
const READ_BYTES: number = 256 * 1024;
const CONNECT_TIMEOUT_MS = 5_000;
/** Milliseconds without an answer to a request. */
const REQUEST_TIMEOUT_MS = 30_000;
const ATTEMPTS_MAX = 2;

/** A bucket of any server that speaks S3. */
export class S3ObjectStore implements ObjectStore, Disposable {
  readonly #access: S3Access;
  readonly #client: S3Client;

  constructor(access: S3Access) {
    this.#access = access;
    const { endpoint, region, isPathStyle } = access.settings;
    this.#client = new S3Client({
      region,
      forcePathStyle: isPathStyle,
      ...(endpoint !== undefined && { endpoint }),
      credentials: access.credentials,
      maxAttempts: ATTEMPTS_MAX,
      // We send SHA-256 and MD5 of our own, which every server compares.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      requestHandler: {
        connectionTimeout: CONNECT_TIMEOUT_MS,
        requestTimeout: REQUEST_TIMEOUT_MS,
        throwOnRequestTimeout: true,
      },
    });
  }

  [Symbol.dispose](): void {
    this.#client.destroy();
  }

  put(name: string, source: ObjectSource, signal: AbortSignal): Promise<string> {
    return this.#guarded(`store ${name}`, async () => {
      const { partBytes = PART_BYTES } = this.#access;
      const whole = createHash('sha256');
      if (source.bytes <= partBytes) await this.#putWhole(name, source, whole, signal);
      else await this.#putParts(name, source, whole, signal);
      await this.#expectStored(name, source.bytes, signal);
      return whole.digest('hex');
    });
  }

  get(name: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array> | undefined> {
    return this.#guarded(`read ${name}`, async () => {
      try {
        const command = new GetObjectCommand(this.#place(name));
        const { Body, ContentLength } = await this.#client.send(command, { abortSignal: signal });
        if (Body === undefined) return undefined;
        return this.#expectAll(name, Body as AsyncIterable<Uint8Array>, ContentLength);
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    });
  }

  remove(
    prefix: string,
    keep: 'nothing' | 'newest',
    signal: AbortSignal,
  ): Promise<number | undefined> {
    return this.#guarded(`remove ${prefix}`, () => {
      const { Bucket: bucket, Key } = this.#place(prefix);
      const removed = { bucket, prefix: Key, keep, nowMs: this.#access.nowMs() };
      return removeVersions(this.#client, removed, signal);
    });
  }

  async *#expectAll(
    name: string,
    body: AsyncIterable<Uint8Array>,
    expectedBytes: number | undefined,
  ): AsyncGenerator<Uint8Array, void> {
    let bytes = 0;
    try {
      for await (const chunk of body) {
        bytes += chunk.length;
        yield chunk;
      }
    } catch (cause) {
      throw unavailable(`read ${name}`, cause);
    }
    if (expectedBytes !== undefined && bytes !== expectedBytes) {
      throw new ArchiveError('ERR_ARCHIVE_LIES', `Cannot read ${name}: only ${bytes} bytes came`);
    }
  }

  async #putWhole(
    name: string,
    source: ObjectSource,
    whole: Hash,
    signal: AbortSignal,
  ): Promise<void> {
    const part = await readPart(source, 0, source.bytes, whole);
    const command = new PutObjectCommand({
      ...this.#place(name),
      ...this.#lock(),
      ...describeBody(part),
    });
    expectEcho(name, part, await this.#client.send(command, { abortSignal: signal }));
  }

  /** Goes on with what an earlier attempt sent, as far as it is the same. */
  async #putParts(
    name: string,
    source: ObjectSource,
    whole: Hash,
    signal: AbortSignal,
  ): Promise<void> {
    const begun = await this.#findUpload(name, signal);
    const upload = begun ?? (await this.#beginUpload(name, signal));
    const sent = begun === undefined ? NO_PARTS : await this.#listParts(name, begun, signal);
    const partBytes = Math.max(
      this.#access.partBytes ?? PART_BYTES,
      Math.ceil(source.bytes / PARTS_MAX),
    );
    const parts: { ETag: string; PartNumber: number; ChecksumSHA256?: string }[] = [];
    for (let start = 0, number = 1; start < source.bytes; start += partBytes, number++) {
      const part = await readPart(source, start, Math.min(partBytes, source.bytes - start), whole);
      const known = sent.get(number);
      const etag =
        known === part.md5.toString('hex')
          ? known
          : await this.#putPart(name, upload, { ...part, number }, signal);
      parts.push({
        ETag: `"${etag}"`,
        PartNumber: number,
        ChecksumSHA256: part.sha256.toString('base64'),
      });
    }
    const command = new CompleteMultipartUploadCommand({
      ...this.#place(name),
      UploadId: upload,
      MultipartUpload: { Parts: parts },
    });
    const { VersionId } = await this.#client.send(command, { abortSignal: signal });
    if (begun !== undefined) await this.#lockAnew(name, VersionId, signal);
  }

  /** An upload has the lock that it was begun with: long ago, under other settings, or by somebody else with the same key. */
  async #lockAnew(name: string, version: string | undefined, signal: AbortSignal): Promise<void> {
    const { ObjectLockMode: Mode, ObjectLockRetainUntilDate: RetainUntilDate } = this.#lock();
    if (Mode === undefined) return;
    const command = new PutObjectRetentionCommand({
      ...this.#place(name),
      VersionId: version,
      Retention: { Mode, RetainUntilDate },
    });
    await this.#client.send(command, { abortSignal: signal });
  }

  async #putPart(
    name: string,
    upload: string,
    part: Part & { readonly number: number },
    signal: AbortSignal,
  ): Promise<string> {
    const command = new UploadPartCommand({
      ...this.#place(name),
      UploadId: upload,
      PartNumber: part.number,
      ...describeBody(part),
    });
    const answer = await this.#client.send(command, { abortSignal: signal });
    expectEcho(name, part, answer);
    return readEtag(answer.ETag);
  }

  async #beginUpload(name: string, signal: AbortSignal): Promise<string> {
    const command = new CreateMultipartUploadCommand({
      ...this.#place(name),
      ...this.#lock(),
      ContentType: CONTENT_TYPE,
      ChecksumAlgorithm: 'SHA256',
    });
    const { UploadId } = await this.#client.send(command, { abortSignal: signal });
    if (UploadId !== undefined) return UploadId;
    throw new ArchiveError('ERR_ARCHIVE_LIES', `Cannot store ${name}: the upload got no id`);
  }

  /** An upload of this object that was not completed. Servers that cannot list them begin anew. */
  async #findUpload(name: string, signal: AbortSignal): Promise<string | undefined> {
    const { Bucket, Key } = this.#place(name);
    const command = new ListMultipartUploadsCommand({ Bucket, Prefix: Key });
    try {
      const { Uploads } = await this.#client.send(command, { abortSignal: signal });
      return Uploads?.findLast((upload) => upload.Key === Key)?.UploadId;
    } catch (error) {
      if (error instanceof S3ServiceException && CANNOT_LIST.has(error.name)) return undefined;
      throw error;
    }
  }

  /** ETags of the parts that an upload has, by number. */
  async #listParts(
    name: string,
    upload: string,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<number, string>> {
    const parts = new Map<number, string>();
    let marker: string | undefined;
    do {
      const command = new ListPartsCommand({
        ...this.#place(name),
        UploadId: upload,
        ...(marker !== undefined && { PartNumberMarker: marker }),
      });
      const page = await this.#client.send(command, { abortSignal: signal });
      for (const { PartNumber, ETag } of page.Parts ?? []) {
        if (PartNumber !== undefined) parts.set(PartNumber, readEtag(ETag));
      }
      marker = page.IsTruncated === true ? page.NextPartNumberMarker : undefined;
    } while (marker !== undefined);
    return parts;
  }

  /** A server that said yes may have kept less. */
  async #expectStored(name: string, bytes: number, signal: AbortSignal): Promise<void> {
    const command = new HeadObjectCommand(this.#place(name));
    const { ContentLength } = await this.#client.send(command, { abortSignal: signal });
    if (ContentLength === bytes) return;
    throw new ArchiveError(
      'ERR_ARCHIVE_LIES',
      `Cannot store ${name}: ${bytes} bytes were sent, ${ContentLength ?? 'unknown'} are there`,
    );
  }

  #place(name: string): { readonly Bucket: string; readonly Key: string } {
    const { bucket, prefix } = this.#access.settings;
    return { Bucket: bucket, Key: `${prefix}${name}` };
  }

  #lock(): Pick<PutObjectCommandInput, 'ObjectLockMode' | 'ObjectLockRetainUntilDate'> {
    const { objectLock } = this.#access.settings;
    if (objectLock === undefined) return {};
    const mode: ObjectLockMode = objectLock.mode === 'compliance' ? 'COMPLIANCE' : 'GOVERNANCE';
    const until = new Date(this.#access.nowMs() + objectLock.retentionMs);
    return { ObjectLockMode: mode, ObjectLockRetainUntilDate: until };
  }

  async #guarded<T>(what: string, run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      throw error instanceof ArchiveError ? error : unavailable(what, error);
    }
  }
}

const CANNOT_LIST: ReadonlySet<string> = new Set(['NotImplemented', 'MethodNotAllowed']);
const NO_PARTS: ReadonlyMap<number, string> = new Map<number, string>();
const CONTENT_TYPE = 'application/octet-stream';

interface Part {
  readonly body: Buffer;
  readonly md5: Buffer;
  readonly sha256: Buffer;
}

/** Reads and hashes a part little by little: the event loop has other things to do. */
async function readPart(
  source: ObjectSource,
  start: number,
  length: number,
  whole: Hash,
): Promise<Part> {
  const md5 = createHash('md5');
  const sha256 = createHash('sha256');
  const pieces: Buffer[] = [];
  for (let done = 0; done < length; ) {
    const piece = await source.read(start + done, Math.min(READ_BYTES, length - done));
    if (piece.length === 0) throw new Error('the file is shorter than it was');
    for (const hash of [md5, sha256, whole]) hash.update(piece);
    pieces.push(piece);
    done += piece.length;
  }
  return { body: Buffer.concat(pieces), md5: md5.digest(), sha256: sha256.digest() };
}

function describeBody({ body, md5, sha256 }: Part) {
  return {
    Body: body,
    ContentLength: body.length,
    ContentType: CONTENT_TYPE,
    ContentMD5: md5.toString('base64'),
    ChecksumSHA256: sha256.toString('base64'),
  };
}

interface Echo {
  readonly ETag?: string | undefined;
  readonly ChecksumSHA256?: string | undefined;
  readonly ServerSideEncryption?: string | undefined;
  readonly SSECustomerAlgorithm?: string | undefined;
}

/** What a server says of what it got has to be what was sent. */
function expectEcho(name: string, { md5, sha256 }: Part, echo: Echo): void {
  const { ETag, ChecksumSHA256, ServerSideEncryption, SSECustomerAlgorithm } = echo;
  // With keys of others, an ETag is no MD5.
  const isMd5 = SSECustomerAlgorithm === undefined && !/kms/.test(ServerSideEncryption ?? '');
  const isSame =
    (ChecksumSHA256 === undefined || ChecksumSHA256 === sha256.toString('base64')) &&
    (!isMd5 || readEtag(ETag) === md5.toString('hex'));
  if (isSame) return;
  throw new ArchiveError('ERR_ARCHIVE_LIES', `Cannot store ${name}: something else arrived`);
}

function readEtag(etag: string | undefined): string {
  return (etag ?? '').replaceAll('"', '');
}

function isMissing(error: unknown): boolean {
  return error instanceof S3ServiceException && error.$metadata.httpStatusCode === 404;
}

/** Names and status only: messages of servers may hold anything. */
function unavailable(what: string, cause: unknown): ArchiveError {
  const reason =
    cause instanceof S3ServiceException
      ? `${cause.name} (${cause.$metadata.httpStatusCode ?? 'no status'})`
      : cause instanceof Error
        ? cause.name
        : 'unknown';
  return new ArchiveError('ERR_ARCHIVE_UNAVAILABLE', `Cannot ${what}: ${reason}`, { cause });
}
