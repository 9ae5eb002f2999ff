import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { charsetOf, parseMediaType, structuredSuffix } from './media-type.ts';

describe('parseMediaType', () => {
  it('reads what servers send', () => {
    for (const [value, essence, parameters] of [
      ['text/plain', 'text/plain', []],
      ['Application/FHIR+JSON', 'application/fhir+json', []],
      ['text/html;charset=UTF-8', 'text/html', [['charset', 'UTF-8']]],
      ['text/html ; Charset="utf-8" ;', 'text/html', [['charset', 'utf-8']]],
      [
        'multipart/form-data; boundary="a;\\"b"; x=y',
        'multipart/form-data',
        [
          ['boundary', 'a;"b'],
          ['x', 'y'],
        ],
      ],
    ] as const) {
      const mediaType = parseMediaType(value);
      assert.equal(mediaType?.essence, essence, value);
      assert.deepEqual([...(mediaType?.parameters ?? [])], parameters, value);
    }
  });

  it('says nothing about what is none, or can be read in two ways', () => {
    for (const value of [
      '',
      'text',
      'text/',
      '/plain',
      'text/plain/x',
      'text/pl ain',
      'text/plain, text/html',
      'text/plain; charset',
      'text/plain; charset=',
      'text/plain; charset =utf-8',
      'text/plain; charset="utf-8',
      'text/plain; charset=utf-8 x',
      'text/plain; charset=utf-8; charset=utf-16',
      'text/plain; charset=utf-8; CHARSET=utf-8',
      'text/plain;; charset=utf-8 x',
    ]) {
      assert.equal(parseMediaType(value), undefined, value);
    }
  });

  it('tells suffix and charset', () => {
    const mediaType = parseMediaType('application/fhir+xml; charset=UTF-8');
    assert(mediaType !== undefined);
    assert.equal(structuredSuffix(mediaType), 'xml');
    assert.equal(charsetOf(mediaType), 'utf-8');
  });
});
