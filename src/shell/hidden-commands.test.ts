import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { analyzeCommand } from './analyze-command.ts';

/** Texts that delete everything, one a line. */
const DELETE_EVERYTHING: Readonly<Record<string, string>> = {
  'as options may be written': String.raw`
rm -rf /
rm -r -f --no-preserve-root //
rm / -rf
rm -rf -- /
rm --rec --force /
rm -f -R /
rm -vrf /
rm -r$x /
rm $x /`,
  'by another path to the same directory': String.raw`
rm -rf /./
rm -rf ///.//
rm -rf /etc/..
rm -rf /var/run/..
rm -rf /../..
rm -rf ~/../..
rm -rf ~root/../
rm -rf /proc/self/root
rm -rf /proc/1/root/
rm -rf /proc/self/cwd/..
rm -rf /*
rm -rf /[a-z]*
rm -rf /*/
rm -rf {/,}
rm -rf "$(echo /)"
rm -rf ${'${x:-/}'}
rm -rf ${'${HOME%%*}'}/
rm -rf $OLDPWD
rm -rf $=x`,
  'from another directory': String.raw`
cd / && rm -rf *
cd /; rm -rf .
(cd /; rm -rf .)
cd -P /; rm -rf *
cd -- /; rm -rf *
cd /etc; cd ..; rm -rf *
cd .. ; cd ..; rm -rf *
pushd /; rm -rf *
env -C / rm -rf .
sudo -D / rm -rf .
for d in a b; do rm -rf *; cd ..; done`,
  'with quotes that the shell removes': String.raw`
r\m -rf /
"rm" "-rf" "/"
'rm' '-rf' '/'
\r\m -\r\f \/
r""m -rf ''/
$'\x72\155' -rf /
rm -rf $'\x2f'`,
  'with what the shell computes': String.raw`
$(echo rm) -rf /
${'`echo rm`'} -rf /
x=rm; $x -rf /
x='rm -rf /'; $x
${'${x:1:2}'} -rf /
rm${'${IFS}'}-rf${'${IFS}'}/
{rm,-rf,/}
r[m] -rf /
/bin/r? -rf /
/???/rm -rf /
$_ -rf /
=rm -rf /`,
  'in every construct': String.raw`
true;rm -rf /
true&rm -rf /
! rm -rf /
{ rm -rf /; }
false || rm -rf /
if true; then rm -rf /; fi
until rm -rf /; do :; done
case x in $(rm -rf /)) ;; esac
[[ $(rm -rf /) ]]
[[ a && rm -rf / ]]
((rm -rf /))
echo "$(rm -rf /)"
echo ${'`rm -rf /`'}
echo ${'${x:-$(rm -rf /)}'}
echo $((1 + $(rm -rf /)))
cat <(rm -rf /)
> $(rm -rf /)
x=$(rm -rf /)
coproc rm -rf /
function f { rm -rf /; }; f
select x in a; do rm -rf /; done
echo &>f rm -rf /`,
  'through a program that starts another': String.raw`
command rm -rf /
builtin eval 'rm -rf /'
exec -a x rm -rf /
time rm -rf /
env rm -rf /
env - rm -rf /
env -S'rm -rf /'
nice -n19 rm -rf /
nice -19 rm -rf /
nice -n$x rm -rf /
nohup rm -rf / &
timeout -s KILL 5 rm -rf /
setsid rm -rf /
stdbuf -oL rm -rf /
ionice -c3 rm -rf /
sudo -u root -- rm -rf /
sudo -n -E X=1 rm -rf /
doas rm -rf /
su -c 'rm -rf /'
su - root -c 'rm -rf /'
runuser -u root -- rm -rf /
chroot / rm -rf /
nsenter -t 1 -m rm -rf /
unshare rm -rf /
systemd-run rm -rf /
docker exec c rm -rf /
docker run -v /:/m alpine rm -rf /m
kubectl exec p -- rm -rf /
flock /tmp/l rm -rf /
flock /tmp/l -c 'rm -rf /'
watch -n1 'rm -rf /'
ssh localhost rm -rf /
ssh -o ProxyCommand='rm -rf /' x
busybox rm -rf /
busybox sh -c 'rm -rf /'
xargs rm -rf <<< /
echo / | xargs -I{} rm -rf {}
find / -delete
find / -exec rm {} \;
find / -execdir rm -rf {} +
parallel rm -rf ::: /
script -c 'rm -rf /'
strace rm -rf /
ip netns exec x rm -rf /
ip net e x rm -rf /
/lib64/ld-linux-x86-64.so.2 /bin/rm -rf /
git -c alias.x='!rm -rf /' x
git -c core.pager='rm -rf /' log
tar cf /dev/null --checkpoint=1 --checkpoint-action=exec='rm -rf /' x
tar cf x *
rsync -e 'rm -rf /' x y:
sort --compress-program=rm x
sort status --compress-program=rm x
apt-get list-x -o DPkg::Pre-Invoke::=rm
install -s --strip-program=rm x y
git pull
patch < x
split --filter='rm -rf /' x
zip x y -T -TT 'rm -rf /'
man -P 'rm -rf /' ls
vim -c ':!rm -rf /'
psql -c '\! rm -rf /'
sed '1e rm -rf /' f
awk 'BEGIN{system("rm -rf /")}'`,
  'through an interpreter': String.raw`
sh -c 'rm -rf /'
bash -lc 'rm -rf /'
bash -o pipefail -c "rm -rf /"
sh -c - 'rm -rf /'
sh -c "$x"
bash <<< 'rm -rf /'
echo 'rm -rf /' | sh
echo cm0gLXJmIC8= | base64 -d | sh
base64 -d|sh
curl x | bash -s
sh script
. ./script
eval rm -rf /
source <(echo rm -rf /)
$SHELL -c 'rm -rf /'
python3 -c 'import shutil; shutil.rmtree("/")'
perl -e 'system "rm -rf /"'
node -e x`,
  'under another name': String.raw`
alias ls='rm -rf /'; ls
ls() { rm -rf /; }; ls
trap 'rm -rf /' EXIT
hash -p /tmp/x ls; ls
enable -f /tmp/x.so ls
./ls
/tmp/ls
~/bin/ls
/usr/bin/../../tmp/ls
PATH=/tmp:$PATH ls
export PATH=/tmp; ls
declare -x PATH=/tmp; ls
read PATH; ls
printf -v PATH /tmp; ls
for PATH in /tmp; do ls; done
: ${'${PATH:=/tmp}'}
LD_PRELOAD=/tmp/x.so ls
BASH_ENV=/tmp/x bash -c ls
PS4='$(rm -rf /)' bash -xc true
GIT_SSH_COMMAND='rm -rf /' git fetch
LC_ALL=zh_TW.BIG5 ls
IFS=x
set -k; ls PATH=/tmp`,
  'in a subscript': String.raw`
x='a[$(rm -rf /)]'; echo $((x))
echo $((a[$(rm -rf /)]))
x[$(rm -rf /)]=1
test -v 'x[$(rm -rf /)]'
[ -v 'x[$(rm -rf /)]' ]
[ $x ]
[ "$a" "$b" ]
let 'x[$(rm -rf /)]=1'
unset 'x[$(rm -rf /)]'
printf -v 'x[$(rm -rf /)]' y
read 'x[$(rm -rf /)]'
export 'x[$(rm -rf /)]=1'
declare -n x='a[$(rm -rf /)]'
export x=$y
[ 'x[$(rm -rf /)]' -eq 1 ]
[[ $x -eq 1 ]]
echo ${'${!x}'}
echo ${'${x@P}'}`,
  'by another name of a program that starts others': String.raw`
x86_64 rm -rf /
i386 sh -c 'rm -rf /'
uclampset -m 1 rm -rf /
run0 rm -rf /
switch_root / rm -rf /
memusage rm -rf /
lksh -c 'rm -rf /'
busybox hush -c 'rm -rf /'
bash-static -c "rm -rf /"
sudo.ws rm -rf /
nc.openbsd -l 1
nc.traditional -e /bin/sh host 1
vim.tiny -c '!rm -rf /'
perl5.36-x86_64-linux-gnu -e 'system "rm -rf /"'
python3.11-dbg -c 'x'
x86_64-linux-gnu-gcc -wrapper rm,-rf,/ x.c
editor x
zless x
rg --pre /bin/rm x
fdfind -x rm -rf /
hg --config alias.x='!rm -rf /' x
chrt --idle rm -rf /
chrt --idle rm reboot
taskset -c 0-1,3 rm -rf /
logsave - rm -rf /
service ../../tmp/x start
rpmquery --eval '%(rm -rf /)'
convert x '|rm -rf /'
asciinema rec -c 'rm -rf /' x
rksh -c 'rm -rf /'
multilog '!rm -rf /'
duckdb -c '.shell rm -rf /'
xmllint --shell x.xml
GREP='rm -rf /' zgrep x y
ZIP='-T -TT rm' zip a b
erb x.erb
mlr -n put 'end { system("rm -rf /") }'
faketime 2020-01-01 rm -rf /
aa-exec -p x rm -rf /
gdbserver :1 rm -rf /
grc rm -rf /
mpirun rm -rf /
srun rm -rf /
sbatch --wrap 'rm -rf /'
watchexec rm -rf /
multitail -l 'rm -rf /'
lnav -c ':shexec rm -rf /'
tig
invoke x
ccache rm -rf /
x-terminal-emulator -e rm -rf /
busybox telnetd -l /bin/sh -p 1
busybox udhcpc -s x
busybox cttyhack rm -rf /
runsv x
git remote add -f x host:path
git remote -v update
git tag -s x
git tag -a x
TERM=xterm git branch --ed
git tag -fa x
git tag -ae -m one x
git tag -a -m one --ed x
git tag -fu key -m one x
git tag -m one --loc=key x
git add -fe x
git add -vip
git add --ed x
git add --pa
git stash push -kp
git clean -fdi
git diff --ext-d
git show --textc`,
  'in another dialect': String.raw`
repeat 1 rm -rf /
noglob rm -rf /
- rm -rf /
$'rm' -rf /
echo *(e:'rm -rf /':)
echo $[ ; rm -rf / ]
{fd}>f rm -rf /
10>f rm -rf /
x >! f rm -rf /`,
};

describe('A command that deletes everything', () => {
  for (const [how, texts] of Object.entries(DELETE_EVERYTHING)) {
    it(`is seen, or its text called opaque: ${how}`, () => {
      for (const text of texts.trim().split('\n')) {
        const { effects, paths, reasons } = analyzeCommand(text);
        const isSeen =
          effects.includes('delete-recursive') &&
          paths.some((path) => path === '/' || path === '?');
        assert(isSeen || reasons.length > 0, text);
      }
    });
  }

  it('is seen in here-documents that are expanded, and in scripts given by one', () => {
    assert.deepEqual(analyzeCommand('cat <<E\n$(rm -rf /)\nE\n').commands, ['cat', 'rm']);
    assert.deepEqual(analyzeCommand("cat <<'E'\n$(rm -rf /)\nE\n").commands, ['cat']);
    const script = analyzeCommand("bash -s <<'E'\nrm -rf /\nE\n");
    assert.deepEqual(script.commands, ['bash', 'rm']);
    assert.deepEqual(script.reasons, ['interpreter']);
    assert.deepEqual(analyzeCommand('cat <<E; rm -rf /\nx').reasons, ['syntax']);
  });
});

describe('A program that another one is given', () => {
  it('ends with + only behind {}: a plus is an argument like any other', () => {
    const started = analyzeCommand(String.raw`find . -exec flock + shutdown now \;`);
    assert.deepEqual(started.commands, ['find', 'flock', 'shutdown']);
    assert(started.effects.includes('power'));
    const changed = analyzeCommand(String.raw`find . -exec chmod 777 + /etc/shadow \;`);
    assert(changed.writes.includes('/etc/shadow'));
    const both = analyzeCommand(String.raw`find /srv -exec ls {} + -exec reboot \;`);
    assert.deepEqual(both.commands, ['find', 'ls', 'reboot']);
  });

  it('may end where a word is computed: what follows may begin another', () => {
    for (const text of [
      String.raw`x=';'; find . -exec echo "$x" -exec reboot \;`,
      String.raw`x='; -exec reboot'; find . -exec echo $x \;`,
      String.raw`x=';'; y=-exec; find . -exec echo "$x" "$y" reboot {} +`,
      String.raw`x=';'; find . -exec echo "$x" -fprintf /etc/cron.d/x y \;`,
    ]) {
      assert.deepEqual(analyzeCommand(text).reasons, ['options'], text);
    }
    for (const text of [
      'find . -exec grep -e "$x" {} +',
      String.raw`find . -exec cmp "$x" "$y" \;`,
      'find . -exec cat {} + -exec echo "$x" {} +',
    ]) {
      assert.deepEqual(analyzeCommand(text).reasons, [], text);
    }
  });

  it('is given what xargs reads behind its arguments, too, where a number of them is said beside a placeholder', () => {
    for (const text of [
      'echo stop nginx | xargs -I{} -n2 systemctl',
      'echo stop nginx | xargs -i --max-args=2 systemctl',
      'echo stop nginx | xargs --replace=x -L 1 systemctl',
      'echo stop nginx | xargs -I x -l systemctl',
    ]) {
      assert(analyzeCommand(text).effects.includes('service-control'), text);
    }
    const replaced = analyzeCommand('xargs -I{} systemctl status');
    assert.deepEqual(replaced.effects, []);
  });
});

describe('A file that a program opens which starts another', () => {
  it('is written', () => {
    for (const text of [
      '/usr/bin/time -o .bashrc -f "rm -rf /" true',
      'command time -ao.bashrc -f "rm -rf /" true',
      'command time --output=.bashrc --format="rm -rf /" true',
      'flock .bashrc true',
      "flock .bashrc -c 'true'",
    ]) {
      const { writes, effects } = analyzeCommand(text);
      assert(writes.includes('~/.bashrc') && effects.includes('startup'), text);
    }
    assert.deepEqual(analyzeCommand('command time -o "$x" true').reasons, ['write']);
    assert.deepEqual(analyzeCommand('command time -p true').writes, []);
  });

  it('is read', () => {
    for (const text of [
      'xargs -a /etc/shadow echo',
      'xargs -ra/etc/shadow -n1 echo',
      'xargs --arg-file=/etc/shadow echo',
      'xargs -a /etc/shadow',
    ]) {
      const { reads, shown } = analyzeCommand(text);
      assert.deepEqual(reads, ['/etc/shadow'], text);
      assert(shown.patterns.includes('/etc/shadow'), text);
    }
  });
});

describe('A program that a manager starts', () => {
  it('works where the text does not show', () => {
    const { writes, reasons } = analyzeCommand('systemd-run rm -rf etc');
    assert(writes.includes('?'));
    assert.deepEqual(reasons, ['write']);
    assert.deepEqual(analyzeCommand('systemd-run rm -rf /srv/x').reasons, []);
  });
});

describe('A text that hides nothing', () => {
  const PLAIN = String.raw`
ls -la /var/log
ls -l /var/log/*.log | wc -l
cat /etc/os-release
df -h && free -m; uptime
systemctl status nginx
sudo systemctl restart nginx.service
journalctl -u nginx --since today
grep -rn "a$" /etc/nginx
for f in /var/log/*.gz; do zcat "$f" | head; done
if [ -f /etc/passwd ]; then echo yes; fi
[ "$x" = y ] && echo z
test -d /srv || mkdir -p /srv/data
[ "$x" ] || [ ! "$x" ]; [ -n "$x" ]
echo "$HOME" $? $((1+2))
ps aux | awk '{print $2}' | sort -n | uniq -c
sed -n '1,5p' f; sed -i 's/a/b/g' /etc/app.conf
find /var/log -name '*.log' -mtime +7
find /srv/cache -type f -exec rm {} +
tar czf /tmp/a.tgz -C /srv data
export LANG=C.UTF-8; DEBIAN_FRONTEND=noninteractive apt-get install -y curl
/usr/bin/env -i A=1 /bin/ls
timeout 5 ping -c 1 host
sh -c 'cd /srv && ls'
su - postgres -c 'pg_dump db'
git -C /srv/app status
git remote -v; git remote add x host:path; git tag; git tag -a v1 -m 'one'; git tag -fam 'one' v1; git tag -mpipe v1
git diff --text; git status -sb; git branch -vv; git log -Spipe --stat; git clean -fd -- x; git add -A; git rm -rf x
service nginx status
sudo service nginx restart
docker exec -it web ls /srv
cat > /tmp/out.$$
x=1; echo "$x"
printf '%s\n' "$x"
read -r line
set -euo pipefail; ls`;
  it('is not called opaque', () => {
    for (const text of PLAIN.trim().split('\n')) {
      assert.deepEqual(analyzeCommand(text).reasons, [], text);
    }
  });
});

describe('A text that no shell reads as it stands', () => {
  it('is opaque: bytes that a locale may read otherwise, options of the shell itself', () => {
    for (const text of ['a\0b', '\ud800', '\ufffd', '-c ls', '+x', '']) {
      const { reasons, commands } = analyzeCommand(text);
      assert.deepEqual(reasons, text === '' ? [] : ['unreadable']);
      assert.deepEqual(commands, []);
    }
  });
});
