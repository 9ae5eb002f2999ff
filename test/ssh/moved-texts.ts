import fc from 'fast-check';

const DIRECTORIES = [
  'd',
  'd/e',
  'e',
  '..',
  '.',
  './d/',
  '/',
  '/etc',
  '//etc/',
  '~',
  '~/d',
  '"$HOME/d"',
  "'d'",
  '-',
  '',
  '$x',
  '/proc/self/cwd',
  '"d"/..',
  '*',
  '/et?',
  'x1',
];
const NAMES = [
  'x1',
  './x1',
  'd/x1',
  '../x1',
  '*',
  'x*',
  '*/*',
  '.',
  '..',
  'd/..',
  '/',
  '/*',
  '~/x1',
  '~',
  '"$x"',
  'e/',
  '-r',
  '[x]1',
  './*',
  'd/.',
  '{x1,d}',
  '/proc/self/root/etc',
  '$HOME',
  '-- -x',
  '/etc/..',
  '.*',
];

const depth = fc.createDepthIdentifier();
const bounded = { maxDepth: 2, depthIdentifier: depth, withCrossShrink: true };

/** Commands on paths that depend on where the text went before. */
export const movedText: fc.Arbitrary<string> = fc.letrec<{ step: string; text: string }>((tie) => ({
  step: fc.oneof(
    bounded,
    {
      weight: 6,
      arbitrary: fc
        .tuple(
          fc.constantFrom('cd ', 'cd ', 'cd -P ', 'cd -- ', 'pushd '),
          fc.constantFrom(...DIRECTORIES),
        )
        .map((parts) => parts.join('')),
    },
    {
      weight: 8,
      arbitrary: fc
        .tuple(
          fc.constantFrom(
            'rm ',
            'ls ',
            'rm -f ',
            'env ls ',
            'env -C d ls ',
            'nice rm ',
            'xargs ls ',
            "sh -c 'ls x1; rm x1' ",
            "sh -c 'cd d; rm x1' ",
          ),
          fc.constantFrom(...NAMES),
          fc.constantFrom('', '', ' x1', ' /etc/passwd', ' > d/f', ' 2>&1'),
        )
        .map((parts) => parts.join('')),
    },
    fc.constantFrom(
      'popd',
      'find d -name x1 -exec rm {} \\;',
      'find . -maxdepth 1 -exec ls {} +',
      'find d -execdir rm {} \\;',
    ),
    tie('text').map((text) => `(${text})`),
    tie('text').map((text) => `{ ${text}; }`),
    tie('text').map((text) => `for i in 1 2; do ${text}; done`),
    tie('text').map((text) => `if true; then ${text}; fi`),
    tie('text').map((text) => `ls "$(${text})"`),
  ),
  text: fc
    .array(fc.tuple(tie('step'), fc.constantFrom('; ', ' && ', ' || ', '\n', ' | ', ' & ')), {
      minLength: 1,
      maxLength: 4,
    })
    .map((steps) => steps.flat().slice(0, -1).join('')),
})).text;
