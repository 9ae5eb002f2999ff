import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { openLedger } from '../../audit/ledger.ts';
import { seal } from '../../audit/seal.ts';
import { DayKeyFiles } from '../../encryption/day-key-files.ts';
import { masterKeyPath, readOwnMasterKey } from '../../encryption/read-master-key.ts';
import { type CliOutcome, runForOutcome } from '../cli-outcome.fixture.ts';

const SETTINGS = `
gateway: { name: gw, dataDirectory: data }
listeners: { postgres: [{ address: "127.0.0.1:0", tls: { mode: disabled } }] }
identity:
  providers: [{ name: okta, issuer: "https://okta.example", audiences: [sallyport] }]
`;
const NOON = Date.parse('2026-11-21T12:00:00Z');
const NEW_KEY = 'ab'.repeat(32);

let config: string;
let dataDirectory: string;

function run(...args: string[]): Promise<CliOutcome> {
  return runForOutcome(args, { environment: { NEW_KEY }, nowMs: () => NOON });
}

async function configure(encryption: string): Promise<void> {
  await writeFile(join(config, 'sallyport.yaml'), `${SETTINGS}encryption: ${encryption}\n`);
}

describe('sallyport keys', () => {
  /** A gateway that wrote one statement, with a key of its own. */
  beforeEach(async () => {
    config = await mkdtemp(join(tmpdir(), 'sallyport-keys-'));
    dataDirectory = join(config, 'data');
    await writeFile(join(config, 'sallyport.yaml'), SETTINGS);
    await mkdir(join(config, 'targets'));
    await mkdir(dataDirectory);
    const masterKey = await readOwnMasterKey(dataDirectory);
    const dayKeys = new DayKeyFiles({ dataDirectory, purpose: 'content', masterKey });
    const clock = { nowMs: () => NOON, logName: 'gw.0' };
    await using ledger = await openLedger({ dataDirectory, dayKeys, ...clock });
    await seal(ledger, { kind: 'explain', content: { text: 'SELECT 4711' } });
  });
  afterEach(() => rm(config, { recursive: true }));

  it('check says that all opens, and which key does it, but not the key', async () => {
    const { code, out } = await run('keys', 'check', '--config', config);
    assert.equal(code, 0, out);
    assert.match(out, /1 opened, 0 destroyed/);
    const secret = (await readFile(masterKeyPath(dataDirectory), 'utf8')).trim();
    assert(!out.includes(secret));
  });

  it('check names what cannot be opened, and what is gone', async () => {
    await configure('{ masterKey: { kind: secret, key: "env:NEW_KEY" } }');
    const other = await run('keys', 'check', '--config', config, '--json');
    assert.equal(other.code, 1);
    assert.match(
      other.out,
      /content 2026-11-21: it was wrapped by the master key [0-9a-f]{16}, not by env:NEW_KEY/,
    );
    assert(!other.out.includes(NEW_KEY));
    await configure('{}');
    await rm(join(dataDirectory, 'keys/days/content/2026-11-21.key'));
    const gone = await run('keys', 'check', '--config', config);
    assert.equal(gone.code, 1);
    assert.match(gone.out, /contents of 2026-11-21 cannot be read: their key is gone/);
    await rm(masterKeyPath(dataDirectory));
    const none = await run('keys', 'check', '--config', config);
    assert.equal(none.code, 1);
    assert.match(none.out, /there is no \S+master\.key/);
  });

  it('check says what of the keys opens, and that the ledger is damaged', async () => {
    const log = join(dataDirectory, 'ledger', 'gw.0');
    const [segment = ''] = (await readdir(log)).filter((name) => name.endsWith('.segment'));
    const bytes = await readFile(join(log, segment));
    bytes.write('X', bytes.indexOf('explain'));
    await writeFile(join(log, segment), bytes);
    const { code, out } = await run('keys', 'check', '--config', config);
    assert.equal(code, 1, out);
    assert.match(out, /1 opened, 0 destroyed/);
    assert.match(out, /problem .*gw\.0: entries 0 to 0 are missing or damaged/);
  });

  it('rewrap moves everything to the configured key, after which the old one can go', async () => {
    const previous = 'previousKeys: [{ kind: own }]';
    await configure(`{ masterKey: { kind: secret, key: "env:NEW_KEY" }, ${previous} }`);
    const moved = await run('keys', 'rewrap', '--config', config);
    assert.equal(moved.code, 0, moved.err);
    assert.match(moved.err + moved.out, /Wrapped 1 key by env:NEW_KEY/);
    await rm(masterKeyPath(dataDirectory));
    await configure('{ masterKey: { kind: secret, key: "env:NEW_KEY" } }');
    assert.equal((await run('keys', 'check', '--config', config)).code, 0);
    const list = ['audit', 'list', dataDirectory, '--kind', 'explain'];
    assert.match((await run(...list)).out, /\(content is sealed\)/);
    assert.match((await run(...list, '--config', config)).out, /text=SELECT 4711/);
  });
});
