import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createMaskKeys } from '../masks/pseudonym-keys.ts';
import { fakeMasks } from '../rows/text-masks.fixture.ts';
import { type BodyMaskingParts, openBodyMasking } from './body-masking.ts';

const CONTEXT = { keys: createMaskKeys(Buffer.alloc(32, 7), 1), thisYear: 2026 };
const PARTS: BodyMaskingParts = {
  dataMap: {
    ...{ bodies: [], messages: [], unmappedBodies: 'inspect' },
    parameters: [{ name: 'ssn', dataClass: 'ssn' }],
    ...{ masks: {}, customClasses: [], detectors: [] },
  },
  textMasks: fakeMasks(),
  context: () => CONTEXT,
};
const MASKING = openBodyMasking(PARTS);

describe('redactField', () => {
  it('hides what a query asks by, and what detectors find in URLs, but not where they lead', () => {
    for (const [name, value, shown] of [
      ['location', '/p/12?ssn=1&a=2', '/p/12?ssn=%5Bredacted%5D&a=2'],
      ['location', 'https://a.example/SECRET/12', 'https://a.example/MASKED/12'],
      ['location', '/p/S%45CRET%20x', '/p/MASKED%20x'],
      ['location', '/p?q=a+S%45CRET#SECRET', '/p?q=a%20MASKED#MASKED'],
      ['content-location', '/p/12', '/p/12'],
      [
        'link',
        '</p?ssn=1>; rel="next", <https://SECRET.example/x>; rel="last"',
        '</p?ssn=%5Bredacted%5D>; rel="next", <https://SECRET.example/x>; rel="last"',
      ],
      ['location', 'SECRET', 'MASKED'],
      ['link', '</p>; rel="next"; title="a SECRET 1/2"', '</p>; rel="next"; title="a MASKED 1/2"'],
      ['refresh', '5; url=/p/SECRET?ssn=1', '5; url=/p/MASKED?ssn=%5Bredacted%5D'],
      ['refresh', 'SECRET', 'MASKED'],
      [
        'location',
        '/0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0',
        '/0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0',
      ],
    ] as const) {
      assert.equal(MASKING.redactField(name, value, new Map()), shown);
    }
  });

  it('takes a relative URL for a search of FHIR only where FHIR is spoken, or where it leads there', () => {
    const masking = openBodyMasking({ ...PARTS, fhirPath: '/r4' });
    const show = (value: string, path?: string): string =>
      masking.redactField('location', value, new Map(), path);
    for (const value of ['login?next=/a&family=x', '../charts/1?tab=labs', '?tab=labs']) {
      assert.equal(show(value, '/portal/start'), value);
    }
    for (const [value, path] of [
      ['Patient?family=Q', '/r4/Patient/1'],
      ['../Patient?family=Q', '/R4/Patient/1'],
      ['?family=Q', '/r4'],
      ['r4/Patient?family=Q', '/portal'],
      ['./../r%34/Patient?family=Q', '/portal/start'],
      ['Patient?family=Q', undefined],
    ] as const) {
      assert.equal(show(value, path), value.replace('=Q', '=%5Bredacted%5D'), value);
    }
  });

  it('looks through every other field that may hold anything', () => {
    for (const [name, value, shown] of [
      ['set-cookie', 'name=SECRET; Path=/', 'name=MASKED; Path=/'],
      [
        'content-disposition',
        'attachment; filename="SECRET.pdf"',
        'attachment; filename="MASKED.pdf"',
      ],
      ['x-chart', 'S%45CRET', 'MASKED'],
      ['x-patient-name', 'Quxley', '[redacted]'],
      ['last-name', 'Quxley', '[redacted]'],
      ['x-request-id', 'Quxley', 'Quxley'],
      ['etag', 'W/"SECRET"', 'W/"MASKED"'],
      ['grpc-message', 'no SECRET', 'no MASKED'],
      ['content-type', 'text/SECRET', 'text/SECRET'],
      ['x-umlaut', 'M\u00fcller', 'M\u00fcller'],
    ] as const) {
      assert.equal(MASKING.redactField(name, value, new Map()), shown);
    }
  });

  it('looks through none for who may see free text', () => {
    const shown = new Map([['free-text', ['policy']]]);
    assert.equal(MASKING.redactField('x-patient', 'SECRET', shown), 'SECRET');
    // What a query asks by has a class of its own.
    assert.equal(
      MASKING.redactField('location', '/SECRET?ssn=1&a=SECRET', shown),
      '/SECRET?ssn=%5Bredacted%5D&a=SECRET',
    );
  });
});
