import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeNotificationResponse } from '../../wire/postgres/notification-response.ts';
import { ProtocolError } from '../../wire/protocol-error.ts';
import { maskNotification } from './mask-notification.ts';
import { fakeMasks } from './text-masks.fixture.ts';

describe('maskNotification', () => {
  it('masks channel and payload, and leaves others as they are', () => {
    const of = (channel: string, payload: string): Buffer =>
      encodeNotificationResponse({ processId: 7, channel, payload });
    const harmless = of('door', 'knock');
    assert.equal(maskNotification(fakeMasks(), harmless, 0, harmless.length), undefined);
    const telling = of('SECRET', 'it is SECRET');
    assert.deepEqual(
      maskNotification(fakeMasks('[name]'), telling, 0, telling.length),
      of('[name]', 'it is [name]'),
    );
  });

  it('refuses the message cut at any byte', () => {
    const message = encodeNotificationResponse({ processId: 7, channel: 'a', payload: 'SECRET' });
    for (let end = 5; end < message.length; end++) {
      assert.throws(() => maskNotification(fakeMasks(), message, 0, end), ProtocolError);
    }
  });
});
