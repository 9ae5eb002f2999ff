import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { encodeTcpipForward } from '../../wire/ssh/tcpip-forward.ts';
import type { OperationClearance } from '../operation-clearance.ts';
import type { OpenRequest } from './connection/connection.ts';
import { Forwards, type ForwardsParts } from './forwards.ts';
import { createFakeDoor, createFakeLog } from './session.fixture.ts';
import type { OpenAccess } from './target-access.ts';

const NOTHING = Buffer.alloc(0);

/** Forwards of a client to whom all is permitted, whose target takes everything. */
async function open(): Promise<{
  readonly forwards: Forwards;
  /** Names of the global requests that the target got. */
  readonly asked: readonly string[];
  /** Types of the channels that the client got. */
  readonly opened: readonly string[];
}> {
  const admission = await createFakeDoor(createFakeLog(), {}).admit({
    principal: undefined as never,
    targetName: 'ward',
    applicationName: 'test',
    isEncrypted: true,
  });
  assert(admission.kind === 'admitted');
  const asked: string[] = [];
  const opened: string[] = [];
  const upstream = {
    request(name: string, _data: Buffer, onReply: (isGranted: boolean, data: Buffer) => void) {
      asked.push(name);
      onReply(true, NOTHING);
    },
  };
  const access = { kind: 'open', session: admission.session, upstream } as unknown as OpenAccess;
  const clearance = {
    clear(_operation, listener) {
      queueMicrotask(() => listener.onVerdict({ kind: 'allowed' }));
      return { withdraw: () => undefined };
    },
  } as OperationClearance;
  const forwards = new Forwards({
    access: () => Promise.resolve(access),
    clearance: () => clearance,
    takeNumber: () => 0,
    onActivity: () => undefined,
    onFailure: (error) => assert.fail(String(error)),
    client: {
      say: () => undefined,
      open: (channelType: string) => void opened.push(channelType),
    } as unknown as ForwardsParts['client'],
    over: new AbortController().signal,
  });
  return { forwards, asked, opened };
}

describe('Forwards', () => {
  it('has the target listen in a limited number of places, however many are asked for at once', async () => {
    const { forwards, asked } = await open();
    const replies: boolean[] = [];
    for (let port = 1; port <= 40; port += 1) {
      const data = encodeTcpipForward({ address: 'localhost', port });
      forwards.listen('tcpip-forward', data, (isGranted) => replies.push(isGranted));
    }
    while (replies.length < 40) await turn();
    assert.equal(asked.length, 16);
    assert.equal(replies.filter((isGranted) => isGranted).length, 16);
    const first = encodeTcpipForward({ address: 'localhost', port: 1 });
    forwards.listen('cancel-tcpip-forward', first, (isGranted) => replies.push(isGranted));
    while (replies.length < 41) await turn();
    forwards.listen('tcpip-forward', first, (isGranted) => replies.push(isGranted));
    while (replies.length < 42) await turn();
    assert.deepEqual(replies.slice(-2), [true, true]);
  });

  it('opens nothing to an agent once the channel is over that it was wished for in', async () => {
    const { forwards, opened } = await open();
    const refused: string[] = [];
    const openAgent = async (): Promise<void> => {
      forwards.openRemote({
        channelType: 'auth-agent@openssh.com',
        typeData: NOTHING,
        accept: () => undefined,
        refuse: (_reason, text) => void refused.push(text),
      } satisfies OpenRequest);
      const count = opened.length + refused.length;
      while (opened.length + refused.length === count) await turn();
    };
    const channels = [new AbortController(), new AbortController()];
    for (const { signal } of channels) {
      const request = { recipientChannel: 0, requestType: 'auth-agent-req@openssh.com' };
      await forwards.wish(
        'agent',
        { ...request, wantReply: false, requestData: NOTHING },
        () => undefined,
        { over: signal, onWaiting: () => undefined },
      );
    }
    await openAgent();
    channels[0]?.abort();
    await openAgent();
    assert.deepEqual(opened, ['auth-agent@openssh.com', 'auth-agent@openssh.com']);
    channels[1]?.abort();
    await openAgent();
    assert.equal(opened.length, 2);
    assert.deepEqual(refused, ['nobody asked for it']);
  });
});
