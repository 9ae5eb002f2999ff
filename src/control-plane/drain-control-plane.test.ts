import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Agent, get } from 'node:https';
import { after, before, describe, it } from 'node:test';
import {
  type FakeControlPlane,
  startFakeControlPlane,
} from '../../test/control-plane/start-fake-control-plane.ts';

describe('a control plane that drains', () => {
  let fake: FakeControlPlane;
  let agent: Agent;
  before(async () => {
    fake = await startFakeControlPlane();
    agent = new Agent({ ca: fake.ca, keepAlive: true });
  });
  after(async () => {
    agent.destroy();
    await fake[Symbol.asyncDispose]();
  });

  async function ask(): Promise<string | undefined> {
    const [answer] = (await once(get(`${fake.url}/healthz`, { agent }), 'response')) as [
      IncomingMessage,
    ];
    await answer.resume().toArray();
    return answer.headers.connection;
  }

  it('answers, has clients connect elsewhere, and closes when they have', async () => {
    assert.equal(await ask(), 'keep-alive');
    fake.draining.abort();
    assert.equal(await ask(), 'close');
    await fake.controlPlane.drain();
    await assert.rejects(ask(), { code: 'ECONNREFUSED' });
  });

  it('can be closed, although it has drained', async () => {
    await fake.controlPlane.drain();
    await fake.controlPlane.close();
  });
});
