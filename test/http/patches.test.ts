import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type HttpEnvironment, startHttpEnvironment } from './environment.ts';
import type { UpstreamHandler } from './private-upstream.ts';

/** `ana` sees nothing raw; `noor` sees all. */
const POLICIES = `
@id("use") permit (principal, action, resource) unless { action == Action::"reveal" };
@id("nurses") permit (principal in Group::"nurses", action == Action::"reveal", resource);`;
const JSON_PATCH = 'application/json-patch+json';
const FHIR = 'application/fhir+json';
const MRN = 'MRN0004711';

/** What the services were sent. */
const sent: string[] = [];

/** A FHIR server, and a service whose charts have a number. */
const answer: UpstreamHandler = (request, response) => {
  let body = '';
  request.on('data', (bytes: Buffer) => (body += bytes.toString()));
  request.on('end', () => {
    sent.push(body);
    const isFhir = request.url?.startsWith('/r4/') === true;
    response.setHeader('content-type', isFhir ? FHIR : 'application/json');
    response.end(isFhir ? '{"resourceType":"Patient","active":true}' : '{"isOpen":true}');
  });
};

function replace(path: string, value: unknown): readonly object[] {
  return [{ op: 'replace', path, value }];
}

/** As FHIR's own patches are. */
function replaceInFhir(path: string, value: object): object {
  const part = [
    { name: 'type', valueCode: 'replace' },
    { name: 'path', valueString: path },
    { name: 'value', ...value },
  ];
  return { resourceType: 'Parameters', parameter: [{ name: 'operation', part }] };
}

describe('a patch', () => {
  let world: HttpEnvironment;

  before(async () => {
    world = await startHttpEnvironment({
      policies: POLICIES,
      upstream: { speaks: 'plain', handler: answer },
      target: [[['fhir'], '/r4']],
      dataMap: { bodies: { '/charts/**': { format: 'json', fields: { mrn: 'mrn' } } } },
    });
  });
  after(() => world[Symbol.asyncDispose]());

  interface Patch {
    readonly subject?: string;
    readonly type?: string;
    readonly method?: string;
  }

  /** Whether it is refused; only what is not reaches the service, as it was sent. */
  async function isRefused(path: string, patch: object | string, sending: Patch): Promise<boolean> {
    const { subject = 'ana', type = JSON_PATCH, method = 'PATCH' } = sending;
    const before = sent.length;
    const body = typeof patch === 'string' ? patch : JSON.stringify(patch);
    const headers = { 'content-type': type };
    const { status } = await world.fetch(path, { subject, method, headers, body });
    if (status === 403) assert.equal(sent.length, before);
    else assert.deepEqual([status, ...sent.slice(before)], [200, body]);
    return status === 403;
  }

  async function refuses(path: string, patch: object | string, sending: Patch = {}): Promise<void> {
    assert(await isRefused(path, patch, sending), JSON.stringify(patch));
  }

  async function permits(path: string, patch: object | string, sending: Patch = {}): Promise<void> {
    assert(!(await isRefused(path, patch, sending)), JSON.stringify(patch));
  }

  it('of a chart writes no number of the client’s choice, wherever it stands', async () => {
    await refuses('/charts/1', replace('/mrn', MRN));
    await refuses('/charts/1', replace('/mrn', 'quxley'));
    await refuses('/charts/1', replace('/mrn', 4711));
    await refuses('/charts/1', [{ op: 'add', path: '', value: { path: MRN } }]);
    await refuses('/charts/1', [{ op: 'add', path: '/numbers/-', value: { from: MRN } }]);
    await refuses('/charts/1', replace('/mrn', MRN), { type: 'application/json' });
    await refuses('/charts/1', replace('/mrn', MRN), { method: 'POST' });
    await refuses('/charts/1', `[{"op":"replace","path":"/isOpen","value":true,"value":"${MRN}"}]`);
  });

  it('of a chart may open and close it, or leave something out', async () => {
    await permits('/charts/1', replace('/isOpen', false));
    await permits('/charts/1', [{ op: 'remove', path: '/mrn' }]);
    await permits('/charts/1', { isOpen: false }, { type: 'application/merge-patch+json' });
    await permits('/charts/1', replace('/mrn', MRN), { subject: 'noor' });
  });

  it('of a resource writes nothing that is somebody’s', async () => {
    const path = '/r4/Patient/p1';
    await refuses(path, replace('/identifier/0/value', 'quxley'));
    await refuses(path, replace('/identifier/0/value', 4711));
    await refuses(path, replace('/identifier/0', { value: MRN }));
    await refuses(path, replace('/name/0/family', 'quxley'));
    await refuses(path, replace('/birthDate', '1961-04-09'));
    await refuses(path, { name: [{ family: 'quxley' }] }, { type: 'application/merge-patch+json' });
    const named = replaceInFhir('Patient.name[0].family', { valueCode: 'quxley' });
    await refuses(path, named, { type: FHIR });
    const entry = { request: { method: 'PATCH', url: 'Patient/p1' }, resource: named };
    const batch = { resourceType: 'Bundle', type: 'batch', entry: [entry] };
    await refuses('/r4/', batch, { type: FHIR, method: 'POST' });
  });

  it('of a resource may write a status, a number or whether it is so', async () => {
    await permits('/r4/Patient/p1', replace('/active', true));
    await permits('/r4/Observation/o1', replace('/status', 'entered-in-error'));
    await permits('/r4/Observation/o1', replace('/valueQuantity/value', 5.4));
    const active = replaceInFhir('Patient.active', { valueBoolean: true });
    await permits('/r4/Patient/p1', active, { type: FHIR });
    await permits('/r4/Patient/p1', replace('/birthDate', '1961-04-09'), { subject: 'noor' });
  });

  it('of a resource does not have a hidden value taken for one of another class', async () => {
    const path = '/r4/Patient/p1';
    await refuses(path, [{ op: 'remove', path: '/identifier/0/type' }]);
    await refuses(path, replace('/telecom/0/system', 'url'));
    const merged = { content: { contentType: 'text/plain' } };
    await refuses('/r4/Media/m1', merged, { type: 'application/merge-patch+json' });
    await permits(path, [{ op: 'remove', path: '/identifier/0' }]);
    await permits(path, replace('/telecom/0/system', 'url'), { subject: 'noor' });
  });

  it('asks nothing of what is hidden', async () => {
    const test = { path: '/mrn', value: MRN };
    for (const operation of ['"op":"test"', '"op":"TEST"', '"Op":"test"', '"op":5']) {
      const patch = `[{${operation},${JSON.stringify(test).slice(1)}]`;
      await refuses('/charts/1', patch);
      await refuses('/charts/1', patch, { type: 'application/json' });
      await refuses('/r4/Patient/p1', patch);
    }
    const patch = JSON.stringify([{ op: 'test', ...test }]);
    await refuses('/charts/1', `\ufeff${patch}`);
    await refuses('/charts/1', `/* as is */ ${patch}`);
    await refuses('/elsewhere/1', patch);
    const found = replaceInFhir(`Patient.identifier.where(value = '${MRN}').use`, {
      valueCode: 'old',
    });
    await refuses('/r4/Patient/p1', found, { type: FHIR });
  });
});
