import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Field, FieldList } from '../../../wire/http/field-list.ts';
import type { HttpRequestHead } from '../exchange.ts';
import type { HttpOperation, RequestDescriber } from '../http-operation.ts';
import { PlainDescriber } from '../plain-describer.ts';
import { FormDescriber } from './form-describer.ts';

const FORM: Field = ['content-type', 'application/x-www-form-urlencoded'];
const MIB = 1024 * 1024;

const plain = new PlainDescriber();
const describer = new FormDescriber(plain);

function post(bodyBytes: number, ...fields: readonly Field[]): HttpRequestHead {
  return {
    ...{ method: 'POST', scheme: 'https', authority: 'ward.example', version: '1.1' },
    ...{ path: '/patients/1', query: '', upgrade: undefined, bodyBytes },
    fields: FieldList.of(fields),
  };
}

function actionsOf({ actions }: HttpOperation): readonly string[] {
  return actions.map(({ action, facts }) => `${action} ${String(facts['method'])}`);
}

describe('FormDescriber', () => {
  it('has a form decided by the method that it says, too', () => {
    const request = post(20, FORM);
    assert.equal(describer.describe(request).bodyBytesMax, 4 * MIB);
    const operation = describer.describeWithBody(request, Buffer.from('a=1&_method=delete'));
    assert.deepEqual(actionsOf(operation), ['http.post POST', 'http.delete DELETE']);
    assert.match(operation.text, /POST .* \(_method: DELETE\)$/);
    const own = describer.describeWithBody(request, Buffer.from('a=1'));
    assert.equal(own, plain.describe(request));
  });

  it('takes for a form what has no type, and for any method what is not read', () => {
    const any = ['http.post POST', 'http.put PUT', 'http.patch PATCH', 'http.delete DELETE'];
    assert.equal(describer.describe(post(20)).bodyBytesMax, 4 * MIB);
    assert.equal(describer.describe(post(20, ['content-type', 'a form'])).bodyBytesMax, 4 * MIB);
    assert.equal(describer.describe(post(-1, FORM)).bodyBytesMax, 4 * MIB);
    for (const request of [post(-1), post(4 * MIB + 1), post(4 * MIB + 1, FORM)]) {
      const operation = describer.describe(request);
      assert.equal(operation.bodyBytesMax, undefined);
      assert.deepEqual(actionsOf(operation), any);
    }
  });

  it('leaves everything else as it is', () => {
    const json: Field = ['content-type', 'application/json'];
    for (const request of [post(0), post(20, json), { ...post(20, FORM), method: 'PUT' }]) {
      assert.equal(describer.describe(request), plain.describe(request));
    }
  });

  it('keeps what a form says when the target has told more of it', async () => {
    const told: RequestDescriber = {
      describe: (request) => plain.describe(request),
      describeWithBody: (request) => plain.describe(request),
      complete: (_, { route, text }) =>
        Promise.resolve({ kind: 'complete', operation: { route, text, actions: [] } }),
    };
    const ofTold = new FormDescriber(told);
    const operation = ofTold.describeWithBody(post(20, FORM), Buffer.from('_method=put'));
    const completed = await ofTold.complete(post(20, FORM), operation);
    assert(completed?.kind === 'complete');
    assert.deepEqual(actionsOf(completed.operation), ['http.put PUT']);
  });
});
