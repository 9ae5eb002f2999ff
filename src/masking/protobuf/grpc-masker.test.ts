import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import {
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  type FileDescriptorSet,
  FileDescriptorSetSchema,
} from '@bufbuild/protobuf/wkt';
import fc from 'fast-check';
import { encodeGrpcMessage } from '../../wire/grpc/message-decoder.ts';
import {
  encodeBytesField,
  encodeVarintField,
  readFields,
  WireType,
} from '../../wire/protobuf/message-fields.ts';
import { decodeVarint } from '../../wire/protobuf/varint.ts';
import { AskedValues } from '../bodies/asked-values.ts';
import { openBodyMasking } from '../bodies/body-masking.ts';
import { fixtureMasks, pseudonymOf } from '../content/masked-content.fixture.ts';
import { ContentFormatError } from '../content-masker.ts';
import type { GrpcMethod } from './message-type.ts';
import { planGrpc } from './plan-grpc.ts';
import { DescriptorError, ServiceSchema } from './service-schema.ts';

const { STRING, BYTES, INT32, MESSAGE, INT64, FIXED32, ENUM } = FieldDescriptorProto_Type;
const { OPTIONAL, REPEATED, REQUIRED } = FieldDescriptorProto_Label;
const SSN = '536-22-8741';

type Field = readonly [
  name: string,
  number: number,
  type: FieldDescriptorProto_Type,
  more?: { readonly typeName?: string; readonly label?: FieldDescriptorProto_Label },
];

function message(name: string, fields: readonly Field[], isEntry = false): object {
  return {
    name,
    field: fields.map(([field, number, type, more]) => ({
      ...{ name: field, number, type, label: OPTIONAL },
      ...more,
    })),
    ...(isEntry && { options: { mapEntry: true } }),
  };
}

/** Names of types without a dot are looked for from within. */
const FILES = {
  file: [
    {
      ...{ name: 'google/protobuf/any.proto', package: 'google.protobuf', syntax: 'proto3' },
      messageType: [
        message('Any', [
          ['type_url', 1, STRING],
          ['value', 2, BYTES],
        ]),
        message('Timestamp', [
          ['seconds', 1, INT64],
          ['nanos', 2, INT32],
        ]),
        message('StringValue', [['value', 1, STRING]]),
      ],
    },
    {
      ...{ name: 'h.proto', package: 'h', syntax: 'proto2' },
      dependency: ['google/protobuf/any.proto'],
      enumType: [{ name: 'Sex', value: [{ name: 'UNKNOWN', number: 0 }] }],
      messageType: [
        {
          ...message('Patient', [
            ['mrn', 1, STRING],
            ['note', 2, STRING],
            ['weight', 3, INT32],
            ['scores', 4, INT32, { label: REPEATED }],
            ['photo', 5, BYTES],
            ['sex', 6, ENUM, { typeName: 'Sex' }],
            ['mother', 7, MESSAGE, { typeName: 'Patient' }],
            ['tags', 8, MESSAGE, { typeName: 'Tags', label: REPEATED }],
            ['extra', 9, MESSAGE, { typeName: '.google.protobuf.Any' }],
            ['born', 10, MESSAGE, { typeName: 'google.protobuf.Timestamp' }],
            ['nick', 11, MESSAGE, { typeName: 'google.protobuf.StringValue' }],
            ['room', 12, FIXED32, { label: REQUIRED }],
            ['ssn', 13, STRING],
            ['phone', 14, INT64],
          ]),
          nestedType: [
            message(
              'Tags',
              [
                ['key', 1, STRING],
                ['value', 2, STRING],
              ],
              true,
            ),
          ],
        },
      ],
      service: [
        { name: 'S', method: [{ name: 'Get', inputType: 'Patient', outputType: 'Patient' }] },
      ],
    },
  ],
} as unknown as MessageInitShape<typeof FileDescriptorSetSchema>;

function findGet(files: FileDescriptorSet): GrpcMethod {
  const schema = ServiceSchema.decode(toBinary(FileDescriptorSetSchema, files));
  const method = schema.findMethod('h.S', 'Get');
  assert(method !== undefined);
  assert.equal(schema.findMethod('h.S', 'Put'), undefined);
  assert.equal(schema.findMethod('h.T', 'Get'), undefined);
  return method;
}

const GET = findGet(create(FileDescriptorSetSchema, FILES));

function text(number: number, value: string): Buffer {
  return encodeBytesField(number, Buffer.from(value));
}

type Unmapped = 'inspect' | 'refuse' | 'pass';

function mask(
  pieces: readonly Uint8Array[],
  messages: Readonly<Record<string, string>> = {},
  unmappedBodies: Unmapped = 'inspect',
  askedBy?: AskedValues,
): Buffer {
  const mapped = Object.entries(messages).map(([name, dataClass]) => ({ name, dataClass }));
  const plan = planGrpc(
    { grpcMethod: GET, path: '/h.S/Get', ...(askedBy !== undefined && { askedBy }) },
    { messages: mapped, unmappedBodies },
    new Map(),
    fixtureMasks,
  );
  assert(plan.kind === 'masked');
  const output: Buffer[] = [];
  const masker = plan.openMasker((bytes) => void output.push(Buffer.from(bytes)));
  for (const piece of pieces) {
    const bytes = Buffer.from(piece);
    masker.push(bytes);
    bytes.fill(0xee);
  }
  masker.end();
  return Buffer.concat(output);
}

/** Masks one message. */
function maskOne(
  fields: readonly Buffer[],
  messages?: Readonly<Record<string, string>>,
  unmapped?: Unmapped,
): Buffer {
  const body = Buffer.concat(fields);
  const masked = mask([encodeGrpcMessage({ isCompressed: false, body })], messages, unmapped);
  return masked.subarray(5);
}

describe('planGrpc', () => {
  it('masks strings, leaves out what has no mask, keeps the rest as it was written', () => {
    const scores = encodeBytesField(4, Buffer.of(1, 2, 3));
    assert.deepEqual(
      maskOne(
        [text(1, 'M-1'), text(2, 'well'), encodeVarintField(3, 71n), scores, text(5, 'png')],
        { 'h.Patient.mrn': 'mrn', 'h.Patient.weight': 'other-id', 'h.Patient.photo': 'none' },
      ),
      Buffer.concat([text(1, pseudonymOf('mrn', 'M-1')), text(2, 'well'), scores, text(5, 'png')]),
    );
  });

  it('looks through strings wherever they are, and leaves bytes out', () => {
    const within = (number: number, ...fields: readonly Buffer[]): Buffer =>
      encodeBytesField(number, Buffer.concat(fields));
    const masked = maskOne([
      text(2, `ssn ${SSN}`),
      text(5, SSN),
      within(7, within(7, text(2, `ssn ${SSN}`))),
      within(8, text(1, `ssn ${SSN}`), text(2, `ssn ${SSN}`)),
      within(11, text(1, `ssn ${SSN}`)),
    ]);
    assert.doesNotMatch(masked.toString('latin1'), /536|8741/);
    assert.match(masked.toString('latin1'), /\[ssn\]/);
  });

  it('goes by the names of fields where nothing else is said', () => {
    const masked = maskOne([text(13, 'x'), encodeVarintField(14, 5550102030n)]);
    assert.deepEqual(masked, text(13, '[redacted]'));
    assert.deepEqual(maskOne([text(13, 'x')], { 'h.Patient.ssn': 'none' }), text(13, 'x'));
  });

  it('masks what is in a message of a class, but not what the data map says otherwise of', () => {
    const mother = encodeBytesField(
      7,
      Buffer.concat([text(1, 'M-2'), text(2, 'Ann'), encodeVarintField(3, 5n)]),
    );
    assert.deepEqual(
      maskOne([mother], { 'h.Patient.mother': 'name', 'h.Patient.mrn': 'none' }),
      encodeBytesField(7, Buffer.concat([text(1, 'M-2'), text(2, '[redacted]')])),
    );
    const nick = encodeBytesField(11, text(1, 'Otto'));
    assert.deepEqual(
      maskOne([nick], { 'h.Patient.nick': 'name' }),
      encodeBytesField(11, text(1, '[redacted]')),
    );
    const tags = encodeBytesField(8, Buffer.concat([text(1, 'ward'), text(2, 'Ann')]));
    assert.deepEqual(
      maskOne([tags], { 'h.Patient.tags': 'name' }),
      encodeBytesField(8, Buffer.concat([text(1, 'ward'), text(2, '[redacted]')])),
    );
  });

  it('leaves the year of a timestamp', () => {
    const seconds = (iso: string): bigint => BigInt(Date.parse(iso) / 1000);
    const born = encodeBytesField(10, encodeVarintField(1, seconds('1955-08-09T10:11:12Z')));
    const masked = maskOne([born], { 'h.Patient.born': 'birth-date' });
    const [field] = readFields(masked.subarray(2), 0);
    assert(field !== undefined);
    const value = BigInt.asIntN(64, decodeVarint(masked.subarray(2), field.valueStart, field.end));
    assert.equal(value, seconds('1955-01-01T00:00:00Z'));
    assert.deepEqual(maskOne([born], { 'h.Patient.born': 'other-id' }), Buffer.alloc(0));
  });

  it('leaves out what the descriptors do not know, and messages of any type', () => {
    const any = encodeBytesField(9, Buffer.concat([text(1, 'type/x'), text(2, SSN)]));
    assert.deepEqual(maskOne([text(99, SSN), encodeVarintField(98, 1n), any]), Buffer.alloc(0));
    assert.deepEqual(maskOne([any], {}, 'refuse'), Buffer.alloc(0));
  });

  it('empties what nobody has named, where that is to be refused', () => {
    assert.deepEqual(
      maskOne([text(1, 'M-1'), text(2, 'well')], { 'h.Patient.mrn': 'none' }, 'refuse'),
      Buffer.concat([text(1, 'M-1'), text(2, '')]),
    );
  });

  it('keeps required fields, with nothing in them', () => {
    const room = Buffer.concat([Buffer.of((12 << 3) | WireType.fixed32), Buffer.of(1, 2, 3, 4)]);
    assert.deepEqual(
      maskOne([room], { 'h.Patient.room': 'other-id' }),
      Buffer.concat([room.subarray(0, 1), Buffer.alloc(4)]),
    );
  });

  it('refuses what receivers may read differently, and what is compressed', () => {
    for (const fields of [
      [encodeVarintField(1, 1n)],
      [text(3, 'a')],
      [encodeVarintField(7, 1n)],
      [Buffer.of(0x0b, 0x0c)],
      [Buffer.of(0x0a, 0x05, 0x61)],
      [encodeBytesField(2, Buffer.of(0xff))],
    ]) {
      assert.throws(
        () => maskOne(fields),
        ContentFormatError,
        Buffer.concat(fields).toString('hex'),
      );
    }
    const packed = encodeGrpcMessage({ isCompressed: true, body: Buffer.from('x') });
    assert.throws(() => mask([packed]), ContentFormatError);
    assert.throws(() => mask([packed.subarray(0, 3)]), ContentFormatError);
  });

  it('hides what was asked by in all strings and bytes, whatever else is shown', () => {
    const askedBy = new AskedValues([{ value: 'QX-4711/é', standIn: 'ps1_0123456789abcdef' }]);
    const write = (said: string): Buffer => {
      const inner = Buffer.concat([text(2, `no ${said}`), text(5, `{"mrn":"${said}"}`)]);
      const tag = Buffer.concat([text(1, said), text(2, 'kept')]);
      return Buffer.concat([
        ...[text(2, said), encodeVarintField(3, 71n)],
        ...[encodeBytesField(7, inner), encodeBytesField(8, tag), text(13, said)],
      ]);
    };
    const asked = encodeGrpcMessage({ isCompressed: false, body: write('QX-4711/é') });
    const hidden = encodeGrpcMessage({ isCompressed: false, body: write('ps1_0123456789abcdef') });
    assert.deepEqual(mask([asked], {}, 'pass', askedBy), hidden);
    const inspected = mask([asked], {}, 'inspect', askedBy).toString();
    assert.doesNotMatch(inspected, /QX-4711/);
    // Of what nobody can read, nobody can say whether it is in it.
    const sealed = encodeBytesField(9, Buffer.concat([text(1, 'x'), text(2, 'QX-4711/é')]));
    const extra = encodeGrpcMessage({ isCompressed: false, body: sealed });
    const nothing = encodeGrpcMessage({ isCompressed: false, body: Buffer.alloc(0) });
    assert.deepEqual(mask([extra], {}, 'pass', askedBy), nothing);
    const map = { messages: [], unmappedBodies: 'pass' } as const;
    const path = '/h.S/Get';
    assert.equal(planGrpc({ path, askedBy }, map, new Map(), fixtureMasks).kind, 'refused');
    assert.equal(planGrpc({ path, grpcMethod: GET }, map, new Map(), fixtureMasks).kind, 'raw');
  });

  it('refuses methods without descriptors, and shows what is shown', () => {
    const messages = [{ name: 'h.Patient.mrn', dataClass: 'mrn' }];
    const map = { messages, unmappedBodies: 'inspect' } as const;
    const all = new Map([
      ['mrn', []],
      ['free-text', []],
    ]);
    assert.equal(planGrpc({ path: '/h.S/Put' }, map, new Map(), fixtureMasks).kind, 'refused');
    assert.equal(planGrpc({ path: '/h.S/Put' }, map, all, fixtureMasks).kind, 'raw');
    assert.equal(
      planGrpc({ grpcMethod: GET, path: '/h.S/Get' }, map, all, fixtureMasks).kind,
      'raw',
    );
  });

  it('writes the same however the bytes come', () => {
    const bytes = Buffer.concat(
      [text(2, `ssn ${SSN}`), Buffer.alloc(0), text(1, 'M-1')].map((body) =>
        encodeGrpcMessage({ isCompressed: false, body }),
      ),
    );
    const expected = mask([bytes]);
    for (let at = 0; at <= bytes.length; at += 1) {
      assert.deepEqual(mask([bytes.subarray(0, at), bytes.subarray(at)]), expected);
    }
    assert.deepEqual(mask(Array.from(bytes, (byte) => Buffer.of(byte))), expected);
  });

  it('throws nothing but ContentFormatError for any message', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          maskOne([Buffer.from(bytes)]);
        } catch (error) {
          assert(error instanceof ContentFormatError, String(error));
        }
      }),
    );
  });
});

describe('planResponse of a call', () => {
  it('shows nothing of answers in another protocol than gRPC, unless an entry says what they hold', () => {
    const dataMap = {
      ...{ messages: [], parameters: [], unmappedBodies: 'inspect' as const },
      ...{ masks: {}, customClasses: [], detectors: [] },
    };
    const content = { glob: '/h.S/*', fields: [], delimiter: ',', hasHeader: true } as const;
    const entry = { ...content, format: 'json' } as const;
    const plan = (bodies: readonly (typeof entry)[], changes: object = {}): string => {
      const masking = openBodyMasking({ ...fixtureMasks.parts, dataMap: { ...dataMap, bodies } });
      const mediaType = { essence: 'application/json', parameters: new Map() };
      const subject = { method: 'POST', path: '/h.S/Get', status: 200, mediaType };
      const said = masking.planResponse({ ...subject, grpcMethod: GET, ...changes }, new Map());
      return said.kind === 'refused' ? `refused${/: .*$/.exec(said.reason)?.[0]}` : said.kind;
    };
    assert.equal(
      plan([]),
      'refused: call it by gRPC, or have an entry of the data map say what its path holds',
    );
    assert.equal(plan([entry]), 'masked');
    assert.equal(plan([], { grpcMethod: undefined }), 'masked');
    // Of an error it is shown that there is one.
    assert.equal(plan([], { status: 404 }), 'masked');
  });
});

describe('ServiceSchema', () => {
  it('refuses what are no descriptors, or not all of them', () => {
    assert.throws(() => ServiceSchema.decode(Buffer.from('no')), DescriptorError);
    const files = create(FileDescriptorSetSchema, FILES);
    files.file.shift();
    const bytes = toBinary(FileDescriptorSetSchema, files);
    assert.throws(() => ServiceSchema.decode(bytes), DescriptorError);
  });
});
