import fc from 'fast-check';

/** Programs that only write down that they ran. */
export const RECORDED_PROGRAMS: readonly string[] = ['rm', 'cat', 'frob', 'ls', 'w'];

/** Programs of the system that start others. */
export const STARTING_PROGRAMS: readonly string[] = [
  'env',
  'nice',
  'nohup',
  'timeout',
  'stdbuf',
  'xargs',
  'find',
  'sh',
  'bash',
  'dash',
];

const QUOTED_FORMS: readonly ((character: string) => string)[] = [
  (character) => character,
  (character) => character,
  (character) => `\\${character}`,
  (character) => `'${character}'`,
  (character) => `"${character}"`,
  (character) => `''${character}`,
  (character) => `${character}""`,
  (character) => `\\\n${character}`,
];

const EXPANDED_FORMS: readonly ((character: string) => string)[] = [
  (character) => `$'${character}'`,
  (character) => `$'\\x${character.charCodeAt(0).toString(16)}'`,
  (character) => `$'\\${character.charCodeAt(0).toString(8)}'`,
  (character) => `$"${character}"`,
  (character) => `$u"${character}"`,
  (character) => `\${u}${character}`,
  (character) => `\${u:-${character}}`,
  (character) => `\${u-"${character}"}`,
  (character) => `$(echo ${character})`,
  (character) => `\`echo ${character}\``,
  (character) => `{${character},}`,
  (character) => `[${character}]`,
  (character) => `"$(echo ${character})"`,
];

function hidden(
  plain: string,
  forms: readonly ((character: string) => string)[],
): fc.Arbitrary<string> {
  return fc
    .tuple(
      ...Array.from(plain, (character) => fc.constantFrom(...forms).map((form) => form(character))),
    )
    .map((characters) => characters.join(''));
}

/** A program's name, hidden as a shell lets one. */
const name: fc.Arbitrary<string> = fc
  .constantFrom(...RECORDED_PROGRAMS)
  .chain((plain) =>
    fc.oneof(
      { weight: 6, arbitrary: fc.constant(plain) },
      { weight: 4, arbitrary: hidden(plain, QUOTED_FORMS) },
      { weight: 1, arbitrary: hidden(plain, [...QUOTED_FORMS, ...EXPANDED_FORMS]) },
    ),
  );

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
const doubleQuote = (text: string): string => `"${text.replace(/["\\$`]/g, '\\$&')}"`;

const PLAIN_WORDS: readonly string[] = [
  '-r',
  '-rf',
  '-l',
  '/',
  '/*',
  '//',
  '/etc/../',
  '/var/log',
  'x',
  "'a b'",
  '"a b"',
  'a\\ b',
  '"/"',
  "'/'tmp",
  '\\/',
  '/""',
  'x=/y',
  '--',
];

const depth = fc.createDepthIdentifier();

/** Texts of commands, with whatever can stand in one. */
export const shellText: fc.Arbitrary<string> = fc.letrec<{
  word: string;
  simple: string;
  command: string;
  list: string;
  text: string;
  // oxlint-disable-next-line max-lines-per-function -- a grammar is read as a whole
}>((tie) => ({
  word: fc.oneof(
    { maxDepth: 2, depthIdentifier: depth, withCrossShrink: true },
    { weight: 20, arbitrary: fc.constantFrom(...PLAIN_WORDS) },
    fc.constantFrom(
      '-r',
      '-rf',
      '--',
      '/',
      '/*',
      '//',
      '/etc/../',
      '~',
      'x',
      '*',
      '.*',
      "'a b'",
      '"$HOME"',
      '$x',
      '"$x"',
      '$$',
      '$((1+2))',
      '$((x))',
      '{a,b}',
      '{1..3}',
      '#x',
      'a#b',
      '!',
      '=',
      'x=y',
      ']',
      '}',
      'then',
      '$',
      '"\\"x"',
      "\\'",
      '${x:1:2}',
      '${x#y}',
      '"${x:-y}"',
      '$[1]',
      '~+',
      'é',
      '--opt=/etc',
    ),
    name,
    tie('list').map((inner) => `$(${inner})`),
    tie('list').map((inner) => `"$(${inner})"`),
    tie('simple').map((inner) => `\`${inner.replace(/[\\`$]/g, '\\$&')}\``),
    tie('simple').map((inner) => `"a\`${inner.replace(/[\\`$"]/g, '\\$&')}\`"`),
    tie('simple').map((inner) => `\${x:-$(${inner})}`),
    tie('simple').map((inner) => `<(${inner})`),
    tie('simple').map((inner) => `$((1+$(${inner})))`),
  ),
  simple: fc
    .tuple(
      fc.constantFrom(
        ...Array.from({ length: 20 }, () => ''),
        'X=1 ',
        'X=$(w) ',
        '>f ',
        '<f ',
        '! ',
        'time ',
        'a+=b ',
        '{fd}>f ',
        '10>f ',
        '&>f ',
        'exec ',
        'command ',
      ),
      fc.oneof(
        { weight: 10, arbitrary: name },
        { weight: 1, arbitrary: tie('word') },
        {
          weight: 3,
          arbitrary: fc
            .tuple(
              fc.constantFrom(
                'env ',
                'env -i ',
                'env A=1 ',
                'env -u A ',
                'nice ',
                'nice -n 5 ',
                'nice -5 ',
                'nohup ',
                'timeout 5 ',
                'timeout -k 1 5 ',

                'stdbuf -oL ',
                'xargs ',
                'xargs -n1 ',
                'xargs -I{} ',
                'find . -exec ',
                'find -maxdepth 0 -exec ',
                'env nice ',
                'env -S',
                'env - ',
                'nice -- ',
              ),
              name,
            )
            .map(([wrapper, inner]) => `${wrapper}${inner}`),
        },
        {
          weight: 2,
          arbitrary: fc
            .tuple(
              fc.constantFrom(
                'sh -c ',
                'bash -c ',
                'dash -c ',
                'sh -ec ',
                'bash -o pipefail -c ',
                'sh -c -- ',
                'bash -lc ',
                'env sh -c ',
                'eval ',
                'xargs sh -c ',
              ),
              fc.constantFrom(quote, doubleQuote),
              tie('list'),
            )
            .map(([start, quoting, inner]) => `${start}${quoting(inner)}`),
        },
      ),
      fc.array(tie('word'), { maxLength: 3 }),
      fc.constantFrom(
        ...Array.from({ length: 30 }, () => ''),
        ' >f',
        ' 2>&1',
        ' &>f',
        ' >>f',
        ' <f',
        ' <<<rm',
        ' >&f',
        ' {} \\;',
        ' \\;',
        ' +',
        ' &>f w',
        ' >|f',
        ' <&-',
        ' >&2',
      ),
    )
    .map(([prefix, start, words, suffix]) => `${prefix}${[start, ...words].join(' ')}${suffix}`),
  command: fc.oneof(
    { maxDepth: 2, depthIdentifier: depth, withCrossShrink: true },
    { weight: 20, arbitrary: tie('simple') },
    tie('list').map((inner) => `(${inner})`),
    tie('list').map((inner) => `{ ${inner}; }`),
    fc.tuple(tie('list'), tie('list')).map(([test, then]) => `if ${test}; then ${then}; fi`),
    fc
      .tuple(tie('list'), tie('list'))
      .map(([test, then]) => `if ${test}\nthen ${then}\nelse w; fi`),
    tie('list').map((inner) => `for i in 1 2; do ${inner}; done`),
    tie('list').map((inner) => `while w; do ${inner}; break; done`),
    fc
      .tuple(tie('word'), tie('list'))
      .map(([word, inner]) => `case ${word} in x|*) ${inner};; esac`),
    tie('list').map((inner) => `f() { ${inner}; }; f`),
    tie('simple').map((inner) => `cat <<E\n$(${inner})\nE\n`),
    tie('simple').map((inner) => `cat <<'E'\n${inner}\nE\n`),
    tie('simple').map((inner) => `cat <<-"E"\n\t${inner}\n\tE\n`),
    tie('simple').map((inner) => `sh <<E\n${inner}\nE\n`),
    tie('simple').map((inner) => `cat <<\\E; ${inner}\nrm\nE\n`),
    tie('simple').map((inner) => `[[ -n x && ${inner} ]]`),
    tie('simple').map((inner) => `((1 + $(${inner})))`),
    tie('simple').map((inner) => `((${inner}))`),
    tie('simple').map((inner) => `echo a # ${inner}`),
  ),
  list: fc
    .array(
      fc.tuple(
        tie('command'),
        fc.constantFrom('; ', ' && ', ' || ', ' | ', ' & ', '\n', ' |& ', ';'),
      ),
      {
        minLength: 1,
        maxLength: 2,
      },
    )
    .map((items) =>
      items
        .map(([command, end], index) => (index === items.length - 1 ? command : command + end))
        .join(''),
    ),
  text: tie('list'),
})).text;

const FRAGMENTS: readonly string[] = [
  '"',
  "'",
  '\\',
  '`',
  '$',
  '(',
  ')',
  '{',
  '}',
  ';',
  '&',
  '|',
  '<',
  '>',
  '#',
  '\n',
  ' ',
  '\t',
  '!',
  '=',
  '*',
  '[',
  ']',
  '~',
  '^',
  '%',
  ',',
  ':',
  '-',
  '+',
  '@',
  '\r',
  '\v',
  '\u00a0',
  '\u2028',
  'rm',
  ' w ',
  '$(',
  '${',
  '$((',
  '))',
  '<<E',
  '\nE\n',
  '\\\n',
  '<<<',
  '&&',
  ';;',
  'esac',
  'done',
  'fi',
  "$'",
  '$"',
  '\u0001',
  '\u007f',
  'é',
];

/** The same with some characters put in, left out or moved: what parsers disagree about. */
export const brokenText: fc.Arbitrary<string> = fc
  .tuple(
    shellText,
    fc.array(
      fc.tuple(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.nat(3),
        fc.constantFrom(...FRAGMENTS),
      ),
      {
        minLength: 1,
        maxLength: 2,
      },
    ),
  )
  .map(([text, changes]) => {
    let changed = text;
    for (const [where, kind, fragment] of changes) {
      const at = Math.floor(where * changed.length);
      const after = kind === 0 ? changed.slice(at + 1) : changed.slice(at);
      changed = changed.slice(0, at) + (kind === 0 ? '' : fragment) + after;
    }
    return changed;
  });
