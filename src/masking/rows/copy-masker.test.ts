import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { encodeCopyData } from '../../wire/postgres/copy-data.ts';
import { ProtocolError } from '../../wire/protocol-error.ts';
import type { OutputColumn } from '../postgres/output-column.ts';
import { type CopyMasker, type CopyOut, inspectCopy } from './copy-masker.ts';
import type { CopySyntax } from './copy-syntax.ts';
import { fakeMasks } from './text-masks.fixture.ts';

/** Of rows that are lines. */
type LineSyntax = Exclude<CopySyntax, { kind: 'binary' }>;

const TEXT: LineSyntax = { kind: 'text', delimiter: '\t', nullText: '\\N', hasHeader: false };
const CSV: LineSyntax = {
  kind: 'csv',
  delimiter: ',',
  nullText: '',
  hasHeader: true,
  quote: '"',
  escape: '"',
};
const ODD_CSV: CopySyntax = {
  kind: 'csv',
  delimiter: ';',
  nullText: 'NIL',
  hasHeader: false,
  quote: "'",
  escape: '~',
};

/** What PostgreSQL 15.18 sent for three columns: text, int, text. */
const CAPTURED = [
  {
    name: 'text',
    syntax: TEXT,
    sent:
      'SECRET one\t1\ttab\\tSECRET \\\\ line\\nend\n' +
      '\\N\t2\t\nsay "SECRET", now\t3\t\\\\N\n\\\\.\t4\tx\n',
    shown:
      'MASKED one\t1\ttab\\tMASKED \\\\ line\\nend\n' +
      '\\N\t2\t\nsay "MASKED", now\t3\t\\\\N\n\\\\.\t4\tx\n',
  },
  {
    name: 'csv',
    syntax: CSV,
    sent:
      'a,b,n\nSECRET one,1,"tab\tSECRET \\ line\nend"\n' +
      ',2,""\n"say ""SECRET"", now",3,\\N\n\\.,4,x\n',
    shown:
      'a,b,n\n"MASKED one",1,"tab\tMASKED \\ line\nend"\n' +
      ',2,""\n"say ""MASKED"", now",3,\\N\n\\.,4,x\n',
  },
  {
    name: 'csv with odd characters',
    syntax: ODD_CSV,
    sent:
      "'SECRET one';'1';'tab\tSECRET \\ line\nend'\nNIL;'2';''\n" +
      "'say \"SECRET\", now';'3';'it~'s ~~ fine'\n",
    shown:
      "'MASKED one';'1';'tab\tMASKED \\ line\nend'\nNIL;'2';''\n" +
      "'say \"MASKED\", now';'3';'it~'s ~~ fine'\n",
  },
  {
    name: 'binary',
    syntax: { kind: 'binary' },
    sent: Buffer.from(
      '5047434f50590aff0d0a00000000000000000000030000000a534543524554206f6e65000000040000000100000015' +
        '74616209534543524554205c206c696e650a656e640003ffffffff00000004000000020000000000030000001173' +
        '61792022534543524554222c206e6f770000000400000003000000025c4e0003000000025c2e0000000400000004' +
        '0000000178ffff',
      'hex',
    ).toString('latin1'),
    shown: Buffer.from(
      '5047434f50590aff0d0a00000000000000000000030000000a4d41534b4544206f6e65000000040000000100000015' +
        '746162094d41534b4544205c206c696e650a656e640003ffffffff00000004000000020000000000030000001173' +
        '617920224d41534b4544222c206e6f770000000400000003000000025c4e0003000000025c2e0000000400000004' +
        '0000000178ffff',
      'hex',
    ).toString('latin1'),
  },
] as const;

const OUTPUTS: readonly OutputColumn[] = ['text', 'none', 'text'].map((inspect) => ({
  relationOid: 7,
  column: 'c',
  masked: [],
  inspect: inspect as OutputColumn['inspect'],
}));

function open(
  syntax: CopySyntax | undefined,
  outputs = OUTPUTS,
  replacement = 'MASKED',
): CopyMasker {
  const format = syntax?.kind === 'binary' ? 'binary' : 'text';
  const code = format === 'binary' ? 1 : 0;
  const copy: CopyOut = { format, columnFormats: [code, code, code], syntax };
  const lookups = { findType: () => undefined, findPaths: () => [], findColumnType: () => 25 };
  return inspectCopy(copy, outputs, fakeMasks(replacement), lookups);
}

/** Sends pieces, each in a message, and puts together what comes out. */
function send(masker: CopyMasker, pieces: readonly string[]): string {
  let shown = '';
  for (const piece of pieces) {
    const message = encodeCopyData(Buffer.from(piece, 'latin1'));
    const buffer = Buffer.concat([Buffer.from('xx'), message, Buffer.from('\nyy')]);
    const answer = masker.data(buffer, 2, 2 + message.length) ?? message;
    if (answer.length === 0) continue;
    assert.equal(answer[0], 0x64);
    assert.equal(answer.readInt32BE(1), answer.length - 1);
    shown += answer.toString('latin1', 5);
  }
  return shown;
}

/** Of each format, what a statement may choose. */
const syntaxes: fc.Arbitrary<LineSyntax> = fc.oneof(
  fc.record({
    kind: fc.constant('text' as const),
    delimiter: fc.constantFrom('\t', ',', 'X', 'S', '-'),
    nullText: fc.constantFrom('\\N', '', 'NIL'),
    hasHeader: fc.constant(false),
  }),
  fc.record({
    kind: fc.constant('csv' as const),
    delimiter: fc.constantFrom('\t', ',', 'X', ';'),
    nullText: fc.constantFrom('\\N', '', 'NIL'),
    hasHeader: fc.constant(false),
    quote: fc.constantFrom('"', "'", 'S'),
    escape: fc.constantFrom('"', "'", '\\', 'A', 'S'),
  }),
);

/** A row as the server writes it. @see CopyAttributeOutText and CopyAttributeOutCSV in src/backend/commands/copyto.c */
function writeRow(
  values: readonly (string | null)[],
  syntax: LineSyntax,
  forcesQuotes: readonly boolean[] = [],
): string {
  const { delimiter, nullText } = syntax;
  const written = values.map((value, index) => {
    if (value === null) return nullText;
    const letters = value.split('');
    if (syntax.kind === 'text') {
      return letters
        .map((letter) => CONTROLS.get(letter) ?? (letter === delimiter ? `\\${letter}` : letter))
        .join('');
    }
    const { quote, escape } = syntax;
    const mustQuote =
      forcesQuotes[index] === true ||
      value === nullText ||
      letters.some((letter) => `${delimiter}${quote}\n\r`.includes(letter));
    if (!mustQuote) return value;
    const escaped = letters.map((letter) =>
      letter === quote || letter === escape ? escape + letter : letter,
    );
    return `${quote}${escaped.join('')}${quote}`;
  });
  return `${written.join(delimiter)}\n`;
}

const CONTROLS: ReadonlyMap<string, string> = new Map([
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\v', '\\v'],
  ['\\', '\\\\'],
]);

describe('CopyMasker', () => {
  for (const { name, syntax, sent, shown } of CAPTURED) {
    it(`masks what a server sent, whole: ${name}`, () => {
      const masker = open(syntax);
      assert.equal(send(masker, [sent]), shown);
      masker.done(Buffer.alloc(0), 0, 0);
      assert.equal(masker.findings.byClass.get('name'), 3);
    });

    it(`masks it cut in two anywhere, and in single bytes: ${name}`, () => {
      for (let at = 0; at <= sent.length; at++) {
        const masker = open(syntax);
        assert.equal(send(masker, [sent.slice(0, at), sent.slice(at)]), shown);
        masker.done(Buffer.alloc(0), 0, 0);
      }
      assert.equal(send(open(syntax), sent.split('')), shown);
    });

    it(`refuses data that end inside a row: ${name}`, () => {
      const masker = open(syntax);
      send(masker, [sent.slice(0, -1)]);
      assert.throws(() => masker.done(Buffer.alloc(0), 0, 0), ProtocolError);
    });

    it(`refuses a row with other fields than were described: ${name}`, () => {
      const format = name === 'binary' ? 'binary' : 'text';
      const copy = { format, columnFormats: [0, 0], syntax } as const;
      const lookups = { findType: () => undefined, findPaths: () => [] };
      const masker = inspectCopy(copy, undefined, fakeMasks(), lookups);
      assert.throws(() => send(masker, [sent]), {
        reason: '3 fields in a row where 2 were described',
      });
    });

    it(`keeps what it wrote readable, whatever the mask puts in: ${name}`, () => {
      const odd = 'a\\"b~\'c;d,e\tf\ng\rh\\N';
      const written = send(open(syntax, OUTPUTS, odd), [sent]);
      const asked: string[] = [];
      const reader = inspectCopy(
        { format: name === 'binary' ? 'binary' : 'text', columnFormats: [0, 0, 0], syntax },
        OUTPUTS,
        {
          redact: (bytes, start, end) => {
            asked.push(bytes.toString('latin1', start, end));
            return undefined;
          },
          redactJson: () => undefined,
        },
        { findType: () => undefined, findPaths: () => [], findColumnType: () => 25 },
      );
      assert.equal(send(reader, [written]), written);
      assert.equal(asked[0], `${odd} one`);
      assert.equal(asked[1], `tab\t${odd} \\ line\nend`);
    });
  }

  it('lets everything by where no column is looked through', () => {
    const outputs = OUTPUTS.map((output) => ({ ...output, inspect: 'none' as const }));
    const message = encodeCopyData(Buffer.from('anything'));
    assert.equal(open(undefined, outputs).data(message, 0, message.length), undefined);
  });

  it('masks a row as it is where the syntax is not known, and leaves out what it can only see', () => {
    const masker = open(undefined);
    const rows = ['a\tSECRET\n', 'a\t1\n', 'S"ECRET\n', 'S\\105CRET\n', 'x "quoted"\n'];
    assert.equal(send(masker, rows), 'a\tMASKED\na\t1\nx "quoted"\n');
    assert.equal(masker.findings.withheld, 2);
  });

  it('masks every value that a server would write, whatever the characters of its syntax, and read in any pieces', () => {
    const part = fc.constantFrom(
      'SECRET',
      'X',
      'A1',
      '\t',
      '\n',
      ',',
      '"',
      '\\',
      ';',
      "'",
      '\\N',
      '\r',
    );
    const value = fc.option(
      fc.array(part, { maxLength: 5 }).map((parts) => parts.join('')),
      { nil: null, freq: 6 },
    );
    const outputs = OUTPUTS.map((output) => ({ ...output, inspect: 'text' as const }));
    fc.assert(
      fc.property(
        syntaxes,
        fc.array(fc.tuple(value, value, value), { maxLength: 5 }),
        fc.array(fc.nat(200)),
        (syntax, rows, cuts) => {
          const sent = rows.map((row) => writeRow(row, syntax)).join('');
          const places = [...new Set(cuts.map((cut) => cut % (sent.length + 1)))];
          const bounds = [0, ...places.sort((a, b) => a - b), sent.length];
          const pieces = bounds.slice(1).map((end, index) => sent.slice(bounds[index], end));
          const masker = open(syntax, outputs);
          const shown = send(masker, pieces);
          masker.done(Buffer.alloc(0), 0, 0);
          const expected = rows.map((row) =>
            writeRow(
              row.map((one) => one?.replaceAll('SECRET', 'MASKED') ?? null),
              syntax,
              row.map((one) => one?.includes('SECRET') === true),
            ),
          );
          assert.equal(shown, expected.join(''));
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('reads what may be a value as one, if NULL is written like it', () => {
    for (const syntax of [TEXT, CSV]) {
      const odd: LineSyntax = { ...syntax, nullText: 'SECRET', hasHeader: false };
      const sent = writeRow(['SECRET', '1', 'x'], odd);
      assert(!send(open(odd), [sent]).includes('SECRET'), sent);
    }
    const empty: LineSyntax = { ...TEXT, nullText: '' };
    assert.equal(send(open(empty), ['\t\t\n']), '\t\t\n');
  });

  it('throws nothing but ProtocolError at random bytes, and lets no plain secret by', () => {
    const part = fc.constantFrom(
      'SECRET',
      '\t',
      '\n',
      ',',
      '"',
      '\\',
      ';',
      "'",
      '~',
      'PGCOPY\n',
      '\0',
    );
    const syntaxes = fc.constantFrom(...CAPTURED.map(({ syntax }) => syntax));
    const outputs = OUTPUTS.map((output) => ({ ...output, inspect: 'text' as const }));
    fc.assert(
      fc.property(syntaxes, fc.array(fc.array(part, { maxLength: 9 })), (syntax, pieces) => {
        try {
          const shown = send(
            open({ ...syntax, hasHeader: false } as CopySyntax, outputs),
            pieces.map((parts) => parts.join('')),
          );
          assert.ok(!shown.includes('SECRET'));
        } catch (error) {
          assert.ok(error instanceof ProtocolError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
