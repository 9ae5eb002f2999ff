import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import {
  type Client,
  type ClientDuplexStream,
  type ClientReadableStream,
  type ClientWritableStream,
  compressionAlgorithms,
  credentials,
  Metadata,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { encodeGrpcMessage } from '../../src/wire/grpc/message-decoder.ts';
import { encodeBytesField } from '../../src/wire/protobuf/message-fields.ts';
import { type HttpEnvironment, startHttpEnvironment, TARGET_HOST } from './environment.ts';
import {
  type GrpcService,
  LARGE_NOTE,
  PATIENT,
  type Patient,
  startGrpcService,
} from './grpc-service.ts';
import type { UpstreamHandler } from './private-upstream.ts';

/** `ana` sees nothing raw; `noor` sees all. */
const POLICIES = `
@id("connect") permit (principal, action == Action::"connect", resource);
@id("use") permit (principal, action == Action::"grpc.call", resource) when { context.known };
@id("reflection") permit (principal, action == Action::"grpc.call", resource)
when { context.service like "grpc.reflection.*" };
@id("nurses") permit (principal in Group::"nurses", action == Action::"reveal", resource);
@id("no-import") @reason("read only")
forbid (principal, action == Action::"grpc.call", resource) when { context.method == "Import" }
unless { principal in Group::"nurses" };`;

const MESSAGES = {
  'hospital.v1.Patient.id': 'mrn',
  'hospital.v1.Patient.name': 'name',
  'hospital.v1.Patient.ssn': 'ssn',
};
const HIDDEN = /Quackenbush|536-22|010-2040|otto@/;

type Unary = Client &
  Record<
    'Get',
    (
      question: { readonly id: string },
      metadata: Metadata,
      options: { readonly deadline?: number },
      done: (error: ServiceError | null, patient?: Patient) => void,
    ) => { cancel(): void }
  > & {
    List(question: object, metadata: Metadata): ClientReadableStream<Patient>;
    Import(
      metadata: Metadata,
      done: (error: ServiceError | null, answer?: { readonly id: string }) => void,
    ): ClientWritableStream<Partial<Patient>>;
    Follow(metadata: Metadata): ClientDuplexStream<{ readonly id: string }, Patient>;
    Find(
      question: object,
      metadata: Metadata,
      done: (error: ServiceError | null, patient?: Patient) => void,
    ): void;
    Watch(metadata: Metadata): ClientDuplexStream<object, Patient>;
  };

function signIn(world: HttpEnvironment, subject: string): Metadata {
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${world.tokenOf(subject)}`);
  return metadata;
}

/** A client that compresses what it sends. */
async function openClient(world: HttpEnvironment, service: GrpcService): Promise<Unary> {
  const authority = await readFile(world.authorityFile);
  const Constructor = service.client;
  return new Constructor(`127.0.0.1:${world.address.port}`, credentials.createSsl(authority), {
    'grpc.ssl_target_name_override': TARGET_HOST,
    'grpc.default_authority': `${TARGET_HOST}:${world.address.port}`,
    'grpc.max_receive_message_length': 8 * 1024 * 1024,
    'grpc.default_compression_algorithm': compressionAlgorithms.gzip,
  }) as unknown as Unary;
}

function ask(
  client: Unary,
  { id, who, ...options }: { id: string; who: Metadata; deadline?: number },
): Promise<Patient> {
  return new Promise((resolve, reject) => {
    client.Get({ id }, who, options, (error, patient) =>
      patient === undefined ? reject(error ?? new Error('no answer')) : resolve(patient),
    );
  });
}

describe('gRPC with compressed answers', () => {
  /** Answers in what the client calls itself; grpc-js does not compress. */
  const answer: UpstreamHandler = (request, response) => {
    const coding = String(request.headers['x-coding']);
    const name = encodeBytesField(2, Buffer.from('Quackenbush'));
    const body = coding === 'gzip' ? gzipSync(name) : name;
    response.writeHead(200, { 'content-type': 'application/grpc', 'grpc-encoding': coding });
    response.addTrailers({ 'grpc-status': '0' });
    response.write(encodeGrpcMessage({ isCompressed: true, body }));
    response.end();
  };

  it('unpacks what it can read, and refuses the rest', async () => {
    await using service = await startGrpcService({ reflection: false });
    await using world = await startHttpEnvironment({
      policies: POLICIES,
      dataMap: { messages: MESSAGES },
      upstream: { speaks: 'h2', handler: answer },
      target: [[['grpc'], { descriptors: service.descriptorsFile }]],
    });
    const client = await openClient(world, service);
    const who = signIn(world, 'ana');
    who.set('x-coding', 'gzip');
    assert.equal((await ask(client, { id: '1', who })).name, '[redacted]');
    who.set('x-coding', 'snappy');
    await assert.rejects(ask(client, { id: '1', who }), { code: status.INTERNAL });
    client.close();
  });
});

for (const from of ['descriptors', 'reflection'] as const) {
  describe(`gRPC by ${from}`, () => {
    let service: GrpcService;
    let world: HttpEnvironment;
    let client: Unary;
    let asAna: Metadata;
    let asNoor: Metadata;

    before(async () => {
      service = await startGrpcService({ reflection: from === 'reflection' });
      const grpc =
        from === 'reflection' ? { reflection: true } : { descriptors: service.descriptorsFile };
      world = await startHttpEnvironment({
        policies: POLICIES,
        dataMap: { messages: MESSAGES, parameters: { 'hospital.v1.Number.mrn': 'mrn' } },
        upstreamPort: service.port,
        target: [
          [['tls'], { mode: 'disable' }],
          [['httpVersion'], '2'],
          [['grpc'], grpc],
        ],
      });
      client = await openClient(world, service);
      asAna = signIn(world, 'ana');
      asNoor = signIn(world, 'noor');
    });
    after(async () => {
      client?.close();
      await world?.[Symbol.asyncDispose]();
      await service?.[Symbol.asyncDispose]();
    });

    const get = (id: string, who: Metadata, deadline?: number): Promise<Patient> =>
      ask(client, { id, who, ...(deadline !== undefined && { deadline }) });

    it('masks what a unary call answers, and shows it to who may see it', async () => {
      const masked = await get('1', asAna);
      assert.deepEqual(
        { ...masked, id: masked.id.slice(0, 3), photo: String(masked.photo) },
        {
          id: 'ps1',
          name: '[redacted]',
          ssn: '[redacted]',
          weight: 71,
          note: masked.note,
          tags: { ward: '4E', mail: masked.tags['mail'] },
          photo: '',
        },
      );
      assert.doesNotMatch(JSON.stringify(masked), HIDDEN);
      assert.equal((await get('1', asNoor)).ssn, PATIENT.ssn);
    });

    it('is not asked by what is hidden: by a field of a message, or a stream of them', async () => {
      const find = (question: object, who: Metadata): Promise<Patient> =>
        new Promise((resolve, reject) => {
          client.Find(question, who, (error, patient) =>
            patient === undefined ? reject(error ?? new Error('no answer')) : resolve(patient),
          );
        });
      const byNumber = { ward: '4E', numbers: [{}, { mrn: PATIENT.id }] };
      await assert.rejects(find(byNumber, asAna), { code: status.PERMISSION_DENIED });
      assert.equal((await find(byNumber, asNoor)).id, PATIENT.id);
      assert.equal((await find({ ward: '4E', numbers: [{}] }, asAna)).name, '[redacted]');
      const stream = client.Watch(asAna);
      stream.write({ ward: '4E' });
      await assert.rejects(once(stream, 'data'), { code: status.PERMISSION_DENIED });
      for (const type of ['application/json', 'application/grpc-web+proto', 'application/proto']) {
        const answer = await world.fetch('/hospital.v1.Patients/Find', {
          ...{ method: 'POST', subject: 'ana', headers: { 'content-type': type } },
          body: '{"numbers":[{"mrn":"M-4711"}]}',
        });
        assert.equal(answer.status, 403, type);
      }
      const path = '/hospital.v1.Patients/Find?connect=v1&encoding=json&message=%7B%7D';
      assert.equal((await world.fetch(path, { subject: 'ana' })).status, 403);
    });

    it('is asked for the value of a pseudonym that was shown, and of no other text', async () => {
      const find = (question: object, who: Metadata = asAna): Promise<Patient> =>
        new Promise((resolve, reject) => {
          client.Find(question, who, (error, patient) =>
            patient === undefined ? reject(error ?? new Error('no answer')) : resolve(patient),
          );
        });
      const { id } = await get('1', asAna);
      assert.match(id, /^ps1_/);
      const found = await find({ ward: '4E', numbers: [{}, { mrn: id }, { mrn: id }] });
      assert.deepEqual([found.id, found.name], [id, '[redacted]']);
      // A guess, and a pseudonym that nobody was shown, are told apart from it and not from each other.
      const refusals = new Set<string>();
      const other = `${id.slice(0, -1)}${id.endsWith('0') ? '1' : '0'}`;
      const guesses = [PATIENT.id, 'M-4712', other, ` ${id}`, `${id}\0`, id.toUpperCase(), '%'];
      for (const mrn of guesses) {
        const error = await find({ numbers: [{ mrn: id }, { mrn }] }).then(
          () => assert.fail(mrn),
          (failure: ServiceError) => failure,
        );
        assert.equal(error.code, status.PERMISSION_DENIED, mrn);
        refusals.add(error.details);
      }
      assert.equal(refusals.size, 1);
      // What the service says of it might say the value.
      const failed = await find({ ward: 'none', numbers: [{ mrn: id }] }).then(
        () => assert.fail('found'),
        (failure: ServiceError) => failure,
      );
      assert.equal(failed.code, status.NOT_FOUND);
      assert(!failed.details.includes(PATIENT.id), failed.details);
    });

    it('masks streams message by message', async () => {
      const stream = client.List({ id: '1' }, asAna);
      const patients: Patient[] = [];
      for await (const patient of stream) patients.push(patient as Patient);
      assert.deepEqual(
        patients.map(({ weight }) => weight),
        Array.from({ length: 50 }, (_, index) => index),
      );
      assert.doesNotMatch(JSON.stringify(patients), HIDDEN);
    });

    it('carries streams both ways while they last', async () => {
      const stream = client.Follow(asAna);
      for (const ward of ['4E', '5W']) {
        stream.write({ id: ward });
        const [patient] = (await once(stream, 'data')) as [Patient];
        assert.equal(patient.note, `ward ${ward}`);
        assert.equal(patient.name, '[redacted]');
      }
      stream.end();
      await once(stream, 'end');
    });

    it('carries streams of clients, and refuses what policies forbid', async () => {
      const send = (who: Metadata): Promise<string> =>
        new Promise((resolve, reject) => {
          const stream = client.Import(who, (error, answer) =>
            error === null ? resolve(answer?.id ?? '') : reject(error),
          );
          for (let index = 0; index < 3; index += 1) stream.write(PATIENT);
          stream.end();
        });
      assert.equal(await send(asNoor), '3');
      await assert.rejects(send(asAna), { code: status.PERMISSION_DENIED });
    });

    it('carries large messages', async () => {
      const { note } = await get('large', asAna);
      assert.equal(note.length, LARGE_NOTE.length);
    });

    it('carries deadlines and cancellations to the service', async () => {
      const cancelledBefore = service.cancelled();
      await assert.rejects(get('never', asAna, Date.now() + 500), {
        code: status.DEADLINE_EXCEEDED,
      });
      const stream = client.Follow(asAna);
      stream.on('error', () => undefined);
      stream.write({ id: '1' });
      await once(stream, 'data');
      stream.cancel();
      while (service.cancelled() < cancelledBefore + 2) await setTimeout(10);
    });

    it('looks through errors, and leaves details out that nobody can look through', async () => {
      const error = (who: Metadata): Promise<ServiceError> =>
        get('unknown', who).then(
          () => assert.fail('it must fail'),
          (failure: ServiceError) => failure,
        );
      const raw = await error(asNoor);
      assert.equal(raw.code, status.NOT_FOUND);
      assert.match(raw.details, HIDDEN);
      assert.match(String(raw.metadata.get('grpc-status-details-bin')[0]), HIDDEN);
      const masked = await error(asAna);
      assert.equal(masked.code, status.NOT_FOUND);
      assert.match(masked.details, /nobody has ssn/);
      assert.doesNotMatch(masked.details, HIDDEN);
      assert.deepEqual(masked.metadata.get('grpc-status-details-bin'), []);
    });

    // A file of descriptors does not name the reflection itself, and what is not known is refused.
    if (from === 'reflection') {
      it('carries reflection of the target, masked or not', async () => {
        const stream = client.makeBidiStreamRequest(
          '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
          (question: Buffer) => question,
          (answer: Buffer) => answer,
          asAna,
        );
        stream.write(encodeBytesField(4, Buffer.from('hospital.v1.Patients')));
        const [answer] = (await once(stream, 'data')) as [Buffer];
        assert(answer.includes('hospital_v1.proto'));
        stream.end();
        await once(stream, 'end');
      });
    }

    it('seals which method was called', async () => {
      const texts = (await world.entries('operation')).map((entry) => JSON.stringify(entry));
      assert(texts.some((text) => text.includes('/hospital.v1.Patients/Get')));
    });
  });
}
