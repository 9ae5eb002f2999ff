import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { analyzeCommand } from './analyze-command.ts';
import { recogniseCommand } from './recognise-command.ts';

describe('recogniseCommand', () => {
  it('reads what scp sends', () => {
    assert.deepEqual(recogniseCommand('scp -v -r -p -t -- /srv/in'), {
      kind: 'scp',
      direction: 'sink',
      isRecursive: true,
      preservesTimes: true,
      needsDirectory: false,
      isVerbose: true,
      paths: [{ kind: 'literal', text: '/srv/in', maySplit: false }],
    });
    const source = recogniseCommand('scp -f /srv/*.csv "a b"');
    assert(source?.kind === 'scp');
    assert.equal(source.direction, 'source');
    assert.deepEqual(
      source.paths.map(({ kind, text }) => `${kind} ${text}`),
      ['pattern /srv/*.csv', 'literal a b'],
    );
  });

  it('reads what rsync sends', () => {
    const out = recogniseCommand('rsync --server --sender -vlogDtpre.iLsfxCIvu . /srv');
    assert(out?.kind === 'rsync');
    assert.equal(out.direction, 'source');
    assert.equal(out.deletes, false);
    const into = recogniseCommand('rsync --server -logDtpre.iLsfxCIvu --delete --partial . /srv');
    assert(into?.kind === 'rsync');
    assert.equal(into.direction, 'sink');
    assert.equal(into.deletes, true);
  });

  it('reads what git and old sftp clients send', () => {
    assert.equal(recogniseCommand("git-upload-pack '/srv/x.git'")?.kind, 'git');
    assert.equal(recogniseCommand("git-receive-pack '/srv/x.git'")?.kind, 'git');
    assert.equal(recogniseCommand('/usr/lib/openssh/sftp-server')?.kind, 'sftp-server');
  });

  const OTHERS: readonly string[] = [
    'scp -f x; rm -rf /',
    'scp -f $(rm -rf /)',
    'scp -f `rm`',
    'scp -f x > /etc/passwd',
    'scp -f x &',
    'X=1 scp -f x',
    'scp -t -f x',
    'scp -t a b',
    'scp -t *',
    'scp -t -S/tmp/x y',
    'scp -S /tmp/x -t y',
    'scp x y',
    'sudo scp -t x',
    './scp -t x',
    'rsync --server --daemon .',
    'rsync --server -e "sh -c x" . /srv',
    'rsync --server --sender --files-from=/etc/shadow . /',
    'rsync --server --log-file=/etc/cron.d/x -logDtpr . /srv',
    'rsync --server -logDtpr --temp-dir=/etc . /srv',
    'rsync -a --server . /srv',
    'rsync --server -logDtpr .',
    'rsync --server --sender -svre.iLsfxCIvu . /srv',
    'rsync --server --sender -logDtprs . /srv',
    'rsync --server --sender -rT . /srv x',
    'rsync --server --sender -rf . /srv x',
    'git-upload-pack --strict /x',
    'git-upload-pack a b',
    'git-upload-pack $x',
    '/usr/lib/openssh/sftp-server -e',
    '/tmp/sftp-server',
    "scp -f $'x'",
  ];
  it('takes nothing else for one of these', () => {
    for (const text of OTHERS) assert.equal(recogniseCommand(text), undefined, text);
  });

  it('leaves what only looks like one of these opaque', () => {
    for (const text of [
      'scp -v -t -l 5 x',
      'rsync --server --daemon .',
      'sftp-server',
      'git-upload-pack a b',
    ]) {
      assert.deepEqual(analyzeCommand(text).reasons, ['launcher'], text);
    }
  });

  it('says which way the files go', () => {
    const down = analyzeCommand('rsync --server --sender -re.iLsfxCIvu . /srv/a');
    assert.deepEqual([down.reads, down.writes, down.reasons], [['/srv/a'], [], []]);
    const up = analyzeCommand('rsync --server -re.iLsfxCIvu --delete . /srv/a');
    assert.deepEqual([up.reads, up.writes], [[], ['/srv/a']]);
    assert(up.effects.includes('delete-recursive'));
    assert.deepEqual(analyzeCommand("git-receive-pack '/srv/x.git'").writes, ['/srv/x.git']);
  });
});
