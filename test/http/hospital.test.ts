import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Agent, fetch } from 'undici';
import { type HospitalStack, startHospitalStack } from '../../demo/hospital-stack.ts';
import { openSession } from '../../demo/sql-client.ts';
import { openAgent } from './environment.ts';

interface Patient {
  readonly birthDate: string;
  readonly name: readonly { readonly family: string }[];
  readonly identifier: readonly { readonly value: string }[];
}

let directory: string;
let stack: HospitalStack;
let agent: Agent;

async function ask(subject: string, path: string) {
  const url = `https://fhir.localhost:${stack.gateway().http?.port}${path}`;
  const headers = { authorization: `Bearer ${stack.provider.issueToken(subject)}` };
  return fetch(url, { dispatcher: agent, headers });
}

async function readPatient(subject: string): Promise<Patient> {
  const answer = await ask(subject, '/Patient/1');
  assert.equal(answer.status, 200);
  return (await answer.json()) as Patient;
}

describe('the FHIR server of the hospital', () => {
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sallyport-http-'));
    stack = await startHospitalStack({ directory, hospital: { patients: 30 }, withService: true });
    const authorityPem = await readFile(stack.authorityFile, 'utf8');
    agent = openAgent(authorityPem, { host: '127.0.0.1' });
  });
  after(async () => {
    await agent?.close();
    await stack?.stop();
    await rm(directory, { recursive: true, force: true, maxRetries: 3 });
  });

  it('shows an analyst the pseudonym that the database shows, and by it finds the patient', async () => {
    const { identifier, name, birthDate } = await readPatient('ana');
    const [mrn] = identifier;
    assert(mrn);
    assert.equal(name[0]?.family, '[redacted]');
    assert.match(birthDate, /^\d{4}$/);
    const sql = openSession({
      name: 'ana',
      token: stack.provider.issueToken('ana'),
      port: stack.gateway().postgres.port,
      authorityFile: stack.authorityFile,
    });
    try {
      const rows = await sql`SELECT mrn FROM patients WHERE id = 1`;
      assert.equal(rows[0]?.['mrn'], mrn.value);
    } finally {
      await sql.end();
    }
    const found = await ask('ana', `/Patient?identifier=${mrn.value}`);
    assert.partialDeepStrictEqual(await found.json(), { resourceType: 'Bundle', total: 1 });
    assert.equal((await ask('ana', '/Patient?family=Eiderdown')).status, 403);
  });

  it('shows a nurse the same person by name', async () => {
    const { identifier, name, birthDate } = await readPatient('noor');
    assert.match(identifier[0]?.value ?? '', /^MRN\d{8}$/);
    assert.equal(identifier[1]?.value, '[redacted]');
    assert.notEqual(name[0]?.family, '[redacted]');
    assert.match(birthDate, /^\d{4}-\d{2}-\d{2}$/);
  });

  it('enters what was asked and how it was answered, without a value, for exports to say it', async () => {
    await ask('noor', '/Patient?family=Eiderdown&_count=1');
    const files = await readdir(directory, { recursive: true });
    const segments = files.filter((name) => name.endsWith('.segment'));
    const read = segments.map((name) => readFile(join(directory, name), 'latin1'));
    const entries = (await Promise.all(read)).join('');
    assert.match(
      entries,
      /"status":200,"fhir":\{"interaction":"read","type":"Patient","parameters":\[\]\}/,
    );
    assert.match(
      entries,
      /"fhir":\{"interaction":"search","type":"Patient","parameters":\["family","_count"\]\}/,
    );
    assert(!entries.includes('Eiderdown'));
  });

  it('lets nobody in whom no policy does', async () => {
    assert.equal((await ask('ci-claims', '/Patient/1')).status, 404);
  });
});
