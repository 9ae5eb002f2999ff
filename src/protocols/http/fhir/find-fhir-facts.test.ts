import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findFhirFacts } from './find-fhir-facts.ts';

/** By method and path below the base: type and interaction, as section 3.1.0 of R4 has them. */
const REQUESTS: Readonly<Record<string, string>> = {
  'GET /Patient/1': 'Patient read',
  'HEAD /Patient/1': 'Patient read',
  'GET /Patient/1/_history/2': 'Patient vread',
  'GET /Patient/1/_history': 'Patient history',
  'GET /Patient/_history': 'Patient history',
  'GET /_history': ' history',
  'GET /Patient': 'Patient search',
  'GET /Patient/': 'Patient search',
  'POST /Patient/_search': 'Patient search',
  'GET /': ' search',
  'POST /_search': ' search',
  'GET /Patient/1/Observation': 'Observation search',
  'GET /Patient/1/*': ' search',
  'POST /Patient/1/Observation/_search': 'Observation search',
  'POST /Patient/1/*/_search': ' search',
  'POST /Patient/1/_search': ' search',
  'POST /Patient/1/Observation/2/_search': ' ',
  'PUT /Patient/_search': 'Patient ',
  'POST /Patient': 'Patient create',
  'PUT /Patient/1': 'Patient update',
  'PUT /Patient': 'Patient update',
  'PATCH /Patient/1': 'Patient patch',
  'DELETE /Patient/1': 'Patient delete',
  'DELETE /Patient': 'Patient delete',
  'DELETE /Patient/1/_history/2': 'Patient delete',
  'POST /': ' batch',
  'GET /metadata': ' capabilities',
  'GET /$export': ' operation',
  'GET /Patient/$export': 'Patient operation',
  'POST /Patient/1/$everything': 'Patient operation',
  'GET /Patient/1/$everything/more': 'Patient operation',
  // Nothing that FHIR knows.
  'POST /Patient/1': 'Patient ',
  'PUT /metadata': ' ',
  'POST /Patient/1/_history': 'Patient ',
  'GET /Patient/1/Observation/2': ' ',
  'GET /.well-known/smart-configuration': ' ',
  'PROPFIND /Patient': 'Patient ',
};

describe('findFhirFacts', () => {
  it('tells the interactions of FHIR apart', () => {
    for (const base of ['', '/r4']) {
      for (const [request, expected] of Object.entries(REQUESTS)) {
        const [method = '', path = ''] = request.split(' ');
        const { fhirType, fhirInteraction } = findFhirFacts(base, method, base + path);
        assert.equal(`${fhirType} ${fhirInteraction}`, expected, request);
      }
    }
  });

  it('decides on what a request may be to servers to which case makes no difference', () => {
    const patient = { fhirType: 'Patient', fhirInteraction: 'read' };
    assert.deepEqual(findFhirFacts('/r4', 'GET', '/R4/patient/1'), patient);
    assert.equal(findFhirFacts('/r4', 'POST', '/R4').fhirInteraction, 'batch');
    assert.equal(findFhirFacts('', 'GET', '/PATIENT/1/_History').fhirInteraction, 'history');
    const observations = { fhirType: 'Observation', fhirInteraction: 'search' };
    assert.deepEqual(findFhirFacts('', 'GET', '/patient/1/observation'), observations);
  });

  it('sees none outside of where FHIR is spoken', () => {
    for (const path of ['/Patient/1', '/r4x/Patient', '/r', '/']) {
      assert.deepEqual(findFhirFacts('/r4', 'GET', path), { fhirType: '', fhirInteraction: '' });
    }
    assert.equal(findFhirFacts('/r4', 'POST', '/r4').fhirInteraction, 'batch');
  });
});
