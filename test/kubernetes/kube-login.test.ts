import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { ClientConfiguration } from '../../src/api/client-configuration.ts';
import { rememberGateway } from '../../src/cli/gateway-settings.ts';
import { TARGET } from '../http/environment.ts';
import { startKubernetesEnvironment } from './environment.ts';
import { startStandIn } from './stand-in/api-server.ts';

const run = promisify(execFile);
const BIN = fileURLToPath(new URL('../../bin', import.meta.url));

describe('sallyport kube login', () => {
  it('has kubectl get its tokens from sallyport, and writes none down', async () => {
    await using standIn = await startStandIn();
    await using world = await startKubernetesEnvironment(standIn);
    const { http, home } = world;
    const { api } = http.process;
    assert(api !== undefined);
    const token = http.tokenOf('ana');
    const path = `${BIN}${delimiter}${process.env['PATH'] ?? ''}`;
    const env = { HOME: home, PATH: path, SALLYPORT_TOKEN: token };
    await rememberGateway(env, {
      url: `https://localhost:${api.port}`,
      configuration: await http.callApi<ClientConfiguration>(
        'ana',
        'GET',
        '/v1/client-configuration',
      ),
      ca: await readFile(http.authorityFile, 'utf8'),
    });

    await run('sallyport', ['kube', 'login', TARGET], { env });
    const { stdout } = await run('kubectl', ['get', 'namespaces', '-o', 'name'], { env });
    assert.equal(stdout, '');
    assert(standIn.seen.some(({ user }) => user === 'sallyport:clinic:ana'));

    const written = await readFile(join(home, '.kube/config'), 'utf8');
    assert(!written.includes(token));
    // What was there stays.
    await run('sallyport', ['kube', 'login', TARGET, '--context', 'again'], { env });
    const contexts = await run('kubectl', ['config', 'get-contexts', '-o', 'name'], { env });
    assert.deepEqual(contexts.stdout.trim().split('\n'), ['again', TARGET]);
  });
});
