import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type BodyLayout, listBodyFacts } from './list-body-facts.ts';

function list(layout: BodyLayout, text: string) {
  return listBodyFacts(layout, Buffer.from(text));
}

describe('listBodyFacts', () => {
  it('lists the scalars of a document by their keys', () => {
    assert.deepEqual(
      list('json', '{"amount":12,"to":{"iban":"DE1","ok":true},"tags":["a","b"],"none":null}'),
      {
        kind: 'known',
        body: ['amount=12', 'to.iban=DE1', 'to.ok=true', 'tags=a', 'tags=b', 'none=null'],
        bodyKnown: true,
      },
    );
  });

  it('keeps the question mark with which a form begins', () => {
    assert.deepEqual(list('form', '?a=1'), { kind: 'known', body: ['?a=1'], bodyKnown: true });
  });

  it('lists the fields of a form, all values of each', () => {
    assert.deepEqual(list('form', 'a=1&b=x+y&a=%32'), {
      kind: 'known',
      body: ['a=1', 'b=x y', 'a=2'],
      bodyKnown: true,
    });
  });

  it('says when that is not all', () => {
    const long = 'x'.repeat(300);
    assert.partialDeepStrictEqual(list('json', `{"a":"${long}","b":1}`), {
      body: ['b=1'],
      bodyKnown: false,
    });
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`k${index}`, 1]));
    const { bodyKnown, body } = list('json', JSON.stringify(many)) as {
      readonly body: readonly string[];
      readonly bodyKnown: boolean;
    };
    assert.deepEqual([body.length, bodyKnown], [256, false]);
    assert.partialDeepStrictEqual(list('json', `${'['.repeat(40)}1${']'.repeat(40)}`), {
      body: [],
      bodyKnown: false,
    });
  });

  it('does not choose between two values of one key, nor read what is no JSON', () => {
    for (const text of ['{"a":1,"a":2}', '{"a":1,"\\u0061":2}', '{', '', '{"a":1}x', '{"a":01}']) {
      assert.equal(list('json', text).kind, 'unreadable', text);
    }
  });

  it('takes any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        listBodyFacts('json', Buffer.from(bytes));
        listBodyFacts('form', Buffer.from(bytes));
      }),
    );
  });

  it('lists every scalar of any document that is small', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ maxLength: 5 }), fc.integer(), { maxKeys: 20 }),
        (document) => {
          const reading = list('json', JSON.stringify(document));
          assert(reading.kind === 'known');
          const expected = Object.entries(document).map(([key, value]) => `${key}=${value}`);
          assert.deepEqual(reading.body.toSorted(), [...new Set(expected)].toSorted());
        },
      ),
    );
  });
});
