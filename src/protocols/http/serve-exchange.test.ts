import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { type BodyMasking, openBodyMasking } from '../../masking/bodies/body-masking.ts';
import { FakePseudonyms } from '../../masking/bodies/fake-pseudonyms.fixture.ts';
import { pseudonymise } from '../../masking/masks/pseudonym.ts';
import { createMaskKeys } from '../../masking/masks/pseudonym-keys.ts';
import { fakeMasks } from '../../masking/rows/text-masks.fixture.ts';
import { FieldList } from '../../wire/http/field-list.ts';
import type { Behaviour } from '../ssh/session.fixture.ts';
import { UpstreamError } from '../upstream-error.ts';
import type { HttpResponse } from './exchange.ts';
import { type HttpWorld, openHttpWorld, respondWith } from './http-world.fixture.ts';
import { OpenBody } from './open-body.fixture.ts';
import { PlainDescriber } from './plain-describer.ts';
import { createPlainDialect } from './plain-dialect.ts';
import { ProblemError } from './problem.ts';
import { connectRaw, formatRequest } from './raw-client.fixture.ts';
import { collectBody, WholeBody } from './whole-body.ts';

const PLAIN = createPlainDialect(new PlainDescriber());
const RIGHTS_INTERVAL_MS = 5_000;
const FINE: HttpResponse = {
  status: 200,
  fields: FieldList.empty,
  body: new WholeBody(Buffer.from('fine')),
};

/** Sends one request after the other over one connection; returns all that came, up to a text. */
async function exchange(world: HttpWorld, until: string, ...requests: string[]): Promise<string> {
  using client = connectRaw(world.port);
  for (const request of requests) client.write(request);
  return await client.until(until);
}

/** Masking of a service that searches by record numbers; one was shown as a pseudonym. */
function openSearch(): { readonly masking: BodyMasking; readonly standIn: string } {
  const keys = createMaskKeys(Buffer.alloc(32, 7), 1);
  const pseudonyms = new FakePseudonyms();
  const standIn = pseudonymise('QX-4711', keys.derive('pseudonym', 'mrn'));
  pseudonyms.remember(standIn, 'QX-4711');
  const masking = openBodyMasking({
    dataMap: {
      ...{ bodies: [], messages: [], unmappedBodies: 'inspect', masks: {} },
      ...{ parameters: [{ name: 'mrn', dataClass: 'mrn' }], customClasses: [], detectors: [] },
    },
    ...{ textMasks: fakeMasks(), pseudonyms, context: () => ({ keys, thisYear: 2026 }) },
  });
  return { masking, standIn };
}

describe('serveExchange', () => {
  it('asks who has no token, or one that is not accepted, to sign in; then the connection goes on', async () => {
    await using world = await openHttpWorld({ answer: respondWith(FINE) });
    const received = await exchange(
      world,
      'fine',
      'GET /x HTTP/1.1\r\nHost: api.sallyport\r\n\r\n',
      'GET /x HTTP/1.1\r\nHost: api.sallyport\r\nAuthorization: Bearer nobody\r\n\r\n',
      'GET /x HTTP/1.1\r\nHost: api.sallyport\r\nAuthorization: Basic bGV0LW1lLWlu\r\n\r\n',
      formatRequest('GET /x'),
    );
    assert.equal(received.match(/HTTP\/1.1 401 Unauthorized/g)?.length, 3);
    assert.equal(world.target.requests.length, 1);
  });

  it('says the same of a target that is unknown and of one that is forbidden', async () => {
    await using world = await openHttpWorld({
      answer: respondWith(FINE),
      behaviour: { refuseAdmission: 'it is secret' },
    });
    const forbidden = await exchange(world, 'not connect to it', formatRequest('GET /x'));
    const unknown = await exchange(
      world,
      'not connect to it',
      formatRequest('GET /x').replace('api.sallyport', 'other.example'),
    );
    assert.equal(forbidden, unknown);
    assert.match(forbidden, /^HTTP\/1.1 404 /);
    assert.doesNotMatch(forbidden, /secret/);
  });

  it('opens one session for requests that come at once', async () => {
    await using world = await openHttpWorld({ answer: respondWith(FINE) });
    await Promise.all(
      Array.from({ length: 5 }, () => exchange(world, 'fine', formatRequest('GET /x'))),
    );
    assert.equal(world.log.greetings.length, 1);
    assert.equal(world.log.entries.length, 5);
    assert.deepEqual(
      world.log.entries.map(({ detail }) => detail?.['exchange']),
      [1, 2, 3, 4, 5],
    );
  });

  it('passes on nothing that says to the gateway who asks', async () => {
    await using world = await openHttpWorld({ answer: respondWith(FINE) });
    await exchange(
      world,
      'fine',
      formatRequest(
        'GET /x',
        'X-Sallyport-Anything: a',
        'X_Sallyport_Identity: root',
        'Cookie: mine=1; __Host-sallyport-site=secret',
        'X-Real-IP: 10.0.0.1',
        'X-Forwarded-Prefix: /elsewhere',
        'X_Forwarded_Prefix: /elsewhere',
        'X-Forwarded-Port: 1',
      ),
    );
    const [request] = world.target.requests;
    const names = [...(request?.fields ?? [])].map(([name]) => name);
    assert.deepEqual(names, [
      'cookie',
      'forwarded',
      'x-forwarded-for',
      'x-forwarded-host',
      'x-forwarded-proto',
      'x-forwarded-port',
      'via',
    ]);
    assert.equal(request?.fields.get('x-forwarded-port'), '80');
    assert.equal(request?.fields.get('cookie'), 'mine=1');
  });

  it('cuts off what leads to the target before anything else looks at the path', async () => {
    await using world = await openHttpWorld({
      answer: respondWith(FINE),
      service: { pathPrefix: '/fhir' },
    });
    await exchange(world, 'fine', formatRequest('GET /fhir/Patient/1?x=1'));
    await exchange(world, 'fine', formatRequest('GET /fhir'));
    assert.deepEqual(
      world.target.requests.map(({ path, query }) => `${path} ${query}`),
      ['/Patient/1 x=1', '/ '],
    );
    assert.equal(world.log.entries[0]?.text, 'GET http://api.sallyport/Patient/1?x=1');
    const own = formatRequest('GET /fhir/.sallyport/requests/req_9');
    assert.match(await exchange(world, 'no such review', own), /404/);
  });

  it('answers what a describer refuses, and goes on', async () => {
    const describer = {
      describe(): never {
        throw new ProblemError({ status: 422, title: 'No', detail: 'Not like this.' });
      },
      describeWithBody: () => assert.fail('has no body'),
    };
    await using world = await openHttpWorld({
      answer: respondWith(FINE),
      service: { dialect: { ...PLAIN, describer } },
    });
    const two = [formatRequest('GET /x'), formatRequest('GET /x')];
    const received = await exchange(world, 'Not like this', ...two);
    assert.match(received, /^HTTP\/1.1 422 /);
    assert.deepEqual(world.failures, []);
  });

  it('answers 500 where the gateway itself fails, and nobody else is the worse for it', async () => {
    const failure = new TypeError('a bug');
    const describer = {
      ...PLAIN.describer,
      describe: ({ path }: { readonly path: string }) => {
        if (path === '/bug') throw failure;
        return { route: '', text: path, actions: [{ action: 'http.get', facts: {} }] };
      },
    };
    await using world = await openHttpWorld({
      answer: respondWith(FINE),
      service: { dialect: { ...PLAIN, describer } },
    });
    const received = await exchange(
      world,
      'fine',
      formatRequest('GET /bug'),
      formatRequest('GET /x'),
    );
    assert.match(received, /^HTTP\/1.1 500 /);
    assert.doesNotMatch(received, /a bug/);
    assert.deepEqual(world.failures, [failure]);
  });

  it('adds nothing to a response that has begun when something fails behind it', async () => {
    const body = new OpenBody();
    await using world = await openHttpWorld({
      answer: respondWith({ ...FINE, body }),
      behaviour: {
        recorder: {
          congested: false,
          record(_direction, bytes) {
            if (bytes.includes('bad')) throw new TypeError('a bug');
          },
          onDrain() {},
          limit() {},
          finish: () => assert.fail('nobody ends it'),
        },
      },
    });
    using client = connectRaw(world.port);
    client.write(formatRequest('GET /x'));
    await client.until('\r\n\r\n');
    body.sink?.onData(Buffer.from('good'));
    await client.until('good');
    body.sink?.onData(Buffer.from('bad'));
    const received = await client.ended();
    assert.equal(received.match(/HTTP\/1.1/g)?.length, 1);
    assert.doesNotMatch(received, /\r\n0\r\n/);
    assert.equal(world.failures.length, 1);
  });

  it('records what the client asked by, and not what the target was told in its place', async () => {
    const recorded: Buffer[] = [];
    const { masking, standIn } = openSearch();
    const sent: string[] = [];
    await using world = await openHttpWorld({
      answer: ({ body }, listener) =>
        collectBody(body, 1024, (collected) => {
          if (collected.kind === 'whole') sent.push(collected.bytes.toString());
          listener.onResponse({ ...FINE, fields: FieldList.of([['content-type', 'text/plain']]) });
        }),
      masking: () => masking,
      behaviour: {
        recorder: {
          congested: false,
          record: (_direction, bytes, start, end) =>
            void recorded.push(Buffer.from(bytes.subarray(start, end))),
          onDrain() {},
          limit() {},
          finish: () => assert.fail('nobody ends it'),
        },
      },
    });
    const asked = `mrn=${standIn}&code=8867-4`;
    const type = 'Content-Type: application/x-www-form-urlencoded';
    const head = formatRequest('POST /_search', type, `Content-Length: ${asked.length}`);
    await exchange(world, 'fine', head + asked);
    assert.deepEqual(sent, ['mrn=QX-4711&code=8867-4']);
    const record = Buffer.concat(recorded).toString();
    assert.doesNotMatch(record, /QX-4711/);
    assert.equal(record.split(asked).length, 2);
  });

  it('lets a principal ask by as many pseudonyms as are left to it, and enters each use', async () => {
    const { masking, standIn } = openSearch();
    let left = 3;
    await using world = await openHttpWorld({
      answer: respondWith({ ...FINE, fields: FieldList.of([['content-type', 'text/plain']]) }),
      masking: () => masking,
      behaviour: {
        spendPseudonyms: (count) => {
          left -= count;
          return left >= 0;
        },
      },
    });
    const request = formatRequest(`GET /x?mrn=${standIn}&mrn=${standIn}`);
    assert.match(await exchange(world, 'fine', request), /^HTTP\/1.1 200 /);
    const refused = await exchange(world, 'more pseudonyms were looked up', request);
    assert.match(refused, /^HTTP\/1.1 403 /);
    assert.equal(world.target.requests.length, 1);
    const uses = world.log.notes.filter(({ kind }) => kind === 'pseudonym.use');
    assert.deepEqual(
      uses.map(({ detail }) => detail),
      [
        { exchange: 1, count: 2, allowed: true },
        { exchange: 2, count: 2, allowed: false },
      ],
    );
  });

  it('says that a response could not be had, without where from', async () => {
    await using world = await openHttpWorld({
      answer: (_request, listener) =>
        listener.onError(new UpstreamError('ERR_UPSTREAM_TIMEOUT', '10.1.2.3:8443')),
    });
    const received = await exchange(world, 'in time', formatRequest('GET /x'));
    assert.match(received, /^HTTP\/1.1 504 /);
    assert.doesNotMatch(received, /10\.1\.2\.3/);
  });

  it('tells how a review stands to who asked for it, and to nobody else', async () => {
    await using world = await openHttpWorld({
      answer: respondWith(FINE),
      findReview: (id, principalId) =>
        Promise.resolve(
          id === 'req_1' && principalId === 'idp:ada'
            ? { state: 'pending', expiresAtMs: Date.UTC(2026, 10, 21) }
            : undefined,
        ),
    });
    const waiting = await exchange(
      world,
      'passed on, once',
      formatRequest('GET /.sallyport/requests/req_1'),
    );
    assert.match(waiting, /^HTTP\/1.1 202 [^]*location: \/\.sallyport\/requests\/req_1\r\n/);
    for (const path of ['/.sallyport/requests/req_2', '/.sallyport/', '/.sallyport/anything']) {
      assert.match(await exchange(world, 'no such review', formatRequest(`GET ${path}`)), /404/);
    }
    assert.equal(world.target.requests.length, 0);
  });

  it('breaks off what runs in a session that is over, and opens another for the next request', async () => {
    const body = new OpenBody();
    await using world = await openHttpWorld({ answer: respondWith({ ...FINE, body }) });
    using client = connectRaw(world.port);
    client.write(formatRequest('GET /x'));
    await client.until('\r\n\r\n');
    world.log.sessions[0]?.abort('stopped');
    assert.doesNotMatch(await client.ended(), /\r\n0\r\n/);
    assert.equal(body.isDestroyed, true);
    assert.deepEqual(world.log.ends, ['stopped']);
    world.target.answer = respondWith(FINE);
    await exchange(world, 'fine', formatRequest('GET /x'));
    assert.equal(world.log.sessions.length, 2);
  });

  describe('by rights that change while it lasts', () => {
    /** Begins a response, changes what the guard says, and lets a look at the rights pass. */
    async function changeRights(
      behaviour: Behaviour,
      change: (behaviour: Behaviour) => void,
    ): Promise<{ readonly log: HttpWorld['log']; readonly received: string }> {
      mock.timers.enable({ apis: ['setInterval'] });
      try {
        const body = new OpenBody();
        const answer = respondWith({ ...FINE, body });
        await using world = await openHttpWorld({ answer, behaviour });
        const { log, port } = world;
        using client = connectRaw(port);
        client.write(formatRequest('GET /x'));
        await client.until('\r\n\r\n');
        mock.timers.tick(RIGHTS_INTERVAL_MS);
        assert.deepEqual(log.notes, []);
        change(behaviour);
        mock.timers.tick(RIGHTS_INTERVAL_MS);
        if (log.notes.length > 0) return { log, received: await client.ended() };
        body.sink?.onEnd(undefined);
        return { log, received: await client.until('\r\n0\r\n') };
      } finally {
        mock.timers.reset();
      }
    }

    it('breaks off what would no longer be allowed, and enters that', async () => {
      const { log, received } = await changeRights({}, (behaviour) => {
        behaviour.rights = 'fewer';
        behaviour.decide = () => 'deny';
      });
      assert.doesNotMatch(received, /\r\n0\r\n/);
      const reason = 'the rights to it have changed';
      assert.deepEqual(log.notes, [{ kind: 'cancel', detail: { exchange: 1, reason } }]);
    });

    it('lets go on what still would', async () => {
      const { log } = await changeRights({}, (behaviour) => {
        behaviour.rights = 'others';
      });
      assert.deepEqual(log.notes, []);
    });

    it('asks nothing anew while they are the same', async () => {
      const { log } = await changeRights({}, (behaviour) => {
        behaviour.decide = () => 'deny';
      });
      assert.deepEqual(log.notes, []);
    });
  });
});
