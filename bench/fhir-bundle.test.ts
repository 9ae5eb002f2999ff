import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Fhir } from 'fhir';
import { makeBundle } from './fhir-bundle.ts';

describe('makeBundle', () => {
  it('makes valid FHIR of at least so many bytes', () => {
    const bundle = makeBundle(20_000);
    assert(bundle.length >= 20_000 && bundle.length < 40_000);
    const { valid, messages } = new Fhir().validate(bundle.toString(), {});
    assert(valid, JSON.stringify(messages.slice(0, 3)));
  });
});
