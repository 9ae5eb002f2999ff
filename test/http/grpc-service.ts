import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type GrpcObject,
  loadPackageDefinition,
  Metadata,
  Server,
  ServerCredentials,
  type ServiceClientConstructor,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { loadSync, type PackageDefinition } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import { encodeBytesField } from '../../src/wire/protobuf/message-fields.ts';

const PROTO = `
syntax = "proto3";
package hospital.v1;
service Patients {
  rpc Get(Question) returns (Patient);
  rpc List(Question) returns (stream Patient);
  rpc Import(stream Patient) returns (Question);
  rpc Follow(stream Question) returns (stream Patient);
  rpc Find(Search) returns (Patient);
  rpc Watch(stream Search) returns (stream Patient);
}
message Search {
  string ward = 1;
  repeated Number numbers = 2;
}
message Number { string mrn = 1; }
message Question { string id = 1; }
message Patient {
  string id = 1;
  string name = 2;
  string ssn = 3;
  int32 weight = 4;
  string note = 5;
  map<string, string> tags = 6;
  bytes photo = 7;
}`;

/** A patient as clients and servers have it. */
export interface Patient {
  readonly id: string;
  readonly name: string;
  readonly ssn: string;
  readonly weight: number;
  readonly note: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly photo: Buffer;
}

/** Whom the service knows. */
export const PATIENT: Patient = {
  id: 'M-4711',
  name: 'Ottoline Quackenbush',
  ssn: '536-22-8741',
  weight: 71,
  note: 'call (555) 010-2040, ssn 536-22-8741',
  tags: { ward: '4E', mail: 'write to otto@example.org' },
  photo: Buffer.from('png'),
};

/** What `large` has: more than one piece of a body. */
export const LARGE_NOTE: string = 'blood pressure is normal. '.repeat(100_000);

/** A gRPC service on a free port of 127.0.0.1, without TLS. */
/** What `Find` is asked. */
interface Search {
  readonly ward: string;
  readonly numbers?: readonly { readonly mrn: string }[];
}

export interface GrpcService extends AsyncDisposable {
  readonly port: number;
  /** A `FileDescriptorSet`, in a file. */
  readonly descriptorsFile: string;
  /** What clients are made of. */
  readonly client: ServiceClientConstructor;
  /** Calls that their client gave up. */
  readonly cancelled: () => number;
}

type Call = {
  readonly request: { readonly id: string };
  write(patient: Partial<Patient>): void;
  end(): void;
  on(event: string, act: (message: { readonly id: string }) => void): void;
  emit(event: string, error: unknown): void;
};
type Answer = (error: unknown, patient?: unknown, trailer?: Metadata) => void;

/** Starts the service. @param services With `reflection`, it says itself what it is. */
export async function startGrpcService(settings: {
  readonly reflection: boolean;
}): Promise<GrpcService> {
  await using started = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-grpc-'));
  started.defer(() => rm(directory, { recursive: true, force: true }));
  const protoFile = join(directory, 'patients.proto');
  await writeFile(protoFile, PROTO);
  const definition = loadSync(protoFile, { keepCase: true, defaults: true });
  const descriptorsFile = join(directory, 'patients.bin');
  await writeFile(descriptorsFile, describeFiles(definition));
  const { client } = readClient(definition);
  let cancelled = 0;
  const server = new Server();
  server.addService(
    client.service,
    implement(() => {
      cancelled += 1;
    }),
  );
  if (settings.reflection) new ReflectionService(definition).addToServer(server);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  started.defer(() => server.forceShutdown());
  const cleanUp = started.move();
  return {
    ...{ port, descriptorsFile, client },
    cancelled: () => cancelled,
    [Symbol.asyncDispose]: () => cleanUp.disposeAsync(),
  };
}

function readClient(definition: PackageDefinition): { readonly client: ServiceClientConstructor } {
  const hospital = loadPackageDefinition(definition)['hospital'] as GrpcObject;
  const version = hospital['v1'] as GrpcObject;
  return { client: version['Patients'] as ServiceClientConstructor };
}

function describeFiles(definition: PackageDefinition): Buffer {
  const files = Object.values(definition).flatMap((one) =>
    'fileDescriptorProtos' in one ? (one.fileDescriptorProtos as Buffer[]) : [],
  );
  const distinct = new Map(files.map((file) => [file.toString('hex'), file]));
  return Buffer.concat([...distinct.values()].map((file) => encodeBytesField(1, file)));
}

function implement(onCancelled: () => void): UntypedServiceImplementation {
  const methods = {
    Get(call: Call, answer: Answer): void {
      call.on('cancelled', onCancelled);
      if (call.request.id === 'never') return;
      if (call.request.id === 'large') {
        return answer(null, { ...PATIENT, note: LARGE_NOTE });
      }
      if (call.request.id === 'unknown') {
        const metadata = new Metadata();
        metadata.set('grpc-status-details-bin', Buffer.from(`no ${PATIENT.ssn}`));
        return answer({
          code: status.NOT_FOUND,
          details: `nobody has ssn ${PATIENT.ssn}`,
          metadata,
        });
      }
      answer(null, PATIENT);
    },
    Find(call: Call, answer: Answer): void {
      const { ward, numbers = [] } = call.request as unknown as Search;
      const asked = numbers.map(({ mrn }) => mrn).filter((mrn) => mrn !== '');
      if (asked.every((mrn) => mrn === PATIENT.id) && ward !== 'none') return answer(null, PATIENT);
      const details = `nobody in ward ${ward} has ${asked.join(' or ')}`;
      answer({ code: status.NOT_FOUND, details });
    },
    Watch(call: Call): void {
      call.on('data', () => call.write(PATIENT));
      call.on('end', () => call.end());
    },
    List(call: Call): void {
      for (let index = 0; index < 50; index += 1) call.write({ ...PATIENT, weight: index });
      call.end();
    },
    Import(call: Call, answer: Answer): void {
      let count = 0;
      call.on('data', () => {
        count += 1;
      });
      call.on('end', () => answer(null, { id: String(count) }));
    },
    Follow(call: Call): void {
      call.on('cancelled', onCancelled);
      call.on('data', ({ id }) => call.write({ ...PATIENT, note: `ward ${id}` }));
      call.on('end', () => call.end());
    },
  };
  return methods as unknown as UntypedServiceImplementation;
}
