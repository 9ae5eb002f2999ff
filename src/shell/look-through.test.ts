import assert from 'node:assert/strict';
import { it } from 'node:test';
import { analyzeCommand } from './analyze-command.ts';

/** Texts, and what `ls` is started with in them; all else of the text starts only it. */
const STARTED = String.raw`
command -p ls -l
builtin ls -l
exec -a x ls -l
time -p ls -l
env ls -l
env -i A=1 B="$x" ls -l
env -u A -C /srv -- ls -l
nice -n 5 ls -l
nice -5 ls -l
nice --adjustment=5 ls -l
nohup ls -l
timeout -k 1s --signal=KILL 5 ls -l
setsid -w ls -l
stdbuf -o0 -e L ls -l
ionice -c 3 -n 5 ls -l
chrt -f 1 ls -l
taskset -c 0 ls -l
sudo -n -u root -g root A=1 ls -l
sudo --user=root --chdir=/srv -- ls -l
doas -u root ls -l
su -c 'ls -l'
su - root -c 'ls -l'
su -l -c 'ls -l' root
runuser -u root -- ls -l
runuser -l root -c 'ls -l'
chroot --userspec=a:b /srv ls -l
nsenter -t 1 -m -u -- ls -l
unshare -r -n ls -l
systemd-run --user --wait --unit=x ls -l
docker exec -it -u root web ls -l
kubectl -n x exec p -c c -- ls -l
flock -n /tmp/lock ls -l
flock /tmp/lock -c 'ls -l'
watch -n 1 ls -l
watch -x ls -l
ssh -p 22 -i key host ls -l
ssh host 'ls -l'
busybox ls -l
xargs -0 -n 1 -P 4 ls -l
xargs -I X ls -l X
find /srv -name '*.x' -exec ls -l {} \;
find /srv -execdir ls -l {} +
sh -c 'ls -l'
bash -euxo pipefail -c 'ls -l' name "$x"
dash -c "ls -l"
sudo nice env timeout 5 sh -c 'exec ls -l'`;

it('Programs that start others are looked through', () => {
  for (const text of STARTED.trim().split('\n')) {
    const { commands, reasons } = analyzeCommand(text);
    assert.equal(commands.at(-1), 'ls', text);
    assert.deepEqual(reasons, [], text);
  }
});

it('What stands behind them is not taken for what they start', () => {
  assert.deepEqual(analyzeCommand('nice -n 5 a b').commands, ['nice', 'a']);
  assert.deepEqual(analyzeCommand('timeout 5 a b').commands, ['timeout', 'a']);
  assert.deepEqual(analyzeCommand('flock a b c').commands, ['flock', 'b']);
  assert.deepEqual(analyzeCommand('sudo -u a b c').commands, ['sudo', 'b']);
  assert.deepEqual(analyzeCommand('env A=b c d').commands, ['env', 'c']);
});

it('What their options do not show is opaque', () => {
  const HIDDEN = [
    'sudo -i ls',
    'sudo -s',
    'env -S ls',
    'env --split-string=ls',
    'env "$x"',
    'nice -n $x ls',
    'timeout $x ls',
    'timeout * ls',
    'xargs -I $x ls',
    'xargs --process-slot-var=PATH ls',
    'find $x -name y',
    'find * -name y',
    'ssh host',
    'ssh host "$x"',
    'ssh -F /tmp/x host ls',
    'su',
    'su root',
    'su -s /tmp/x -c ls',
    'docker run x ls',
    'docker exec -e PATH=/tmp web ls',
    'kubectl exec p ls',
    'chroot /srv',
    'systemd-run -p ExecStartPre=/tmp/x ls',
    'bash --rcfile /tmp/x -ic ls',
    'bash -O extglob -c ls',
    'sh -c',
    'sh -c "$x"',
  ];
  for (const text of HIDDEN) {
    assert.notDeepEqual(analyzeCommand(text).reasons, [], text);
  }
});
