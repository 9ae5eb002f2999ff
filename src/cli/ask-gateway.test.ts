import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { makeTestCertificate } from '../../test/control-plane/test-certificate.ts';
import { askGateway } from './ask-gateway.ts';
import { EXIT } from './cli-error.ts';

describe('askGateway', () => {
  it('says that it is not the API of a gateway where something else answers, such as a listener for HTTP', async () => {
    const { ca, cert, key } = await makeTestCertificate();
    for (const status of [401, 404]) {
      const server = createServer({ cert, key }, (_, response) => {
        response.writeHead(status).end('{"type":"about:blank","title":"Not signed in"}');
      });
      await once(server.listen(0, '127.0.0.1'), 'listening');
      const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
      try {
        await assert.rejects(askGateway({ url, ca, signal: new AbortController().signal }), {
          exitCode: EXIT.unreachable,
          message: `${url} is not the API of a Sallyport gateway`,
          hint: /listeners\.api/,
        });
      } finally {
        server.close();
      }
    }
  });
});
