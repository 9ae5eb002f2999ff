import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeGrpcMessage, GrpcMessageDecoder } from '../../../wire/grpc/message-decoder.ts';
import { FieldList } from '../../../wire/http/field-list.ts';
import { encodeBytesField, readFields } from '../../../wire/protobuf/message-fields.ts';
import { UpstreamError } from '../../upstream-error.ts';
import type { HttpRequest, HttpUpstream } from '../exchange.ts';
import { collectBody, WholeBody } from '../whole-body.ts';
import { askReflection, ReflectionError } from './ask-reflection.ts';
import { ReflectedSchema } from './schema-source.ts';

function text(number: number, value: string): Buffer {
  return encodeBytesField(number, Buffer.from(value));
}

function file(name: string, ...imports: readonly string[]): Buffer {
  return Buffer.concat([text(1, name), ...imports.map((one) => text(3, one))]);
}

/** What a server answers to one question: the number of its field, and its value. */
type Answer = (number: number, value: string) => Buffer;

const FILES: Readonly<Record<string, Buffer>> = {
  'a.proto': file('a.proto', 'b.proto'),
  'b.proto': file('b.proto', 'c.proto'),
  'c.proto': file('c.proto'),
};

function giveFiles(...names: readonly string[]): Buffer {
  const files = names.flatMap((name) => FILES[name] ?? []);
  return encodeBytesField(4, Buffer.concat(files.map((one) => encodeBytesField(1, one))));
}

const answerWell: Answer = (number, value) => {
  if (number === 7) return encodeBytesField(6, encodeBytesField(1, text(1, 'h.S')));
  return number === 4 ? giveFiles('a.proto') : giveFiles(value);
};

/** A target with reflection under one name. */
function serve(service: string, answer: Answer): { upstream: HttpUpstream; asked: string[] } {
  const asked: string[] = [];
  const upstream: HttpUpstream = {
    send(request, listener) {
      asked.push(request.path);
      const isKnown = request.path === `/${service}/ServerReflectionInfo`;
      const answers = isKnown ? readQuestions(request).map((one) => answer(...one)) : [];
      const messages = answers.map((body) => encodeGrpcMessage({ isCompressed: false, body }));
      const trailers = FieldList.of([['grpc-status', isKnown ? '0' : '12']]);
      listener.onResponse({
        status: 200,
        fields: FieldList.of([['content-type', 'application/grpc']]),
        body: new WholeBody(Buffer.concat(messages), trailers),
      });
      return { abort: () => undefined };
    },
  };
  return { upstream, asked };
}

function readQuestions(request: HttpRequest): readonly (readonly [number, string])[] {
  const questions: (readonly [number, string])[] = [];
  collectBody(request.body, 100_000, (collected) => {
    assert(collected.kind === 'whole');
    const decoder = new GrpcMessageDecoder(100_000, ({ body }) => {
      for (const { number, valueStart, end } of readFields(body, 0)) {
        questions.push([number, body.toString('utf8', valueStart, end)]);
      }
    });
    decoder.push(collected.bytes);
    decoder.end();
  });
  return questions;
}

describe('askReflection', () => {
  it('asks for services, their files, and what those import', async () => {
    for (const version of ['v1', 'v1alpha']) {
      const { upstream } = serve(`grpc.reflection.${version}.ServerReflection`, answerWell);
      const set = await askReflection(upstream);
      const files = Array.from(readFields(set, 0), ({ valueStart, end }) =>
        set.subarray(valueStart, end),
      );
      assert.deepEqual(files, Object.values(FILES));
    }
  });

  it('does not ask for ever, and says if there is none', async () => {
    const name = 'grpc.reflection.v1.ServerReflection';
    const { upstream, asked } = serve(name, (number, value) =>
      number === 7 ? answerWell(number, value) : giveFiles('a.proto'),
    );
    await askReflection(upstream);
    assert.equal(asked.length, 3);
    await assert.rejects(askReflection(serve('other', answerWell).upstream), ReflectionError);
  });
});

describe('ReflectedSchema', () => {
  it('asks once for all who wait, and again after a while', async () => {
    let nowMs = 0;
    const failing: HttpUpstream = {
      send(_request, listener) {
        count += 1;
        listener.onError(new UpstreamError('ERR_UPSTREAM_UNREACHABLE', 'not there'));
        return { abort: () => undefined };
      },
    };
    let count = 0;
    const schema = new ReflectedSchema(failing, () => nowMs);
    const first = schema.renew();
    assert.equal(schema.renew(), first);
    await first;
    assert.equal(schema.current, undefined);
    assert.equal(schema.renew(), undefined);
    nowMs = 1_000;
    await schema.renew();
    schema.touch();
    assert.equal(count, 2);
    nowMs = 400_000;
    schema.touch();
    assert.equal(count, 3);
  });
});
