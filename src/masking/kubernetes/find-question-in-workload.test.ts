import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseMediaType } from '../../wire/http/media-type.ts';
import { findQuestionInWorkload } from './find-question-in-workload.ts';

const PATH = '/api/v1/namespaces/ward/configmaps/contacts';
const PATCH = 'application/json-patch+json';
const APPLY = 'application/apply-patch+yaml';
const MERGE = 'application/merge-patch+json';
const NUMBER = '219-09-9999';

function find(type: string, body: unknown, query = '', path = PATH): string {
  const subject = { method: 'PATCH', path, query, mediaType: parseMediaType(type) };
  const isHidden = (text: string): boolean => text.includes(NUMBER);
  return findQuestionInWorkload(subject, Buffer.from(JSON.stringify(body)), isHidden) ?? '';
}

describe('findQuestionInWorkload', () => {
  it('refuses guesses at texts that detectors hide, where a wrong one leaves no trace', () => {
    const encoded = Buffer.from(`SSN ${NUMBER}`).toString('base64');
    const containers = [{ name: 'web', args: [`--contact=${NUMBER}`] }];
    const deployment = { spec: { template: { spec: { containers } } } };
    for (const [type, body, query] of [
      [APPLY, { data: { contact: NUMBER } }, 'fieldManager=a'],
      [APPLY, { binaryData: { contact: encoded } }, 'fieldManager=a'],
      [APPLY, deployment, 'fieldManager=a'],
      [MERGE, { data: { contact: NUMBER } }, 'dryRun=All'],
      [MERGE, { message: `SSN ${NUMBER}` }, 'dryRun=All'],
      [PATCH, [{ op: 'replace', path: '/note', value: NUMBER }], 'dryRun=All'],
      [PATCH, [{ op: 'replace', path: '/data/contact', value: NUMBER }], 'dryRun=All'],
      [PATCH, [{ op: 'add', path: '/data', value: { contact: NUMBER } }], 'dryRun=All'],
      [PATCH, [{ op: 'add', path: '', value: { data: { contact: NUMBER } } }], 'dryRun=All'],
    ] as const) {
      assert.match(find(type, body, query), /text that is hidden/, JSON.stringify(body));
    }
    const pod = { spec: { containers } };
    assert.match(find(MERGE, pod, '', '/api/v1/namespaces/ward/pods/web'), /text that is hidden/);
  });

  it('lets write what is shown, and what takes the place of what was there', () => {
    for (const [type, body, query] of [
      [APPLY, { data: { mode: 'fast' } }, 'fieldManager=a'],
      [APPLY, { metadata: { creationTimestamp: NUMBER }, data: { mode: 'fast' } }, ''],
      [MERGE, { data: { mode: 'fast' } }, 'dryRun=All'],
      [MERGE, { data: { contact: NUMBER } }, ''],
      [PATCH, [{ op: 'add', path: '/data/contact', value: NUMBER }], ''],
      [PATCH, [{ op: 'add', path: '/data/mode', value: 'fast' }], 'dryRun=All'],
    ] as const) {
      assert.equal(find(type, body, query), '', JSON.stringify(body));
    }
  });
});
