import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describeFhir } from './fhir-detail.ts';

describe('describeFhir', () => {
  it('keeps the interaction, the type and the parameters that FHIR knows', () => {
    const query = ['name:exact', 'subject.name', '_count', 'Smith', 'x-1950-03-02'];
    const facts = { fhirInteraction: 'search', fhirType: 'Patient', query };
    assert.deepEqual(describeFhir(facts), {
      interaction: 'search',
      type: 'Patient',
      parameters: ['name', 'subject', '_count'],
    });
  });

  it('keeps nothing of other requests', () => {
    assert.equal(describeFhir({ fhirInteraction: '', fhirType: '', query: ['name'] }), undefined);
    assert.equal(describeFhir({ query: [] }), undefined);
    const facts = { fhirInteraction: 'search', fhirType: 'Smith', query: [] };
    assert.equal(describeFhir(facts), undefined);
  });
});
