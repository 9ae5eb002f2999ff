import fc from 'fast-check';

const depth = fc.createDepthIdentifier();
const bounded = { maxDepth: 3, depthIdentifier: depth, withCrossShrink: true };

/** Marks of quotes and substitutions where they stand for themselves, or for what they seem not to. */
const PLAIN = [
  'a',
  'w',
  'ls',
  '}',
  ')',
  '{',
  '(',
  '#',
  ' # ',
  ' ',
  '\\\\',
  '\\"',
  "\\'",
  '\\}',
  '\\)',
  '\\`',
  '\\$',
  '$',
  '=',
  '|',
  '&&',
  '~',
  '*',
  '[',
  ']',
  '-',
  '\\\n',
  '!',
  '<',
  '@',
  ':',
];
const IN_SINGLE_QUOTES = ['a', '"', '\\', '}', ')', '$(', '`', '${x', '#', '; w ;', '\n'];
const IN_DOUBLE_QUOTES = [
  'a',
  "'",
  '\\"',
  '\\\\',
  '\\$',
  '\\`',
  '}',
  ')',
  '#',
  '$',
  ' ',
  '; w ;',
  '\n',
  '\\\n',
  '{',
  '(',
  '<<E',
  '((',
  '$x',
  '${x}',
  '$((1+2))',
];
const IN_BRACES = [
  'a',
  "'",
  '"',
  '\\}',
  '\\\\',
  '#',
  '$',
  '{',
  ' ',
  ')',
  '(',
  '\\"',
  "\\'",
  '; w',
  '\n',
  ':',
];
const IN_BACKQUOTES = [
  'a',
  ' w ',
  'ls',
  '"a"',
  "'a'",
  '\\\\',
  '\\$x',
  '\\`ls\\`',
  ')',
  '}',
  '#',
  ';',
  '|',
];
const IN_DOCUMENTS = ['\n', ' E\n', '\tE\n', 'E \n', "'", '"', '\\\n', 'E'];
const SUBSTITUTIONS = [
  '$(case a in a) w;; esac)',
  '$(case a in (a) w;; esac)',
  '$(w # )\n)',
  '$(echo ")"; w)',
  "$(echo ')'; w)",
  '$(cat <<E\n)\nE\nw)',
  '$( (w) )',
  '`w # `',
  '$(echo `w`)',
  '`echo \\`w\\``',
  '"`echo \\"w\\"`"',
];
const OPERATORS = [':-', '-', '#', '##', '%', '/', '//', '+', ':+', '?', '^', ','];
const DELIMITERS = ['E', '-E', "'E'", '"E"', '\\E', 'E"F"', '-"E"'];

function joined(part: fc.Arbitrary<string>, maxLength: number): fc.Arbitrary<string> {
  return fc.array(part, { maxLength }).map((parts) => parts.join(''));
}

function weighted(weight: number, texts: readonly string[]): fc.WeightedArbitrary<string> {
  return { weight, arbitrary: fc.constantFrom(...texts) };
}

/** Quotes, escapes, expansions and here-documents in each other, with commands between them. */
export const quotedText: fc.Arbitrary<string> = fc.letrec<{
  quoted: string;
  braces: string;
  substitution: string;
  backquotes: string;
  part: string;
  word: string;
  document: string;
  command: string;
  text: string;
}>((tie) => {
  const single = joined(fc.constantFrom(...IN_SINGLE_QUOTES), 3).map((text) => `'${text}'`);
  const expansions = [tie('braces'), tie('substitution'), tie('backquotes')];
  const inQuotes = fc.oneof(bounded, weighted(9, IN_DOUBLE_QUOTES), ...expansions);
  const inBraces = fc.oneof(bounded, weighted(6, IN_BRACES), single, tie('quoted'), ...expansions);
  return {
    quoted: joined(inQuotes, 4).map((text) => `"${text}"`),
    braces: fc
      .tuple(fc.constantFrom(...OPERATORS), joined(inBraces, 3))
      .map(([operator, text]) => `\${x${operator}${text}}`),
    substitution: fc
      .array(tie('word'), { maxLength: 3 })
      .map((words) => `$(${['echo', ...words].join(' ')})`),
    backquotes: joined(fc.constantFrom(...IN_BACKQUOTES), 3).map((text) => `\`echo ${text}\``),
    part: fc.oneof(
      bounded,
      weighted(5, PLAIN),
      { weight: 3, arbitrary: single },
      { weight: 4, arbitrary: tie('quoted') },
      weighted(1, SUBSTITUTIONS),
      ...expansions,
    ),
    word: fc.array(tie('part'), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('')),
    document: fc
      .tuple(
        fc.constantFrom(...DELIMITERS),
        joined(fc.oneof(inQuotes, fc.constantFrom(...IN_DOCUMENTS)), 5),
      )
      .map(([delimiter, body]) => {
        const end = delimiter.replace(/[-'"\\]/g, '');
        return `cat <<${delimiter} ; ls\n${body}\n${end}\n`;
      }),
    command: fc.oneof(
      {
        weight: 5,
        arbitrary: fc
          .array(tie('word'), { minLength: 1, maxLength: 3 })
          .map((words) => `echo ${words.join(' ')}`),
      },
      { weight: 2, arbitrary: tie('document') },
      fc.constantFrom('w', 'ls', 'rm'),
    ),
    text: fc
      .array(
        fc.tuple(
          tie('command'),
          fc.constantFrom('; ', '\n', ' && ', ' | ', ';', ' ; w ; ', '\nw\n'),
        ),
        { minLength: 1, maxLength: 3 },
      )
      .map((items) => `${items.flat().join('')} w`),
  };
}).text;

const CROSSED = [
  "'",
  '"',
  '${x:-',
  '${x#',
  '}',
  '$(echo ',
  ')',
  '`',
  '\\',
  'a',
  ' ',
  '#',
  "'}",
  '}"',
  ')"',
  "')",
  '"}',
  '\n',
  '$((',
  '))',
  '[[ -n ',
  ' ]]',
  '{ ',
  '; }',
  '(',
  ' )',
  'case a in a) ',
  ' ;; esac',
  '<<E\n',
  '\nE\n',
  '$',
  'x=',
  '((',
  '"$(',
  '"`',
  '`"',
  '"${x:-',
  '"${x#',
  '1',
  "$'",
];

/** A command between marks that may or may not close each other: is it in quotes or not? */
export const crossedText: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom('echo ', 'cat <<E\n', '', 'x=', 'cat ', '[[ a = ', 'echo "a" '),
    joined(fc.constantFrom(...CROSSED), 5),
    fc.constantFrom(' ; w ; ', '\nw\n', ' $(w) ', '`w`', ';w;', ' && w || ', ' "$(w)" '),
    joined(fc.constantFrom(...CROSSED), 5),
    fc.constantFrom('', '\nE\n', '; ls', " # '", '\nls'),
  )
  .map((parts) => parts.join(''));
