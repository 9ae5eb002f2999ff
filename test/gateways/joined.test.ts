import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type GatewayProcess, joinGateway } from '../../demo/start-gateway.ts';
import type { ConfigurationOutcome, SharedConfiguration } from '../../src/api/configuration.ts';
import { bundleConfiguration } from '../../src/configuration/bundle.ts';
import { loadConfiguration } from '../../src/configuration/load-configuration.ts';
import { eventually } from '../connector/eventually.ts';
import { type ApiCaller, callApi } from '../e2e/call-api.ts';
import type { Side } from '../e2e/environment.ts';
import { runPsql } from '../e2e/run-client.ts';
import { type Gateways, type Member, startGateways } from './environment.ts';
import { applyShared, copyAsShared } from './shared-configuration.ts';

const POLICIES = `
@id("all") permit (principal, action, resource);

@id("configuration-is-for-officers") @reason("Only privacy officers change the configuration")
forbid (principal, action == Action::"configuration.change", resource)
unless { principal in Group::"privacy-officers" };
`;
const CLOSED =
  '@id("closed") @reason("closed") forbid (principal, action in Action::"sql.read", resource);\n';

describe('gateways that take their configuration from the store', () => {
  let gateways: Gateways;
  /** Has a directory of its own, through which the first version is applied. */
  let first: Member;
  let directory: string;
  /** What a team keeps in git. */
  let shared: string;
  const joined: GatewayProcess[] = [];
  before(async () => {
    gateways = await startGateways({ count: 1, policies: POLICIES });
    [first] = gateways.members as [Member];
    directory = await mkdtemp(join(tmpdir(), 'sallyport-joined-'));
    shared = join(directory, 'shared');
    await copyAsShared(first.configurationDirectory, shared);
  });
  after(async () => {
    for (const gateway of joined) await gateway.stop();
    await gateways[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true, maxRetries: 3 });
  });

  function submit(
    caller: ApiCaller,
    wish?: Parameters<typeof applyShared>[2],
  ): Promise<ConfigurationOutcome> {
    return applyShared(caller, shared, wish);
  }

  async function start(name: string, options: readonly string[] = []): Promise<GatewayProcess> {
    const gateway = await joinGateway(
      [
        ...['--join', 'env:SALLYPORT_STORE', '--name', name],
        ...['--data', join(directory, name), ...options],
      ],
      gateways.environment,
    );
    joined.push(gateway);
    return gateway;
  }

  function side(gateway: GatewayProcess): Side {
    return { ...first.side('ana'), port: gateway.postgres.port };
  }

  async function readOn(gateway: GatewayProcess): Promise<string> {
    const { stdout, stderr } = await runPsql(side(gateway), ['-At', '-c', 'SELECT 40 + 2']);
    return stdout + stderr;
  }

  it('do not start where the store has none', async () => {
    await assert.rejects(start('gw-none'), /the store has none/);
  });

  it('is not applied by who may not, nor where it is not valid, nor over another version', async () => {
    await assert.rejects(submit(first.api('ana')), /403 .*Only privacy officers/);
    await assert.rejects(
      callApi(first.api('petra'), 'POST', '/v1/configuration', {
        files: [
          { path: 'sallyport.yaml', content: Buffer.from('listeners: {}').toString('base64') },
        ],
      }),
      /400 .*sallyport\.yaml:1:/,
    );
    for (const path of ['../outside', '/etc/passwd', 'targets/../../x', '.hidden']) {
      const files = [{ path, content: '' }];
      await assert.rejects(
        callApi(first.api('petra'), 'POST', '/v1/configuration', { files }),
        /400 /,
      );
    }
    await assert.rejects(submit(first.api('petra'), { expectedVersion: 7 }), /409 /);
    const { version } = await callApi<SharedConfiguration>(
      first.api('petra'),
      'GET',
      '/v1/configuration',
    );
    assert.equal(version, 0);
  });

  it('is planned, applied, and then the same', async () => {
    const planned = await submit(first.api('petra'), { dryRun: true });
    assert.deepEqual([planned.outcome, planned.version], ['planned', 0]);
    assert.deepEqual(
      planned.changes.map(({ path }) => path),
      ['policies/allow-all.cedar', 'sallyport.yaml', 'targets/postgres.yaml'],
    );
    const applied = await submit(first.api('petra'), { expectedVersion: 0 });
    assert.deepEqual([applied.outcome, applied.version], ['applied', 1]);
    const again = await submit(first.api('petra'));
    assert.deepEqual([again.outcome, again.version, again.changes], ['unchanged', 1, []]);
    const stored = await gateways.server.execute(
      'SELECT version, encode(sealed, $$escape$$) FROM sallyport.configurations',
      'sallyport',
    );
    assert.match(stored, /^1\|/);
    assert(!stored.includes('allow-all'), 'it is sealed');
  });

  it('take it, serve by it, and take the next within seconds', async () => {
    const [second, third] = [await start('gw-2'), await start('gw-3')];
    for (const gateway of [second, third]) assert.equal(await readOn(gateway), '42\n');

    await writeFile(join(shared, 'policies/closed.cedar'), CLOSED);
    const { outcome, changes } = await submit(first.api('petra'));
    assert.deepEqual(
      [outcome, changes],
      ['applied', [{ path: 'policies/closed.cedar', change: 'added' }]],
    );
    for (const gateway of [second, third]) {
      await eventually('the policy that closes', async () => {
        const answer = await readOn(gateway);
        return answer.includes('refused by policy "closed"') || undefined;
      });
    }
    // Whoever has a directory of its own goes by that.
    const { stdout } = await runPsql(first.side('ana'), ['-At', '-c', 'SELECT 40 + 2']);
    assert.equal(stdout, '42\n');

    await rm(join(shared, 'policies/closed.cedar'));
    await submit(first.api('petra'));
    for (const gateway of [second, third]) {
      await eventually('the policy gone', async () => {
        return (await readOn(gateway)) === '42\n' || undefined;
      });
    }
  });

  it('do not take an older version again, nor one that somebody wrote into the store', async () => {
    const [gateway] = joined;
    assert(gateway !== undefined);
    const newest = await gateways.server.execute(
      'SELECT max(version) FROM sallyport.configurations',
      'sallyport',
    );
    await gateways.server.execute(
      `INSERT INTO sallyport.configurations (version, sealed)
       SELECT 1000, sealed FROM sallyport.configurations WHERE version = 2`,
      'sallyport',
    );
    const complaints = (): number => gateway.log().split('"where":"configuration"').length - 1;
    await eventually('a complaint', async () => complaints() > 0 || undefined);
    assert.equal(await readOn(gateway), '42\n');
    await gateways.server.execute(
      `DELETE FROM sallyport.configurations WHERE version IN (1000, ${newest})`,
      'sallyport',
    );
    const { version } = await callApi<SharedConfiguration>(
      first.api('petra'),
      'GET',
      '/v1/configuration',
    );
    assert.equal(version, 2);
    // What closed everything was version 2.
    const before = complaints();
    await eventually('another complaint', async () => complaints() > before + 1 || undefined);
    assert.equal(await readOn(gateway), '42\n');
  });

  it('refuse to start with another masking key', async () => {
    const other = { SALLYPORT_OTHER: 'ab'.repeat(32) };
    const options = ['--join', 'env:SALLYPORT_STORE', '--name', 'gw-4'];
    const data = ['--data', join(directory, 'gw-4'), '--masking-key', 'env:SALLYPORT_OTHER'];
    await assert.rejects(
      joinGateway([...options, ...data], { ...gateways.environment, ...other }),
      /masking key/,
    );
  });

  it('refuse to keep a secret of the directory', async () => {
    const own = first.configurationDirectory;
    await assert.rejects(bundleConfiguration(await loadConfiguration(own)), {
      code: 'ERR_CONFIGURATION',
      message: /tls\/server\.key: is a secret/,
    });
  });
});
