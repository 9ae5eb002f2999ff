import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { startGateway } from '../../demo/start-gateway.ts';
import { callApi } from './call-api.ts';
import { startEnvironment } from './environment.ts';
import { errorFields, query, signIn } from './raw-connection.ts';

const POLICIES = `
@id("look") @review("privacy-officers") @reason("look")
forbid (principal, action == Action::"sql.delete", resource);
`;
const DELETE = query('DELETE FROM notes WHERE id = -1');

describe('a gateway that is killed while a statement waits for review', () => {
  it('withdraws it when it starts again, and a reviewer who answers then is told so', async (t) => {
    const environment = await startEnvironment({ patients: 20 });
    const { configurationDirectory, gateway, process: first, provider } = environment;
    assert(first !== undefined);
    // It says that the one that was killed did not end in order.
    t.after(() => assert.rejects(Promise.resolve(environment[Symbol.asyncDispose]()), /SIGKILL/));
    await writeFile(join(configurationDirectory, 'policies/look.cedar'), POLICIES);
    using connection = await signIn({ ...gateway, password: provider.issueToken('ana') });
    let notice: string | undefined;
    while (notice === undefined) {
      connection.send(DELETE);
      const { type, body } = await connection.message();
      if (type === 'N') notice = errorFields(body)['M'];
      else if (type !== 'Z') await connection.messagesUntil('Z');
    }
    const id = /req_[A-Za-z0-9_-]{22}/.exec(notice)?.[0];
    const petra = (port: number | undefined): Parameters<typeof callApi>[0] => ({
      port: port ?? 0,
      token: provider.issueToken('petra'),
      authorityFile: gateway.authorityFile ?? '',
    });
    const look = async (port: number | undefined): Promise<string> => {
      const { state } = await callApi<{ state: string }>(petra(port), 'GET', `/v1/requests/${id}`);
      return state;
    };
    // The client is told at once; a moment later the request is there for others.
    let state: string | undefined;
    for (let looks = 0; looks < 400 && state === undefined; looks++) {
      state = await look(first.api?.port).catch(() => undefined);
    }
    assert.equal(state, 'pending');
    await first.kill();
    await connection.untilClosed();

    const second = await startGateway(configurationDirectory);
    t.after(() => second.stop());
    assert.equal(await look(second.api?.port), 'withdrawn');
    await assert.rejects(
      callApi(petra(second.api?.port), 'POST', `/v1/requests/${id}/reviews`, {
        verdict: 'approve',
      }),
      /409/,
    );
  });
});
