import assert from 'node:assert/strict';
import { posix } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { MappedFiles } from '../../configuration/file-data-map.ts';
import { openFileMasking } from '../../masking/files/file-masking.ts';
import { createMaskKeys } from '../../masking/masks/pseudonym-keys.ts';
import { fakeMasks } from '../../masking/rows/text-masks.fixture.ts';
import { planOutput } from './plan-output.ts';

type Context = Parameters<typeof planOutput>[1];

function mapped(glob: string, dataClass = 'name'): MappedFiles {
  const fields = [{ path: '*', dataClass }];
  return { glob, format: 'csv', fields, delimiter: ',', hasHeader: true };
}

/** Of a principal who may see nothing but what is of no class. */
function contextOf(files: readonly MappedFiles[], unmappedFiles: 'inspect' | 'refuse'): Context {
  const dataMap = {
    files,
    unmappedFiles,
    output: 'inspect',
    masks: {},
    customClasses: [],
    detectors: [],
  } as const;
  const masking = {
    files: openFileMasking({
      dataMap,
      textMasks: fakeMasks(),
      context: () => ({ keys: createMaskKeys(Buffer.alloc(32, 7), 1), thisYear: 2026 }),
    }),
  };
  const guard = { reveal: () => ({ shown: new Map() }) };
  return { session: { guard }, masking: () => masking, terminal: undefined } as unknown as Context;
}

const MAPPED = contextOf(
  [mapped('/srv/*/people.csv'), mapped('/srv/scans/**'), mapped('/srv/open/people.csv', 'none')],
  'inspect',
);

function outcomeOf(text: string, context = MAPPED, isCommand = true): string {
  return planOutput({ text, isCommand }, context)?.kind ?? 'shown';
}

/** Texts that show a file that is mapped, or may, one a line. */
const HIDDEN: Readonly<Record<string, string>> = {
  'from above the home, or another directory': String.raw`
cat ../people.csv
cat ../../srv/lab/people.csv
cat x/../../people.csv
cat ../people.csv ../notes.txt
cd ..; cat people.csv
cd ../lab && cat people.csv
cd $x; cat people.csv
cd -; cat people.csv
pushd /srv/lab; cat people.csv
env -C .. cat people.csv
cat link/../people.csv`,
  'by a tilde': String.raw`
cat ~/people.csv
cat ~other/people.csv
cat ~+/people.csv
cat ~-/people.csv
cat ~1/people.csv
cat ~/../people.csv`,
  'by the kernel’s other names': String.raw`
cat /proc/self/cwd/people.csv
cat /proc/1/root/srv/lab/people.csv
cat /proc//self/./cwd/../lab/people.csv
cat ../../proc/self/cwd/people.csv
cat /proc/thread-self/cwd/people.csv
cat /proc/1/task/1/cwd/people.csv
cat /proc/*/cwd/people.csv
cat /p*/self/cwd/people.csv
cat /proc/1/fd/3
cat /dev/fd/3/people.csv`,
  'by what the shell expands': String.raw`
cat ../{people,notes}.csv
cat ../p*.csv
cat ../[o-q]eople.csv
cat .*/people.csv
cat */people.csv
cat /srv/*/people.csv
cat "../people.csv"
cat ../peo\ple.csv
cat ../pe''ople.csv`,
  'by a redirection': String.raw`
cat < ../people.csv
cat 0<../people.csv
cat <> ../people.csv
echo $(<../people.csv)
exec 3<../people.csv; cat <&3
while read -r line; do echo "$line"; done < ../people.csv
mapfile x < people.csv`,
  'by a name that is computed': String.raw`
cat $x
cat "$x"
cat /srv/lab/$x
cat $(echo people.csv)
x=people.csv; cat $x
for f in *; do cat "$f"; done
$cat people.csv
$command
eval "$x"
sh -c "$x"
find . -name 'p*' | xargs cat
find .. -exec cat {} +`,
  'through other programs': String.raw`
less people.csv
less ../people.csv
iconv -f utf8 people.csv
sudo less people.csv
xargs -a people.csv echo
date -fpeople.csv
date --file=people.csv
grep -vf people.csv /etc/hosts
sort --files0-from=people.csv
curl file:../people.csv
python3 -c 'print(open("../people.csv").read())'
sh -x people.csv
sh -c 'cat ../people.csv'
grep -r x ..
grep -r x
cp -r .. /tmp/x
diff -N /srv/lab /tmp/empty
diff /tmp/people.csv /srv/lab
sdiff /tmp/people.csv /srv/lab
git grep --no-index x /srv/lab
cd /srv/lab && git grep --no-index x
git -C /srv/lab diff
git diff --no-index /srv/lab /tmp/empty
git log -p
git stash show -p
tar cf - ..`,
  'where it cannot be told': String.raw`
cat "
cat x )`,
};

/** More words than are looked through. */
const LONG = Array.from({ length: 5_000 }, (_, index) => `w${index}`).join(' ');

const SHOWN = String.raw`
cat /etc/hosts
cat /srv/open/people.csv
cat /proc/cpuinfo
ls -la ..
ls -l people.csv "$x"
rm -f "$x"
find . -name people.csv
[ -f "$x" ] && echo "$x" $?
cd "$x" && pwd
systemctl status nginx
git add .
git log
git status
git -C /etc diff
diff /etc/a /etc/b
docker compose ps
tail -f /var/log/syslog
echo people.csv > notes.txt
grep -rn a.b /etc/nginx
kill -9 $pid`;

describe('planOutput', () => {
  for (const [how, texts] of Object.entries(HIDDEN)) {
    it(`starts nothing that may show a mapped file: ${how}`, () => {
      for (const text of texts.trim().split('\n')) assert.equal(outcomeOf(text), 'refused', text);
    });
  }

  it('leaves commands alone that show none', () => {
    for (const text of SHOWN.trim().split('\n')) assert.equal(outcomeOf(text), 'shown', text);
    const people = contextOf([mapped('/srv/*/people.csv')], 'inspect');
    for (const text of ['cat ../notes.txt', 'cat n/../../hosts', 'tee notes.log']) {
      assert.equal(outcomeOf(text, people), 'shown', text);
    }
  });

  it('masks the output of `cat` of one mapped file', () => {
    assert.equal(outcomeOf('cat /srv/lab/people.csv'), 'masked');
    assert.equal(outcomeOf('cat /srv/lab/people.csv ../notes.txt'), 'refused');
    assert.equal(outcomeOf('cat /srv/lab/people.csv | head'), 'refused');
  });

  it('takes a password for no command, but a file that is named for one', () => {
    for (const text of ['pa$$word', '$x', "it's", 'SELECT f(x)']) {
      assert.equal(outcomeOf(text, MAPPED, false), 'shown', text);
    }
    assert.equal(outcomeOf('cat ../people.csv', MAPPED, false), 'refused');
  });

  it('starts nothing that reads where nobody knows, on a host that shows mapped files alone', () => {
    const strict = contextOf([mapped('/srv/people.csv', 'none')], 'refuse');
    assert.equal(outcomeOf('cat /srv/people.csv', strict), 'shown');
    for (const text of ['cat /etc/hosts', 'cat ../x', 'cat x', 'cat $x', 'cat /etc/*']) {
      assert.equal(outcomeOf(text, strict), 'refused', text);
    }
    assert.equal(outcomeOf('systemctl status nginx', strict), 'shown');
  });

  it('starts nothing that has too many words to look through, whatever they may mean', () => {
    for (const text of [`less ${LONG}`, `less ${LONG} people.csv`, `cat ${LONG}`]) {
      for (const isCommand of [true, false]) {
        assert.equal(outcomeOf(text, MAPPED, isCommand), 'refused');
      }
    }
    assert.equal(outcomeOf(`echo ${LONG}`), 'shown');
  });

  it('leaves hosts alone of whose files nothing is mapped', () => {
    for (const text of ['cat $x', 'cat ../x', 'cat "']) {
      assert.equal(outcomeOf(text, contextOf([], 'inspect')), 'shown', text);
    }
  });

  it('knows a file by every path from every home', () => {
    const name = fc.constantFrom('..', '.', '', 'a', 'b');
    const path = fc.array(name, { maxLength: 8 }).map((names) => names.join('/'));
    fc.assert(
      fc.property(path, path, fc.boolean(), (home, way, isEntered) => {
        const file = posix.resolve('/', home, way, 'people.csv');
        const text = isEntered ? `cd ./${way}; cat people.csv` : `cat ./${way}/people.csv`;
        assert.equal(outcomeOf(text, contextOf([mapped(file)], 'inspect')), 'refused');
      }),
      { numRuns: 300 },
    );
  });
});
