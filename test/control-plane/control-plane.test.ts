import assert from 'node:assert/strict';
import { createPublicKey, hash, verify } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import postgres from 'postgres';
import type { AccessRequestList } from '../../src/api/access-request.ts';
import type { GrantAnswer, GrantList } from '../../src/api/grant.ts';
import type { LedgerEntryList, LedgerLogList, LedgerProof } from '../../src/api/ledger.ts';
import type { Overview } from '../../src/api/overview.ts';
import type { PersonList } from '../../src/api/person.ts';
import type { PolicyReplay, PolicySetView, PolicyTestReport } from '../../src/api/policy.ts';
import type { SessionList } from '../../src/api/session.ts';
import type { TargetDetail } from '../../src/api/target.ts';
import type { Timeline } from '../../src/api/timeline.ts';
import type { Whoami } from '../../src/api/whoami.ts';
import { parseVerifierKey } from '../../src/audit/signed-note.ts';
import { type HospitalEnvironment, startHospitalEnvironment } from '../e2e/environment.ts';
import { ApiClient } from './api-client.ts';
import { followProvider } from './follow-provider.ts';

let hospital: HospitalEnvironment;
let url: string;
let ca: string;
let ana: ApiClient;
let petra: ApiClient;

before(async () => {
  hospital = await startHospitalEnvironment();
  const { stack } = hospital;
  url = `https://127.0.0.1:${stack.gateway().api?.port}`;
  ca = await readFile(stack.authorityFile, 'utf8');
  ana = new ApiClient(url, ca, stack.provider.issueToken('ana'));
  petra = new ApiClient(url, ca, stack.provider.issueToken('petra'));
});
after(() => hospital[Symbol.asyncDispose]());

function connect(subject: string) {
  const { host, port, user, password, database, authorityFile } = hospital.as(subject);
  assert.ok(authorityFile !== undefined);
  return postgres({
    host,
    port,
    user,
    password,
    database,
    ssl: { ca },
    max: 1,
    onnotice: () => {},
  });
}

/** Signs in as a person would, by clicking on who they are at the provider. */
async function signIn(subject: string): Promise<ApiClient> {
  const browser = new ApiClient(url, ca);
  const { browserSignIns } = (
    await browser.get<{ browserSignIns: { path: string }[] }>('/v1/client-configuration')
  ).body;
  const begun = await browser.get(browserSignIns[0]?.path ?? '');
  assert.equal(begun.status, 303, String(begun.body));
  const callback = await followProvider(begun.location, { origin: url, subject });
  const done = await browser.get(callback);
  assert.equal(done.status, 303, String(done.body));
  const who = (await browser.get<Whoami>('/v1/whoami')).body;
  browser.csrfToken = who.csrfToken ?? '';
  return browser;
}

async function eventually<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < 200; tries++) {
    const found = await look();
    if (found !== undefined) return found;
    await setTimeout(50);
  }
  assert.fail('it does not happen');
}

describe('the control plane of a gateway', () => {
  it('signs a person in by a browser, and lets them review what waits', async () => {
    const officer = await signIn('petra');
    const who = (await officer.get<Whoami>('/v1/whoami')).body;
    assert.equal(who.signIn, 'oidc-browser');
    assert.deepEqual(who.permitted.includes('audit.read'), true);

    const sql = connect('ana');
    try {
      const asked = sql`COPY (SELECT mrn, last_name FROM patients) TO STDOUT`.readable();
      asked.catch(() => undefined);
      const waiting = await eventually(async () => {
        const { body } = await officer.get<AccessRequestList>('/v1/requests?reviewable=true');
        return body.requests[0];
      });
      assert.deepEqual(
        [waiting.kind, waiting.state, waiting.mayReview],
        ['operation', 'pending', true],
      );
      const detail = await officer.get<{ operation: { original: { text: string } } }>(
        `/v1/requests/${waiting.id}`,
      );
      assert.match(detail.body.operation.original.text, /COPY \(SELECT/);
      const own = await ana.post(`/v1/requests/${waiting.id}/reviews`, { verdict: 'approve' });
      assert.equal(own.status, 403);
      const done = await officer.post(`/v1/requests/${waiting.id}/reviews`, { verdict: 'approve' });
      assert.equal(done.status, 201, JSON.stringify(done.body));
      const rows: string[] = [];
      for await (const chunk of await asked) rows.push(String(chunk));
      assert.match(rows.join(''), /\n/);
      const again = await officer.post(`/v1/requests/${waiting.id}/reviews`, {
        verdict: 'reject',
        comment: 'late',
      });
      assert.equal(again.status, 409);
    } finally {
      await sql.end({ timeout: 1 });
    }
    assert.equal((await officer.post('/v1/sign-out')).status, 200);
    assert.equal((await officer.get('/v1/whoami')).status, 401);
  });

  it('grants, and tells of it as it happens', async () => {
    const stream = await petra.open('GET', '/v1/events');
    stream.setEncoding('utf8');
    let told = '';
    stream.on('data', (chunk: string) => {
      told += chunk;
    });
    await eventually(async () => (told.includes(': connected') ? true : undefined));
    const ask = {
      grant: 'identified-research',
      target: 'hospital',
      durationSeconds: 600,
      reason: 'a study',
    };
    const granted = await ana.post<GrantAnswer>('/v1/grant-requests', ask);
    assert.equal(granted.status, 201, JSON.stringify(granted.body));
    assert.equal(granted.body.outcome, 'granted');
    const id = granted.body.grant?.id ?? '';
    await eventually(async () => (told.includes(`"id":"${id}"`) ? true : undefined));
    assert.match(told, /^event: grant\.changed$/m);
    stream.destroy();

    const longer = await ana.post<GrantAnswer>('/v1/grant-requests', {
      ...ask,
      durationSeconds: 3_600,
    });
    assert.equal(longer.body.outcome, 'waiting');
    const { body } = await petra.get<GrantList>('/v1/grants?inForce=true');
    assert.ok(body.grants.some((grant) => grant.id === id && grant.mayRevoke));
    const revoked = await petra.post(`/v1/grants/${id}/revoke`, { reason: 'enough' });
    assert.equal(revoked.status, 200);
  });

  it('finds, shows, watches and ends sessions', async () => {
    const sql = connect('ana');
    await sql`SELECT city, count(*) FROM patients GROUP BY city`;
    const { body } = await petra.get<SessionList>('/v1/sessions?state=live&principal=clinic:ana');
    const id = body.sessions[0]?.id ?? '';
    assert.notEqual(id, '');
    const timeline = await petra.get<Timeline>(`/v1/sessions/${id}/timeline`);
    assert.ok(
      timeline.body.entries.some(({ statement }) => statement?.text.includes('GROUP BY city')),
      JSON.stringify(timeline.body),
    );
    const found = await petra.get<SessionList>('/v1/sessions?q=group+CITY');
    assert.ok(
      found.body.sessions.some((session) => session.id === id && session.matches?.length === 1),
    );
    assert.equal((await ana.get(`/v1/sessions/${id}/timeline`)).status, 403);

    const live = await petra.open('GET', `/v1/sessions/${id}/live`);
    live.setEncoding('utf8');
    let seen = '';
    for await (const chunk of live as AsyncIterable<string>) {
      seen += chunk;
      if (seen.includes('GROUP BY city')) break;
    }
    assert.match(seen, /^event: statement$/m);

    const stopped = await petra.post(`/v1/sessions/${id}/end`, { reason: 'enough' });
    assert.equal(stopped.status, 200, JSON.stringify(stopped.body));
    await eventually(async () => {
      const { body: session } = await petra.get<{ end?: { reason: string } }>(`/v1/sessions/${id}`);
      return session.end?.reason === 'stopped' ? true : undefined;
    });
    await sql.end({ timeout: 1 });
  });

  it('shows a target, and changes its data map', async () => {
    const { body } = await petra.get<TargetDetail>('/v1/targets/hospital');
    assert.equal(body.health.state, 'reachable', JSON.stringify(body.health));
    assert.ok((body.dataMap?.columns.length ?? 0) > 5);
    const proposal = await petra.post<{ unsampled: string[] }>('/v1/targets/hospital/discover', {
      samples: 20,
    });
    assert.equal(proposal.status, 200, JSON.stringify(proposal.body));
    assert.equal((await ana.post('/v1/targets/hospital/discover', {})).status, 403);

    const file = join(hospital.stack.configurationDirectory, 'targets/hospital.yaml');
    const text = await readFile(file, 'utf8');
    const bad = {
      columns: [{ schema: 'public', relation: 'invented', column: 'other', className: 'nonsense' }],
      patientKeys: [],
    };
    const refused = await petra.post('/v1/targets/hospital/data-map', bad);
    assert.equal(refused.status, 400, JSON.stringify(refused.body));
    assert.equal(await readFile(file, 'utf8'), text);
    const good = {
      columns: [{ schema: 'public', relation: 'invented', column: 'thing', className: 'none' }],
      patientKeys: [],
    };
    const changed = await petra.post<{ columnsAdded: number }>(
      '/v1/targets/hospital/data-map',
      good,
    );
    assert.deepEqual(
      [changed.status, changed.body.columnsAdded],
      [200, 1],
      JSON.stringify(changed.body),
    );
    const added = 'public.invented.thing: none  # confirmed by clinic:petra';
    assert.ok((await readFile(file, 'utf8')).includes(added));
  });

  it('shows policies, tests them, and says what others would have decided', async () => {
    const { body } = await petra.get<PolicySetView>('/v1/policies');
    assert.ok(body.policies.some(({ id }) => id === 'bulk-export'));
    const tests = await petra.post<PolicyTestReport>('/v1/policies/test', {});
    assert.deepEqual(
      [tests.status, tests.body.failed],
      [200, 0],
      JSON.stringify(tests.body).slice(0, 500),
    );
    const same = await petra.post<PolicyReplay>('/v1/policies/replay', { last: 200 });
    assert.equal(same.status, 200, JSON.stringify(same.body));
    assert.ok(same.body.replayed > 0, JSON.stringify(same.body));
    const files = body.files.filter(({ path }) => !path.endsWith('analysts.cedar'));
    const other = await petra.post<PolicyReplay>('/v1/policies/replay', { last: 200, files });
    assert.ok(
      other.body.changes.some(({ was, would }) => was.kind === 'allow' && would.kind === 'deny'),
      JSON.stringify(other.body),
    );
    const broken = await petra.post<PolicyReplay>('/v1/policies/validate', {
      files: [{ path: 'policies/x.cedar', text: 'permit (' }],
    });
    assert.equal(broken.body.problems.length > 0, true);
  });

  it('proves that an entry is in the ledger, with nothing but the public key', async () => {
    const { body } = await petra.get<LedgerLogList>('/v1/ledger/logs');
    const log = body.logs[0]?.name ?? '';
    const page = await petra.get<LedgerEntryList>(
      `/v1/ledger/entries?log=${log}&kind=session.start&limit=1`,
    );
    const [entry] = page.body.entries;
    assert.ok(entry !== undefined);
    const proof = await eventually(async () => {
      const answer = await petra.get<LedgerProof>(`/v1/ledger/entries/${log}/${entry.index}/proof`);
      return answer.status === 200 ? answer.body : undefined;
    });
    assert.equal(proof.bytes, entry.bytes);
    assert.ok(isProven(proof));
    assert.equal(isProven({ ...proof, index: proof.index + 1 }), false);
  });

  it('counts what goes on, and lists who was here', async () => {
    const sql = connect('ana');
    // More than once if it is midnight in between: what ran before is not of today then.
    const body = await eventually(async () => {
      await sql`SELECT 1`;
      const overview = await petra.get<Overview>('/v1/overview');
      return (overview.body.today?.operations ?? 0) > 0 ? overview.body : undefined;
    });
    await sql.end();
    assert.deepEqual(body.health, { ledger: 'healthy', store: 'healthy' });
    const people = await petra.get<PersonList>('/v1/people');
    assert.ok(
      people.body.people.some(({ id }) => id === 'clinic:ana'),
      JSON.stringify(people.body),
    );
    assert.equal((await ana.get('/v1/people')).status, 403);
    assert.equal((await ana.get<Overview>('/v1/overview')).body.today, undefined);
  });
});

/** As a browser would check it. @see RFC 9162, section 2.1.3.2 */
function isProven({ bytes, index, checkpoint, path, publicKey }: LedgerProof): boolean {
  const [text = '', signatures = ''] = checkpoint.split('\n\n');
  const [, sizeText = '', root = ''] = text.split('\n');
  const verifier = parseVerifierKey(publicKey);
  assert.ok(verifier !== undefined);
  const signature = Buffer.from(signatures.trim().split(' ')[2] ?? '', 'base64').subarray(4);
  const spki = verifier.publicKey.export({ format: 'pem', type: 'spki' });
  if (!verify(null, Buffer.from(`${text}\n`), createPublicKey(spki), signature)) return false;
  let [at, last] = [index, Number(sizeText) - 1];
  let node = hash('sha256', Buffer.concat([Buffer.of(0), Buffer.from(bytes, 'base64')]), 'buffer');
  for (const sibling of path.map((each) => Buffer.from(each, 'base64'))) {
    if (at % 2 === 1 || at === last) {
      node = hash('sha256', Buffer.concat([Buffer.of(1), sibling, node]), 'buffer');
      while (at % 2 === 0 && at !== 0) [at, last] = [at >> 1, last >> 1];
    } else {
      node = hash('sha256', Buffer.concat([Buffer.of(1), node, sibling]), 'buffer');
    }
    [at, last] = [at >> 1, last >> 1];
  }
  return last === 0 && node.toString('base64') === root;
}
