import { encodeGrpcMessage, GrpcMessageDecoder } from '../../../wire/grpc/message-decoder.ts';
import { GrpcStatus } from '../../../wire/grpc/status.ts';
import { FieldList } from '../../../wire/http/field-list.ts';
import { encodeBytesField, readFields } from '../../../wire/protobuf/message-fields.ts';
import type { HttpRequest, HttpResponse, HttpUpstream } from '../exchange.ts';
import { type CollectedBody, collectBody, WholeBody } from '../whole-body.ts';

/** The service, and what older servers call it. */
const SERVICES: readonly string[] = [
  'grpc.reflection.v1.ServerReflection',
  'grpc.reflection.v1alpha.ServerReflection',
];
const ANSWER_BYTES_MAX: number = 32 * 1024 * 1024;
const FILES_MAX = 10_000;

/** Fields of ServerReflectionRequest. */
const Ask = { fileByName: 3, fileOfSymbol: 4, services: 7 } as const;
/** Fields of ServerReflectionResponse. */
const Answer = { files: 4, services: 6 } as const;

/** The target does not say what its services are. */
export class ReflectionError extends Error {
  override readonly name = 'ReflectionError';
  readonly code = 'ERR_REFLECTION';
  /** Of gRPC, if there was one. */
  readonly status: number | undefined;

  constructor(reason: string, status?: number) {
    super(`Cannot ask for descriptors: ${reason}`);
    this.status = status;
  }
}

/**
 * Asks a target for the descriptors of all its services, as a `FileDescriptorSet`.
 *
 * @throws {ReflectionError} If it does not give them.
 * @throws {ProtocolError} If its answer cannot be read.
 * @throws {UpstreamError} If it cannot be reached.
 * @see https://github.com/grpc/grpc/blob/master/doc/server-reflection.md
 */
export async function askReflection(upstream: HttpUpstream): Promise<Buffer> {
  for (const service of SERVICES) {
    try {
      return await askService(upstream, service);
    } catch (error) {
      const isUnknown =
        error instanceof ReflectionError && error.status === GrpcStatus.unimplemented;
      if (!isUnknown) throw error;
    }
  }
  throw new ReflectionError('the target has no server reflection', GrpcStatus.unimplemented);
}

async function askService(upstream: HttpUpstream, service: string): Promise<Buffer> {
  const ask = (questions: readonly Buffer[]): Promise<readonly Buffer[]> =>
    call(upstream, service, questions);
  const list = await ask([encodeBytesField(Ask.services, Buffer.alloc(0))]);
  const names = list
    .flatMap((answer) => readAll(answer, Answer.services))
    .flatMap((services) => readAll(services, 1))
    .flatMap((one) => readAll(one, 1));
  const files = new Map<string, Buffer>();
  let questions = names.map((name) => encodeBytesField(Ask.fileOfSymbol, name));
  while (questions.length > 0) {
    const known = files.size;
    for (const answer of await ask(questions)) takeFiles(answer, files);
    if (files.size > FILES_MAX) throw new ReflectionError('the target has too many files');
    const missing = findMissing(files);
    // Who gives nothing new will not give the rest either.
    questions =
      files.size === known
        ? []
        : missing.map((name) => encodeBytesField(Ask.fileByName, Buffer.from(name)));
  }
  return Buffer.concat([...files.values()].map((file) => encodeBytesField(1, file)));
}

function takeFiles(answer: Buffer, files: Map<string, Buffer>): void {
  for (const response of readAll(answer, Answer.files)) {
    for (const file of readAll(response, 1)) {
      files.set(String(readAll(file, 1)[0] ?? ''), file);
    }
  }
}

/** Names of files that others import. */
function findMissing(files: ReadonlyMap<string, Buffer>): readonly string[] {
  const imported = [...files.values()].flatMap((file) => readAll(file, 3).map(String));
  return [...new Set(imported)].filter((name) => !files.has(name));
}

/** The values of a field of a message. */
function readAll(message: Buffer, number: number): readonly Buffer[] {
  return Array.from(readFields(message, 0))
    .filter((field) => field.number === number)
    .map(({ valueStart, end }) => message.subarray(valueStart, end));
}

async function call(
  upstream: HttpUpstream,
  service: string,
  questions: readonly Buffer[],
): Promise<readonly Buffer[]> {
  const body = Buffer.concat(
    questions.map((question) => encodeGrpcMessage({ isCompressed: false, body: question })),
  );
  const request: HttpRequest = {
    ...{ method: 'POST', scheme: 'https', authority: '', query: '', version: '2' },
    path: `/${service}/ServerReflectionInfo`,
    fields: FieldList.of([
      ['content-type', 'application/grpc+proto'],
      ['te', 'trailers'],
    ]),
    ...{ upgrade: undefined, bodyBytes: body.length, body: new WholeBody(body) },
  };
  return readAnswers(await send(upstream, request));
}

function send(upstream: HttpUpstream, request: HttpRequest): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    upstream.send(request, {
      onResponse: resolve,
      onUpgrade(_response, stream) {
        stream.destroy();
        reject(new ReflectionError('the target changed protocols'));
      },
      onError: reject,
    });
  });
}

async function readAnswers({ status, fields, body }: HttpResponse): Promise<readonly Buffer[]> {
  const collected = await new Promise<CollectedBody>((resolve) => {
    collectBody(body, ANSWER_BYTES_MAX, resolve);
  });
  if (collected.kind !== 'whole') throw new ReflectionError(`the answer is ${collected.kind}`);
  const said = collected.trailers?.get('grpc-status') ?? fields.get('grpc-status');
  if (status !== 200 || said !== '0') {
    throw new ReflectionError(`the target answers ${said ?? status}`, Number(said));
  }
  const answers: Buffer[] = [];
  const decoder = new GrpcMessageDecoder(ANSWER_BYTES_MAX, (message) => {
    answers.push(message.body);
  });
  decoder.push(collected.bytes);
  decoder.end();
  return answers;
}
