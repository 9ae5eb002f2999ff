import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { request as sendRequest } from 'node:http';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { compareConnector } from '../../src/audit/compare-connector.ts';
import type { Side } from '../e2e/environment.ts';
import { runPsql } from '../e2e/run-client.ts';
import { eventually } from './eventually.ts';
import { describeSecrets } from './planted-secret.ts';
import { HOSTS, type Keeper, openPlantedWorld, type PlantedWorld } from './planted-world.ts';
import { searchEvidence } from './search-evidence.ts';
import { searchFiles, searchMemory } from './search-process.ts';

const run = promisify(execFile);

/** What clients were told, by name of the target. */
async function useEverything(world: PlantedWorld): Promise<ReadonlyMap<string, string>> {
  const told = new Map<string, string>();
  for (const name of world.databases) told.set(name, await queryOnce(world, name));
  for (const name of HOSTS) told.set(name, await runOnce(world, name));
  for (const name of world.sites) told.set(name, await askOnce(world, name));
  return told;
}

async function queryOnce({ gateway }: PlantedWorld, target: string): Promise<string> {
  const side: Side = {
    ...{ name: 'gateway', host: 'localhost', port: gateway.process.postgres.port, user: 'ana' },
    ...{ password: gateway.tokenOf('ana'), database: target },
    authorityFile: `${gateway.configurationDirectory}/tls/ca.crt`,
  };
  const { stdout, stderr } = await runPsql(side, ['-Atc', 'select current_user']);
  return stdout + stderr;
}

async function runOnce({ gateway }: PlantedWorld, target: string): Promise<string> {
  const options = await gateway.optionsFor('ana');
  const { stdout } = await run('ssh', [...options, `${target}@127.0.0.1`, 'echo on the host']);
  return stdout;
}

function askOnce({ gateway }: PlantedWorld, target: string): Promise<string> {
  const { http } = gateway.process;
  const headers = {
    host: `${target}.sallyport`,
    authorization: `Bearer ${gateway.tokenOf('ana')}`,
  };
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: http?.port, path: '/api/v1/namespaces', headers };
    sendRequest(options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => resolve(`${response.statusCode} ${text}`));
    })
      .on('error', reject)
      .end();
  });
}

function describeWorld(keeper: Keeper, check: (world: () => PlantedWorld) => void): void {
  describe(`twenty secrets that the ${keeper} has`, () => {
    let world: PlantedWorld | undefined;
    let told: ReadonlyMap<string, string> = new Map();
    before(async () => {
      world = await openPlantedWorld(keeper);
      const { databases, secrets } = world;
      assert.equal(secrets.length, 20);
      // The gateway reads its targets anew when they change.
      await eventually('the targets', async () => {
        const answer = await queryOnce(world as PlantedWorld, databases[0] ?? '');
        return answer === `${databases[0]}\n` ? answer : undefined;
      });
      told = await useEverything(world);
    });
    after(async () => world?.[Symbol.asyncDispose]());

    it('are used', () => {
      assert(world);
      const { databases, lockedDatabase, sites, sent, secrets } = world;
      for (const name of databases.filter((each) => each !== lockedDatabase)) {
        assert.equal(told.get(name), `${name}\n`);
      }
      assert.match(told.get(lockedDatabase) ?? '', /FATAL/);
      for (const name of HOSTS) assert.equal(told.get(name), 'on the host\n');
      for (const name of sites) assert.match(told.get(name) ?? '', /^200 /, name);
      const textOf = (name: string): string =>
        secrets.find((secret) => secret.name === name)?.text ?? '';
      const all = sent.join('\n');
      for (const name of ['header', 'bearer', 'oauth-token', 'session-token', 'cluster']) {
        assert(all.includes(textOf(name)), name);
      }
    });

    check(() => world as PlantedWorld);
  });
}

describeWorld('connector', (world) => {
  it('are nowhere in the memory of the gateway, nor in its files, its store and its log, nor in its evidence', async () => {
    const { gateway, secrets } = world();
    const patterns = describeSecrets(secrets);
    const found = new Set<string>();
    const inMemory = await searchMemory(gateway.process.pid, patterns, found);
    assert(inMemory > 50 * 2 ** 20, `only ${inMemory} bytes of memory were read`);
    const inFiles = await searchFiles(dirname(gateway.configurationDirectory), patterns, found);
    assert(inFiles > 2 ** 20, `only ${inFiles} bytes of files were read`);
    const evidence = await searchEvidence(gateway.dataDirectory, patterns, found);
    assert(evidence.entries > 20 && evidence.recordings > 10, JSON.stringify(evidence));
    patterns.find(Buffer.from(gateway.process.log()), found);
    assert.deepEqual([...found], []);
  });

  it('were used for sessions that the ledger has, as often as the connector saw', async () => {
    const { gateway, connectorDirectory, databases, sites } = world();
    const ledgers = [join(gateway.dataDirectory, 'ledger')];
    const records = join(connectorDirectory, 'data/carried');
    // A record is written every two seconds, and entered a little later.
    const { findings } = await eventually('all records', async () => {
      const compared = await compareConnector({ ledgers, records });
      const isWhole =
        compared.sessions >= databases.length - 1 + HOSTS.length + sites.length &&
        compared.findings.every(({ kind }) => kind !== 'record-not-entered');
      return isWhole ? compared : undefined;
    });
    assert.deepEqual(findings, []);
  });
});

describeWorld('gateway', (world) => {
  it('are found in its memory and in its files, so that they would have been found', async () => {
    const { gateway, secrets } = world();
    const patterns = describeSecrets(secrets);
    const inMemory = new Set<string>();
    await searchMemory(gateway.process.pid, patterns, inMemory);
    const inFiles = new Set<string>();
    await searchFiles(dirname(gateway.configurationDirectory), patterns, inFiles);
    const named = (found: ReadonlySet<string>, name: string): boolean =>
      [...found].some((each) => each.startsWith(`${name}:`) || each.startsWith(`${name} `));
    // What it uses again and again it keeps; of what it used once, something may be left or not.
    for (const name of [
      'header',
      'bearer',
      'query',
      'sigv4',
      'session-token',
      'cluster',
      'oauth-token',
    ]) {
      assert(named(inMemory, name), `${name} is not found in memory`);
    }
    for (const { name } of secrets.filter((secret) => secret.name !== 'oauth-token')) {
      assert(named(inFiles, name), `${name} is not found in files`);
    }
  });
});
