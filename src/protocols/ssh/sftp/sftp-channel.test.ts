import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { OpenFlag, StatusCode } from '../../../wire/sftp/packet-type.ts';
import { openSftpChannel } from './sftp-channel.ts';
import { codeOf, SftpClient } from './sftp-client.fixture.ts';
import { ALLOWED, mapFiles, refused } from './sftp-world.fixture.ts';
import { useSftpWorld } from './use-sftp-world.fixture.ts';

const PATIENTS = 'id,ssn,city\n1,999-15-3541,Omaha\n2,999-22-1111,Lincoln\n';

describe('openSftpChannel', () => {
  const place = useSftpWorld();
  const { at, seen, begin } = place;
  const bytesOf = (name: string): Buffer => Buffer.from(at(name));

  it('uploads and downloads with the digest of the whole file in recording and ledger', async () => {
    const content = randomBytes(1_000_003);
    const client = await begin();
    await client.upload(at('up.bin'), content);
    assert.deepEqual(readFileSync(at('up.bin')), content);
    assert.deepEqual(await client.download(at('up.bin')), content);
    const sha256 = createHash('sha256').update(content).digest('hex');
    const path = at('up.bin');
    const done = { via: 'sftp', path, outcome: 'done', bytes: content.length, sha256 };
    assert.deepEqual(seen().files, [
      { action: 'ssh.sftp.write', ...done },
      { action: 'ssh.sftp.read', ...done },
    ]);
    assert.deepEqual(
      seen().noted.map((note) => [note['file'], note['sha256']]),
      [
        [1, sha256],
        [2, sha256],
      ],
    );
    assert.deepEqual(seen().asked, [`sftp write ${path}`, `sftp read ${path}`]);
  });

  it('has no digest of a file that was read out of order', async () => {
    writeFileSync(at('a.bin'), randomBytes(100_000));
    const client = await begin();
    const handle = await client.openForReading(at('a.bin'));
    await client.read(handle, 50_000, 1_000);
    await client.read(handle, 0, 1_000);
    await client.ask({ kind: 'close', handle });
    assert.deepEqual(seen().files, [
      { action: 'ssh.sftp.read', via: 'sftp', path: at('a.bin'), outcome: 'done', bytes: 2_000 },
    ]);
  });

  it('decides about the path that the server resolves: dots, relative names, links', async () => {
    mkdirSync(at('secret'));
    mkdirSync(at('public'));
    writeFileSync(at('secret/a.txt'), 'a');
    symlinkSync(at('secret'), at('public/link'));
    symlinkSync(at('secret/a.txt'), at('public/file'));
    symlinkSync(at('secret/new.txt'), at('public/dangling'));
    const client = await begin({
      rule: ({ text }) => (text.includes('/secret') ? refused('not here') : ALLOWED),
    });
    for (const path of [
      at('public/../secret/a.txt'),
      'public/../secret/a.txt',
      at('public/link/a.txt'),
      at('public/file'),
      './/public//link/./a.txt',
    ]) {
      assert.equal(
        codeOf(await client.open(path, OpenFlag.read)),
        StatusCode.permissionDenied,
        path,
      );
    }
    const flags = OpenFlag.write | OpenFlag.create;
    for (const path of [at('public/dangling'), at('public/link/b.txt')]) {
      assert.equal(codeOf(await client.open(path, flags)), StatusCode.permissionDenied, path);
    }
    for (const kind of ['opendir', 'stat', 'setstat'] as const) {
      const response = await client.ask({ kind, path: bytesOf('public/link'), attributes: {} });
      assert.equal(codeOf(response), StatusCode.permissionDenied, kind);
    }
    assert.match(seen().told(), /not here/);
    assert.deepEqual(await client.ask({ kind: 'remove', path: bytesOf('public/file') }), {
      kind: 'status',
      code: 0,
      message: 'Success',
    });
    assert.equal(readFileSync(at('secret/a.txt'), 'utf8'), 'a');
  });

  it('says what is not there only to who may ask', async () => {
    mkdirSync(at('secret'));
    const client = await begin({
      rule: ({ text }) => (text.includes('/secret') ? refused('not here') : ALLOWED),
    });
    for (const path of ['secret/a/b', 'secret/none', 'secret', at('secret/a/../b/c')]) {
      for (const kind of ['stat', 'lstat', 'opendir', 'rmdir', 'readlink'] as const) {
        const response = await client.ask({ kind, path: Buffer.from(path) });
        assert.equal(codeOf(response), StatusCode.permissionDenied, `${kind} ${path}`);
      }
    }
    const elsewhere = await client.ask({ kind: 'stat', path: Buffer.from('none/at/all') });
    assert.equal(codeOf(elsewhere), StatusCode.noSuchFile);
  });

  it('decides both names of a rename and of links, in every form of the protocol', async () => {
    mkdirSync(at('secret'));
    writeFileSync(at('a.txt'), 'a');
    writeFileSync(at('secret/s.txt'), 's');
    const client = await begin({
      rule: ({ actions }) =>
        actions.some(({ facts }) =>
          `${String(facts['path'])}${String(facts['newPath'])}`.includes('/secret'),
        )
          ? refused('not here')
          : ALLOWED,
    });
    const pairs = [
      [bytesOf('a.txt'), bytesOf('secret/a.txt')],
      [bytesOf('secret/s.txt'), bytesOf('s.txt')],
    ] as const;
    for (const [path, newPath] of pairs) {
      for (const request of [
        { kind: 'rename', path, newPath },
        { kind: 'extended', extension: 'posix-rename@openssh.com', path, newPath },
        { kind: 'extended', extension: 'hardlink@openssh.com', path, newPath },
        { kind: 'symlink', linkTarget: path, path: newPath },
      ] as const) {
        const code = codeOf(await client.ask(request));
        assert.equal(code, StatusCode.permissionDenied, JSON.stringify(request));
      }
    }
    const relative = {
      kind: 'symlink',
      linkTarget: Buffer.from('secret/s.txt'),
      path: bytesOf('l'),
    } as const;
    assert.equal(codeOf(await client.ask(relative)), StatusCode.permissionDenied);
  });

  it('knows a handle only while it is open, and only for what it was opened for', async () => {
    writeFileSync(at('a.txt'), 'abc');
    const client = await begin();
    const handle = await client.openForReading(at('a.txt'));
    assert.equal(codeOf(await client.write(handle, 0, Buffer.from('x'))), StatusCode.failure);
    const truncate = { kind: 'fsetstat', handle, attributes: { size: 0 } } as const;
    assert.equal(codeOf(await client.ask(truncate)), StatusCode.failure);
    await client.ask({ kind: 'close', handle });
    for (const kind of ['close', 'fstat', 'readdir'] as const) {
      assert.equal(codeOf(await client.ask({ kind, handle })), StatusCode.failure, kind);
    }
    assert.equal(codeOf((await client.read(handle, 0, 3)) as never), StatusCode.failure);
    assert.equal(codeOf(await client.write(handle, 0, Buffer.from('x'))), StatusCode.failure);
    for (const made of [Buffer.alloc(4), Buffer.alloc(0), Buffer.alloc(200, 1)]) {
      assert.equal(codeOf(await client.ask({ kind: 'fstat', handle: made })), StatusCode.failure);
    }
    const other = await client.openForReading(at('a.txt'));
    assert.notDeepEqual(other, handle);
    assert.equal(readFileSync(at('a.txt'), 'utf8'), 'abc');
  });

  it('shows what the target writes on stderr only to who may see all of its files', async () => {
    const dataMap = { files: [mapFiles('/**/p.csv', 'csv', { ssn: 'ssn', '*': 'none' })] };
    const said = Buffer.from('999-15-3541, as ~/.bashrc has it');
    await begin({ dataMap });
    seen().handler.deliver(said, 'stderr');
    assert.equal(seen().told(), '');
    seen().changeRights({ shown: ['ssn', 'free-text'] });
    seen().handler.deliver(said, 'stderr');
    assert.equal(seen().told(), said.toString());
  });

  it('shows nothing more of an open file once a class that it showed is hidden, or reading forbidden', async () => {
    writeFileSync(at('p.csv'), PATIENTS);
    const dataMap = {
      files: [mapFiles('/**/p.csv', 'csv', { id: 'none', ssn: 'ssn', city: 'none' })],
    };
    const client = await begin({ dataMap, shown: ['ssn'] });
    const handle = await client.openForReading(at('p.csv'));
    const raw = Buffer.from(PATIENTS);
    assert.deepEqual(await client.read(handle, 0, 100), raw);
    seen().changeRights({ shown: ['ssn', 'name'] });
    assert.deepEqual(await client.read(handle, 0, 100), raw);
    seen().changeRights({ shown: [] });
    assert.equal(codeOf(await client.read(handle, 0, 100)), StatusCode.permissionDenied);
    const masked = await client.openForReading(at('p.csv'));
    const shown = await client.read(masked, 0, 1_000);
    assert(Buffer.isBuffer(shown) && !shown.includes('999'));
    seen().changeRights({ isAllowed: false });
    assert.equal(codeOf(await client.read(masked, 0, 1_000)), StatusCode.permissionDenied);
    const refusals = seen().noted.filter(({ outcome }) => outcome === 'refused');
    assert.deepEqual(
      refusals.map(({ file }) => file),
      [1, 2],
    );
  });

  it('writes nothing more, and lists nothing more, once that is forbidden', async () => {
    const client = await begin();
    const handle = await client.open(at('new'), OpenFlag.write | OpenFlag.create);
    assert(Buffer.isBuffer(handle));
    const listed = await client.ask({ kind: 'opendir', path: bytesOf('.') });
    assert(listed.kind === 'handle');
    assert.equal(codeOf(await client.write(handle, 0, Buffer.from('one'))), StatusCode.ok);
    seen().changeRights({ isAllowed: false });
    assert.equal(
      codeOf(await client.write(handle, 3, Buffer.from('two'))),
      StatusCode.permissionDenied,
    );
    const { handle: directoryHandle } = listed;
    const names = await client.ask({ kind: 'readdir', handle: directoryHandle });
    assert.equal(codeOf(names), StatusCode.permissionDenied);
    assert.equal(readFileSync(at('new'), 'utf8'), 'one');
  });

  it('offers the extensions it understands, and refuses others without passing them on', async () => {
    const client = new SftpClient(place.open(openSftpChannel));
    const offered = await client.begin();
    assert(offered.includes('posix-rename@openssh.com'));
    assert(offered.includes('limits@openssh.com'));
    for (const name of ['vendor@example.com', 'home-directory']) {
      assert(!offered.includes(name));
      const request = {
        kind: 'extended',
        extension: 'unknown',
        name,
        data: Buffer.from('x'),
      } as const;
      assert.equal(codeOf(await client.ask(request)), StatusCode.unsupported);
    }
    const response = await client.ask({ kind: 'extended', extension: 'limits@openssh.com' });
    assert.equal(response.kind, 'extended-reply');
  });

  it('expands home directories, and says where paths lead to who may ask', async () => {
    mkdirSync(at('secret'));
    const client = await begin({
      rule: ({ text }) => (text.includes('/secret') ? refused('not here') : ALLOWED),
    });
    const ask = async (path: string, isExpanded: boolean): Promise<string | number> => {
      const bytes = Buffer.from(path);
      const response = await client.ask(
        isExpanded
          ? { kind: 'extended', extension: 'expand-path@openssh.com', path: bytes }
          : { kind: 'realpath', path: bytes },
      );
      if (response.kind !== 'name') return codeOf(response);
      return response.entries[0]?.name.toString('utf8') ?? '';
    };
    assert.equal(await ask('.', false), place.directory);
    assert.equal(await ask('new', false), at('new'));
    assert.equal(await ask('secret', false), StatusCode.permissionDenied);
    assert.equal(await ask('secret/../new', true), at('new'));
    assert.equal(await ask('~root', true), '/root');
    assert.equal(await ask('~no-such-user/x', true), StatusCode.failure);
    assert.equal(await ask(`~root/../${at('secret')}`, true), StatusCode.permissionDenied);
  });

  it('keeps the session while an operation waits for people, and opens what was approved', async () => {
    writeFileSync(at('held.txt'), 'held');
    writeFileSync(at('free.txt'), 'free');
    const verdict = Promise.withResolvers<typeof ALLOWED>();
    const client = await begin({
      rule: ({ text }) =>
        text.includes('held') ? { kind: 'held', until: verdict.promise } : ALLOWED,
    });
    const held = client.openForReading(at('held.txt'));
    assert.equal((await client.download(at('free.txt'))).toString(), 'free');
    assert.match(seen().told(), /people are asked/);
    verdict.resolve(ALLOWED);
    assert.equal((await client.readAll(await held)).toString(), 'held');
  });

  it('refuses what was approved if its path leads elsewhere by then', async () => {
    writeFileSync(at('a.txt'), 'a');
    writeFileSync(at('b.txt'), 'b');
    symlinkSync(at('a.txt'), at('link'));
    const verdict = Promise.withResolvers<typeof ALLOWED>();
    const client = await begin({ rule: () => ({ kind: 'held', until: verdict.promise }) });
    const held = client.open(at('link'), OpenFlag.read);
    await new Promise((resolve) => setImmediate(resolve));
    while (seen().asked.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    rmSync(at('link'));
    symlinkSync(at('b.txt'), at('link'));
    verdict.resolve(ALLOWED);
    assert.equal(codeOf(await held), StatusCode.permissionDenied);
  });

  it('masks a mapped file, with the size that it has then, however it is asked for', async () => {
    writeFileSync(at('p.csv'), PATIENTS);
    const client = await begin({
      dataMap: { files: [mapFiles(at('*.csv'), 'csv', { ssn: 'ssn', '*': 'none' })] },
    });
    const expected = 'id,ssn,city\n1,[redacted],Omaha\n2,[redacted],Lincoln\n';
    assert.equal((await client.download(at('p.csv'))).toString(), expected);
    assert.equal((await client.stat(at('p.csv'))).size, expected.length);
    const handle = await client.openForReading(at('p.csv'));
    const response = await client.ask({ kind: 'fstat', handle });
    assert(response.kind === 'attributes');
    assert.equal(response.attributes.size, expected.length);
    assert.equal((await client.readAll(handle, { chunk: 7, ahead: 3 })).toString(), expected);
    assert.deepEqual(seen().noted.find(({ rows }) => rows === 2)?.['masked'], { ssn: 2 });
  });

  it('shows raw what the principal may see', async () => {
    writeFileSync(at('p.csv'), PATIENTS);
    const client = await begin({
      dataMap: { files: [mapFiles(at('*.csv'), 'csv', { ssn: 'ssn', '*': 'none' })] },
      shown: ['ssn'],
    });
    assert.equal((await client.download(at('p.csv'))).toString(), PATIENTS);
  });

  it('refuses what cannot be masked, and every way to give it another name', async () => {
    writeFileSync(at('scan.img'), 'x');
    writeFileSync(at('p.csv'), PATIENTS);
    mkdirSync(at('exports'));
    const client = await begin({
      dataMap: {
        files: [
          mapFiles(at('*.img'), 'opaque', {}, { dataClass: 'photo' }),
          mapFiles(at('*.csv'), 'csv', { ssn: 'ssn', '*': 'none' }),
          mapFiles(at('exports/**'), 'csv', { ssn: 'ssn', '*': 'none' }),
        ],
      },
    });
    assert.equal(
      codeOf(await client.open(at('scan.img'), OpenFlag.read)),
      StatusCode.permissionDenied,
    );
    const both = OpenFlag.read | OpenFlag.write;
    assert.equal(codeOf(await client.open(at('p.csv'), both)), StatusCode.permissionDenied);
    for (const [from, to] of [
      ['p.csv', 'p.bin'],
      ['exports', 'elsewhere'],
      ['scan.img', 'scan.txt'],
    ] as const) {
      const [path, newPath] = [bytesOf(from), bytesOf(to)];
      for (const request of [
        { kind: 'rename', path, newPath },
        { kind: 'extended', extension: 'hardlink@openssh.com', path, newPath },
        { kind: 'extended', extension: 'posix-rename@openssh.com', path, newPath },
      ] as const) {
        assert.equal(codeOf(await client.ask(request)), StatusCode.permissionDenied);
      }
    }
    const source = await client.openForReading(at('p.csv'));
    const sink = await client.open(at('copy.bin'), OpenFlag.write | OpenFlag.create);
    assert(Buffer.isBuffer(sink));
    const copy = { handle: source, offset: 0, length: 0, newHandle: sink, newOffset: 0 };
    const response = await client.ask({ kind: 'extended', extension: 'copy-data', ...copy });
    assert.equal(codeOf(response), StatusCode.permissionDenied);
    assert.equal(readFileSync(at('copy.bin'), 'utf8'), '');
    symlinkSync(at('p.csv'), at('link.bin'));
    assert.doesNotMatch((await client.download(at('link.bin'))).toString(), /999-/);
  });

  it('enters what is copied within the host, whose bytes do not come by', async () => {
    writeFileSync(at('a.bin'), 'content');
    const client = await begin();
    const source = await client.openForReading(at('a.bin'));
    const sink = await client.open(at('b.bin'), OpenFlag.write | OpenFlag.create);
    assert(Buffer.isBuffer(sink));
    const copy = { handle: source, offset: 0, length: 0, newHandle: sink, newOffset: 0 };
    const response = await client.ask({ kind: 'extended', extension: 'copy-data', ...copy });
    assert.equal(codeOf(response), StatusCode.ok);
    assert.equal(readFileSync(at('b.bin'), 'utf8'), 'content');
    const noted = seen().noted.filter(({ copiedFrom }) => copiedFrom !== undefined);
    const [entry] = noted;
    assert.equal(noted.length, 1);
    assert.deepEqual([entry?.['file'], entry?.['copiedFrom']], [2, 1]);
  });

  it('lets a masked file be replaced, and nothing in it be changed', async () => {
    writeFileSync(at('p.csv'), PATIENTS);
    writeFileSync(at('note.txt'), 'a SECRET note');
    const client = await begin({
      dataMap: {
        unmappedFiles: 'inspect',
        files: [mapFiles(at('*.csv'), 'csv', { ssn: 'ssn', '*': 'none' })],
      },
    });
    for (const name of ['p.csv', 'note.txt']) {
      const denied = StatusCode.permissionDenied;
      const { read, write, append, create, exclusive } = OpenFlag;
      for (const flags of [
        write,
        write | append,
        read | write,
        write | create,
        write | exclusive,
      ]) {
        assert.equal(codeOf(await client.open(at(name), flags)), denied, name);
      }
      const resize = { path: bytesOf(name), attributes: { size: 4_000 } };
      assert.equal(codeOf(await client.ask({ kind: 'setstat', ...resize })), denied);
      const extension = 'lsetstat@openssh.com';
      assert.equal(codeOf(await client.ask({ kind: 'extended', extension, ...resize })), denied);
    }
    assert.equal(readFileSync(at('p.csv'), 'utf8'), PATIENTS);
    await client.upload(at('p.csv'), Buffer.from('ssn\n1\n'));
    assert.equal(readFileSync(at('p.csv'), 'utf8'), 'ssn\n1\n');
  });

  it('looks through text that no entry speaks of, and lets pass what is no text', async () => {
    writeFileSync(at('note.txt'), 'a SECRET note');
    writeFileSync(at('data.bin'), 'a SECRET\0');
    const client = await begin({ dataMap: { unmappedFiles: 'inspect' } });
    assert.equal((await client.download(at('note.txt'))).toString(), 'a MASKED note');
    assert.equal((await client.download(at('data.bin'))).toString(), 'a SECRET\0');
    writeFileSync(at('latin.txt'), Buffer.from('Müller, a SECRET', 'latin1'));
    const latin = await client.download(at('latin.txt'));
    assert.equal(latin.toString('latin1'), 'Müller, a MASKED');
    writeFileSync(at('wide.txt'), Buffer.from('a SECRET', 'utf16le'));
    const wide = await client.open(at('wide.txt'), OpenFlag.read);
    assert.equal(codeOf(wide), StatusCode.permissionDenied);
  });

  it('looks through what is written to a file that was empty when it was opened', async () => {
    writeFileSync(at('log.txt'), '');
    const client = await begin({ dataMap: { unmappedFiles: 'inspect' } });
    const handle = await client.openForReading(at('log.txt'));
    writeFileSync(at('log.txt'), 'SSN SECRET');
    const shown = await client.read(handle, 0, 100);
    assert.deepEqual(shown, Buffer.from('SSN MASKED'));
  });

  it('shows nothing of a file that is not what the data map says', async () => {
    writeFileSync(at('p.csv'), 'name,number\nMiller,999-15-3541\n');
    const client = await begin({
      dataMap: { files: [mapFiles(at('*.csv'), 'csv', { ssn: 'ssn', '*': 'none' })] },
    });
    const handle = await client.openForReading(at('p.csv'));
    assert.equal(codeOf((await client.read(handle, 0, 1_000)) as never), StatusCode.failure);
    assert.match(seen().told(), /names none of the mapped columns/);
  });

  for (const pieceBytes of [1, 7, 1_000]) {
    it(`serves the same where bytes come ${pieceBytes} at a time`, async () => {
      const content = randomBytes(20_000);
      writeFileSync(at('p.csv'), PATIENTS);
      const client = await begin({
        pieceBytes,
        dataMap: { files: [mapFiles(at('*.csv'), 'csv', { ssn: 'ssn', '*': 'none' })] },
      });
      await client.upload(at('up.bin'), content);
      assert.deepEqual(readFileSync(at('up.bin')), content);
      assert.deepEqual(await client.download(at('up.bin')), content);
      assert.doesNotMatch((await client.download(at('p.csv'))).toString(), /999-/);
      assert.equal(seen().files[0]?.sha256, createHash('sha256').update(content).digest('hex'));
      assert.equal(seen().failure(), undefined);
    });
  }

  it('ends the channel, and nothing else, when a client breaks the protocol', async () => {
    await begin();
    seen().handler.receive(Buffer.from('ffffffff00', 'hex'));
    assert.match(seen().failure() ?? '', /SFTP packet/);
  });

  it('takes random bytes from both sides without a crash', async () => {
    for (let round = 0; round < 30; round += 1) {
      const client = await begin();
      await client.stat(place.directory);
      if (round % 2 === 0) seen().handler.receive(randomBytes(2_000));
      else seen().handler.deliver(randomBytes(2_000), 'stdout');
      seen().handler.receive(randomBytes(100));
      await seen().close();
    }
  });
});
