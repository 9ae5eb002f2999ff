import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { describe, it } from 'node:test';
import { recogniseCommand } from '../../../shell/recognise-command.ts';
import {
  ALLOWED,
  mapFiles,
  refused,
  type SftpWorld,
  type WorldOptions,
} from '../sftp/sftp-world.fixture.ts';
import { useSftpWorld } from '../sftp/use-sftp-world.fixture.ts';
import { openScpChannel } from './scp-channel.ts';

const OK = '\0';

/** The near side of a copy, byte by byte. */
class NearSide {
  readonly #world: SftpWorld;
  #output = Buffer.alloc(0);
  #wake: () => void = () => undefined;

  constructor(world: SftpWorld) {
    this.#world = world;
    world.onOutput((bytes) => {
      this.#output = Buffer.concat([this.#output, bytes]);
      this.#wake();
    });
  }

  send(text: string | Buffer): void {
    this.#world.handler.receive(Buffer.from(text));
  }

  async take(count: number): Promise<string> {
    while (this.#output.length < count) await this.#more();
    const taken = this.#output.subarray(0, count);
    this.#output = this.#output.subarray(count);
    return taken.toString('latin1');
  }

  async line(): Promise<string> {
    while (!this.#output.includes(0x0a)) await this.#more();
    return this.take(this.#output.indexOf(0x0a) + 1);
  }

  async status(): Promise<number> {
    while (this.#world.exitStatus() === undefined) await this.#more(20);
    return this.#world.exitStatus() as number;
  }

  #more(afterMs = 5_000): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, afterMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

describe('openScpChannel', () => {
  const place = useSftpWorld();
  const { at, seen } = place;

  const begin = (command: string, options: WorldOptions = {}): NearSide => {
    const recognised = recogniseCommand(command);
    assert(recognised?.kind === 'scp', command);
    return new NearSide(
      place.open((_operation, context, ends) => openScpChannel(recognised, context, ends), options),
    );
  };

  it('takes a file, with size and digest in the recording', async () => {
    const content = randomBytes(300_000);
    const near = begin(`scp -t ${at('up.bin')}`);
    assert.equal(await near.take(1), OK);
    near.send(`C0640 ${content.length} other-name\n`);
    assert.equal(await near.take(1), OK);
    near.send(content);
    near.send(OK);
    assert.equal(await near.take(1), OK);
    seen().handler.receiveEnd();
    assert.equal(await near.status(), 0);
    assert.deepEqual(readFileSync(at('up.bin')), content);
    assert.deepEqual(seen().files, [
      {
        action: 'ssh.sftp.write',
        via: 'scp',
        path: at('up.bin'),
        outcome: 'done',
        bytes: content.length,
        sha256: createHash('sha256').update(content).digest('hex'),
      },
    ]);
    assert.deepEqual(seen().asked, [`scp write ${at('up.bin')}`]);
  });

  it('takes directories with their modes and times', async () => {
    mkdirSync(at('into'));
    const near = begin(`scp -r -p -t ${at('into')}`);
    assert.equal(await near.take(1), OK);
    for (const line of ['D0750 0 sub\n', 'T1500000000 0 1500000001 0\n', 'C0600 3 a.txt\n']) {
      near.send(line);
      assert.equal(await near.take(1), OK);
    }
    near.send(`abc${OK}`);
    assert.equal(await near.take(1), OK);
    near.send('C0600 0 empty\n');
    assert.equal(await near.take(1), OK);
    near.send(OK);
    assert.equal(await near.take(1), OK);
    near.send('E\n');
    assert.equal(await near.take(1), OK);
    seen().handler.receiveEnd();
    assert.equal(await near.status(), 0);
    assert.equal(readFileSync(at('into/sub/a.txt'), 'utf8'), 'abc');
    assert.equal(statSync(at('into/sub/a.txt')).mtimeMs, 1_500_000_000_000);
    assert.equal(statSync(at('into/sub')).mode & 0o777, 0o750);
    assert.equal(statSync(at('into/sub/empty')).size, 0);
  });

  it('takes no name that leads elsewhere', async () => {
    mkdirSync(at('into'));
    for (const line of [
      'C0644 1 ../evil\n',
      'C0644 1 /tmp/evil\n',
      'C0644 1 ..\n',
      'D0755 0 ..\n',
    ]) {
      const near = begin(`scp -r -t ${at('into')}`);
      assert.equal(await near.take(1), OK);
      near.send(line);
      assert.match(await near.line(), /unexpected name/);
      assert.equal(await near.status(), 1);
      await seen().close();
    }
    assert(!existsSync(at('evil')));
    assert.deepEqual(seen().files, []);
  });

  it('refuses one file with the reason and takes the next', async () => {
    mkdirSync(at('into'));
    const near = begin(`scp -t ${at('into')}`, {
      rule: ({ text }) => (text.endsWith('/no.txt') ? refused('not this one') : ALLOWED),
    });
    assert.equal(await near.take(1), OK);
    near.send('C0644 1 no.txt\n');
    assert.match(await near.line(), /not this one/);
    near.send('C0644 1 yes.txt\n');
    assert.equal(await near.take(1), OK);
    near.send(`y${OK}`);
    assert.equal(await near.take(1), OK);
    seen().handler.receiveEnd();
    assert.equal(await near.status(), 1);
    assert.equal(readFileSync(at('into/yes.txt'), 'utf8'), 'y');
    assert(!existsSync(at('into/no.txt')));
  });

  it('sends a file under its name, in as many bytes as it says', async () => {
    const content = randomBytes(200_000);
    writeFileSync(at('a b.bin'), content, { mode: 0o640 });
    utimesSync(at('a b.bin'), 1_500_000_001, 1_500_000_000);
    const near = begin(`scp -p -f '${at('a b.bin')}'`);
    near.send(OK);
    assert.equal(await near.line(), 'T1500000000 0 1500000001 0\n');
    near.send(OK);
    assert.equal(await near.line(), `C0640 ${content.length} a b.bin\n`);
    near.send(OK);
    assert.equal(await near.take(content.length), content.toString('latin1'));
    assert.equal(await near.take(1), OK);
    near.send(OK);
    assert.equal(await near.status(), 0);
    assert.equal(seen().files[0]?.sha256, createHash('sha256').update(content).digest('hex'));
  });

  it('sends directories, and what a pattern matches, each file decided', async () => {
    mkdirSync(at('d'));
    writeFileSync(at('d/one.csv'), '1');
    writeFileSync(at('d/two.csv'), '2');
    writeFileSync(at('d/.hidden.csv'), '3');
    const near = begin(`scp -f ${place.directory}/*/*.csv`);
    near.send(OK);
    for (const [name, content] of [
      ['one.csv', '1'],
      ['two.csv', '2'],
    ]) {
      assert.equal(await near.line(), `C0644 1 ${name}\n`);
      near.send(OK);
      assert.equal(await near.take(2), `${content}${OK}`);
      near.send(OK);
    }
    assert.equal(await near.status(), 0);
    assert.deepEqual(seen().asked, [
      `scp list ${place.directory}`,
      `scp list ${at('d')}`,
      `scp read ${at('d/one.csv')}`,
      `scp read ${at('d/two.csv')}`,
    ]);
  });

  it('decides about where a link leads, and says nothing of what may not be read', async () => {
    mkdirSync(at('secret'));
    writeFileSync(at('secret/s.txt'), 's');
    symlinkSync(at('secret/s.txt'), at('link'));
    const rule: WorldOptions['rule'] = ({ text }) =>
      text.includes('/secret') ? refused('not here') : ALLOWED;
    for (const path of [at('link'), at('secret/../secret/s.txt'), at('secret/none')]) {
      const near = begin(`scp -f ${path}`, { rule });
      near.send(OK);
      assert.match(await near.line(), /not here/);
      assert.equal(await near.status(), 1);
      await seen().close();
    }
    const near = begin(`scp -r -f ${at('secret')}`, { rule });
    near.send(OK);
    assert.match(await near.line(), /not here/);
  });

  it('sends a masked file with the size that it has then', async () => {
    writeFileSync(at('p.csv'), 'id,ssn\n1,999-15-3541\n');
    const near = begin(`scp -f ${at('p.csv')}`, {
      dataMap: { files: [mapFiles(at('*.csv'), 'csv', { ssn: 'ssn', '*': 'none' })] },
    });
    const expected = 'id,ssn\n1,[redacted]\n';
    near.send(OK);
    assert.equal(await near.line(), `C0644 ${expected.length} p.csv\n`);
    near.send(OK);
    assert.equal(await near.take(expected.length + 1), `${expected}${OK}`);
    near.send(OK);
    assert.equal(await near.status(), 0);
    assert.deepEqual(seen().noted.find(({ rows }) => rows === 1)?.['masked'], { ssn: 1 });
  });

  it('takes random bytes from both sides without a crash', async () => {
    for (let round = 0; round < 30; round += 1) {
      begin(round % 3 === 0 ? `scp -r -t ${place.directory}` : `scp -r -f ${place.directory}`);
      if (round % 2 === 0) seen().handler.receive(randomBytes(2_000));
      else seen().handler.deliver(randomBytes(2_000), 'stdout');
      seen().handler.receive(randomBytes(100));
      await seen().close();
    }
  });
});
