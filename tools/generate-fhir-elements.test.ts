import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { RESULT, writeFhirElements } from './generate-fhir-elements.ts';

describe('writeFhirElements', () => {
  it('writes the table that is committed', () => {
    assert.equal(writeFhirElements(), readFileSync(RESULT, 'utf8'));
  });

  it('knows types within types, and what references lead to', () => {
    const table = writeFhirElements();
    assert.match(table, /^HumanName=.*\|string text family given prefix suffix$/m);
    assert.match(table, /^Patient\.contact=.*HumanName name/m);
    assert.match(table, /^Encounter\.participant=.*ReferenceToPerson individual/m);
    assert.match(table, /^Bundle\.entry=.*Resource resource/m);
  });
});
