import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { createFakeDoor, createFakeLog, type FakeLog, PRINCIPAL } from '../ssh/session.fixture.ts';
import { HttpSession } from './http-session.ts';
import { PlainDescriber } from './plain-describer.ts';
import { createPlainDialect } from './plain-dialect.ts';

const STOP_MS_MAX = 5_000;

async function open(log: FakeLog): Promise<HttpSession> {
  const greeting = { principal: PRINCIPAL, targetName: 'api', applicationName: '' };
  const admission = await createFakeDoor(log, {}).admit({ ...greeting, isEncrypted: true });
  assert(admission.kind === 'admitted');
  const upstream = { send: () => assert.fail('nothing is sent'), close() {} };
  const service = {
    ...{ name: 'api', dialect: createPlainDialect(new PlainDescriber()), pathPrefix: '' },
    ...{ pathParameters: false, reviewPatienceMs: 0 },
    masking: () => undefined,
    detectors: () => undefined,
    openUpstream: () => upstream,
  };
  return new HttpSession(admission.session, service, upstream, { onOver() {}, onClosed() {} });
}

describe('HttpSession', () => {
  it('ends once nothing runs in it any more', async () => {
    const log = createFakeLog();
    const session = await open(log);
    const exchange = { end() {}, checkRights() {} };
    assert.equal(session.begin(exchange), 1);
    session.retire('principal-expired');
    assert.equal(session.isOver, true);
    assert.deepEqual(log.ends, []);
    session.leave(exchange);
    assert.deepEqual(log.ends, ['principal-expired']);
  });

  it('breaks off what runs in it when somebody ends it', async () => {
    const log = createFakeLog();
    const session = await open(log);
    const exchange = { end: () => session.leave(exchange), checkRights() {} };
    session.begin(exchange);
    log.sessions[0]?.abort('stopped');
    assert.deepEqual(log.ends, ['stopped']);
  });

  it('gives what runs a while when the gateway stops, and no longer', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    try {
      const log = createFakeLog();
      const session = await open(log);
      const exchange = { end: () => session.leave(exchange), checkRights() {} };
      session.begin(exchange);
      log.sessions[0]?.abort('gateway-stopping');
      mock.timers.tick(STOP_MS_MAX - 1);
      assert.deepEqual(log.ends, []);
      mock.timers.tick(1);
      assert.deepEqual(log.ends, ['gateway-stopping']);
    } finally {
      mock.timers.reset();
    }
  });
});
