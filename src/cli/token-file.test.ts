import assert from 'node:assert/strict';
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { changeSignIn, findSignIn, type SignIn } from './token-file.ts';

const GATEWAY = 'https://gateway.hospital.example';
const SIGNAL = new AbortController().signal;
const SIGN_IN: SignIn = {
  issuer: 'https://id.hospital.example',
  clientId: 'sallyport-cli',
  scope: 'openid',
  token: 'secret-token',
  tokenKind: 'id-token',
  expiresAtMs: 1_800_000_000_000,
  refreshToken: 'secret-refresh',
};

let folder = '';
let path = '';

function keep(signIn: SignIn | undefined, gateway: string = GATEWAY): Promise<SignIn | undefined> {
  return changeSignIn(path, gateway, async () => signIn, SIGNAL);
}

async function modeOf(file: string): Promise<number> {
  return (await stat(file)).mode & 0o777;
}

/** Before and after the tests of one `describe`. */
function prepareTests(): void {
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'token-file-'));
    path = join(folder, 'config', 'sallyport', 'tokens.json');
  });
  afterEach(() => rm(folder, { recursive: true }));
}

describe('changeSignIn', () => {
  prepareTests();

  it('keeps sign-ins per gateway, where only the user can read them', async () => {
    const other = { ...SIGN_IN, token: 'other-token' };
    await keep(SIGN_IN);
    await keep(other, 'https://other.example/');
    assert.deepEqual(await findSignIn(path, `${GATEWAY}/`), SIGN_IN);
    assert.deepEqual(await findSignIn(path, 'https://other.example'), other);
    assert.equal(await modeOf(path), 0o600);
    assert.equal(await modeOf(dirname(path)), 0o700);
    assert.deepEqual(await readdir(dirname(path)), ['tokens.json']);
  });

  it('removes a sign-in and leaves the others', async () => {
    await keep(SIGN_IN);
    await keep(SIGN_IN, 'https://other.example');
    await keep(undefined);
    assert.equal(await findSignIn(path, GATEWAY), undefined);
    assert.deepEqual(await findSignIn(path, 'https://other.example'), SIGN_IN);
    assert(!(await readFile(path, 'utf8')).includes(GATEWAY));
  });

  it('leaves the file as it was when the change fails', async () => {
    await keep(SIGN_IN);
    const failing = async (): Promise<never> => {
      throw new Error('provider away');
    };
    await assert.rejects(changeSignIn(path, GATEWAY, failing, SIGNAL), /provider away/);
    assert.deepEqual(await findSignIn(path, GATEWAY), SIGN_IN);
    assert.deepEqual(await readdir(dirname(path)), ['tokens.json']);
  });

  it('lets one change at a time see what the last one made', async () => {
    await keep({ ...SIGN_IN, expiresAtMs: 0 });
    const add = async (before: SignIn | undefined): Promise<SignIn> => {
      const expiresAtMs = before?.expiresAtMs ?? 0;
      await new Promise((resolve) => setImmediate(resolve));
      return { ...SIGN_IN, expiresAtMs: expiresAtMs + 1 };
    };
    await Promise.all(Array.from({ length: 8 }, () => changeSignIn(path, GATEWAY, add, SIGNAL)));
    assert.equal((await findSignIn(path, GATEWAY))?.expiresAtMs, 8);
  });

  it('takes over a lock that its owner left behind, and waits for one in use', async () => {
    await keep(SIGN_IN);
    await writeFile(`${path}.lock`, '');
    const aborted = AbortSignal.timeout(120);
    const waiting = changeSignIn(path, GATEWAY, async () => undefined, aborted);
    await assert.rejects(waiting, (error: Error) => /Abort|Timeout/.test(error.name));
    await utimes(`${path}.lock`, new Date(0), new Date(0));
    await keep(undefined);
    assert.equal(await findSignIn(path, GATEWAY), undefined);
  });
});

describe('findSignIn', () => {
  prepareTests();

  it('finds nothing where nothing was kept', async () => {
    assert.equal(await findSignIn(path, GATEWAY), undefined);
    await keep(SIGN_IN);
    assert.equal(await findSignIn(path, 'https://another.example'), undefined);
  });

  it('refuses a file that others can read', async () => {
    await keep(SIGN_IN);
    for (const mode of [0o640, 0o604, 0o620, 0o602, 0o666, 0o610]) {
      await chmod(path, mode);
      await assert.rejects(findSignIn(path, GATEWAY), { code: 'ERR_TOKEN_FILE_EXPOSED' });
      await assert.rejects(keep(undefined), { code: 'ERR_TOKEN_FILE_EXPOSED' });
    }
  });

  it('refuses a folder that others can change', async () => {
    await keep(SIGN_IN);
    await chmod(dirname(path), 0o770);
    await assert.rejects(findSignIn(path, GATEWAY), { code: 'ERR_TOKEN_FILE_EXPOSED' });
    await assert.rejects(keep(SIGN_IN), { code: 'ERR_TOKEN_FILE_EXPOSED' });
  });

  it('follows no link', async () => {
    await keep(SIGN_IN);
    const link = join(dirname(path), 'link.json');
    await symlink(path, link);
    await assert.rejects(findSignIn(link, GATEWAY), {
      code: 'ERR_TOKEN_FILE_UNUSABLE',
      message: /it is a link, and must be a file; delete it and run sallyport login$/,
    });
  });

  it('refuses a malformed file without quoting it', async () => {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const good = JSON.stringify({ version: 1, signIns: { [`${GATEWAY}/`]: SIGN_IN } });
    await writeFile(path, good, { mode: 0o600 });
    assert.deepEqual(await findSignIn(path, GATEWAY), SIGN_IN);
    const { token: _, ...tokenless } = SIGN_IN;
    const malformed = [
      '',
      '[]',
      '{}',
      '{"version":1}',
      '{"version":2,"signIns":{}}',
      JSON.stringify({ version: 1, signIns: { [GATEWAY]: tokenless } }),
      JSON.stringify({ version: 1, signIns: { [GATEWAY]: { ...SIGN_IN, expiresAtMs: 'x' } } }),
      good.slice(0, -3),
      ' '.repeat(1024 * 1024 + 1),
    ];
    for (const text of malformed) {
      await writeFile(path, text);
      await assert.rejects(findSignIn(path, GATEWAY), (error: Error & { code?: string }) => {
        assert.equal(error.code, 'ERR_TOKEN_FILE_MALFORMED');
        assert(!`${error.stack} ${String(error.cause)}`.includes('secret-'));
        return true;
      });
    }
  });
});
