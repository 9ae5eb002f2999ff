import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { compareConnector } from '../../src/audit/compare-connector.ts';
import type { BytePatterns } from './byte-patterns.ts';
import { eventually } from './eventually.ts';
import { describeSecrets, plant } from './planted-secret.ts';
import { CLUSTER, REFUSED_CLUSTER, REFUSED_SITE } from './planted-sites.ts';
import {
  HOSTS,
  type Keeper,
  openPlantedWorld,
  type PlantedWorld,
  REFUSED_HOST,
} from './planted-world.ts';
import { searchEvidence } from './search-evidence.ts';
import { searchFiles, searchMemory } from './search-process.ts';
import { queryOnce, useEverything, useRefused } from './use-planted.ts';

function describeWorld(keeper: Keeper, check: (world: () => PlantedWorld) => void): void {
  describe(`twenty secrets that the ${keeper} has`, () => {
    let world: PlantedWorld | undefined;
    let told: ReadonlyMap<string, string> = new Map();
    let refused: ReadonlyMap<string, string> = new Map();
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
      refused = await useRefused(world);
    });
    after(async () => world?.[Symbol.asyncDispose]());

    it('are used', () => {
      assert(world);
      const { databases, lockedDatabase, sites, sent, secrets } = world;
      for (const name of databases.filter((each) => each !== lockedDatabase)) {
        assert.equal(told.get(name), `${name}\n`);
      }
      for (const name of HOSTS) assert.equal(told.get(name), 'on the host\n');
      for (const name of sites) assert.match(told.get(name) ?? '', /^200 /, name);
      // Which takes nobody without its token.
      assert.equal(told.get(CLUSTER), 'in the pod\n');
      const textOf = (name: string): string =>
        secrets.find((secret) => secret.name === name)?.text ?? '';
      const all = sent.join('\n');
      for (const name of ['header', 'bearer', 'oauth-token', 'session-token']) {
        assert(all.includes(textOf(name)), name);
      }
    });

    it('are told to nobody where they are refused', () => {
      assert(world);
      const { lockedDatabase, secrets } = world;
      const answers = new Map([...refused, [lockedDatabase, told.get(lockedDatabase) ?? '']]);
      for (const [name, expected] of [
        [lockedDatabase, /FATAL/],
        [REFUSED_HOST, /./],
        ['header', /^401 /],
        [REFUSED_CLUSTER, /^401 /],
        [REFUSED_SITE, /^5\d\d /],
      ] as const) {
        assert.match(answers.get(name) ?? '', expected, name);
      }
      assert.doesNotMatch(answers.get(REFUSED_HOST) ?? '', /on the host/);
      const found = new Set<string>();
      const patterns = describeSecrets(secrets);
      for (const answer of answers.values()) patterns.find(Buffer.from(answer), found);
      patterns.find(Buffer.from(world.gateway.process.log()), found);
      if (world.connector !== undefined) patterns.find(Buffer.from(world.connector.log()), found);
      assert.deepEqual([...found], []);
    });

    check(() => world as PlantedWorld);
  });
}

function findsIn(bytes: Buffer, patterns: BytePatterns): boolean {
  const found = new Set<string>();
  patterns.find(bytes, found);
  return found.size > 0;
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
    assert.deepEqual([...found], []);
  });

  it('are in nothing that is exported, in whichever format', async () => {
    const { databases, exports, secrets } = world();
    // After all that went before: what has it has the rest.
    const last = plant('last');
    await queryOnce(world(), databases[0] ?? '', `select '${last.text}'`);
    const mark = describeSecrets([last]);
    const received = await eventually('the last entry in each export', async () => {
      const all = await exports.read();
      return [...all.values()].every((bytes) => findsIn(bytes, mark)) ? all : undefined;
    });
    assert.equal(received.size, exports.settings.length);
    const patterns = describeSecrets(secrets);
    const found = new Set<string>();
    for (const bytes of received.values()) patterns.find(bytes, found);
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
