import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import fc from 'fast-check';
import { compileDetectors } from '../masking/detectors/detectors.ts';
import { compileOpenTail, type OutputDetectors } from '../masking/detectors/open-tail.ts';
import { OutputMask } from './output-mask.ts';
import { ScreenOutput } from './screen-output.ts';
import { StreamMask } from './stream-mask.ts';

const SIZE = { columns: 80, rows: 24 };

let detectors: OutputDetectors;

/** What a command's output is shown as, piece by piece. After each a while passes if it is slow. */
function maskStream(chunks: readonly string[], isSlow: boolean): string {
  const stream = new StreamMask(detectors);
  const shown: Buffer[] = [];
  for (const chunk of chunks) {
    shown.push(stream.push(Buffer.from(chunk)));
    if (isSlow) shown.push(stream.flush());
  }
  return Buffer.concat([...shown, stream.end()]).toString();
}

/** What a terminal is sent of it, and its screen after each piece. */
function maskTerminal(chunks: readonly string[], isSlow: boolean, size = SIZE): string {
  const output = new OutputMask(size, detectors);
  const client = new ScreenOutput(size);
  const shown: string[] = [];
  const show = (bytes: Buffer): void => {
    client.push(bytes);
    shown.push(bytes.toString(), ...client.screen.buffer.rows.map((row) => row.text()));
  };
  for (const chunk of chunks) {
    show(output.push(Buffer.from(chunk.replaceAll('\n', '\r\n'))));
    if (isSlow) show(output.flush());
  }
  show(output.end());
  return shown.join('\n');
}

describe('TableHeader', () => {
  before(() => {
    detectors = { detectors: compileDetectors(), findOpenTail: compileOpenTail() };
  });

  it('knows names that nothing else tells, in mysql as in psql', () => {
    const rows = Array.from({ length: 99 }, (_, index) => ['Zzyx Qwop', `ward ${index}`]);
    const table = { names: ['full_name', 'ward'], rows };
    for (const format of HEADED) {
      const text = FORMATS[format]?.(table) ?? '';
      for (const mask of [maskStream, maskTerminal]) {
        const shown = mask([text], false);
        assert.doesNotMatch(shown, /Zz|Qw/, format);
        assert.match(shown, /ward 98/, format);
      }
    }
  });

  it('knows the columns of a record that goes on behind its rule, and tables in boxes', () => {
    const wards = Array.from({ length: 99 }, (_, index) => `ward_${index}`);
    const ofPsql = wards.map((ward) => `${ward.padEnd(9)} | ok`).join('\n');
    const ofMysql = wards.map((ward) => `${ward.padStart(9)}: ok`).join('\n');
    const inBoxes = wards.map((ward) => `│ Zzyx Qwop │ ${ward} │`).join('\n');
    for (const text of [
      `-[ RECORD 1 ]---\n${ofPsql}\nfull_name | Zzyx Qwop\nend       | ok\n`,
      `${'*'.repeat(27)} 1. row ${'*'.repeat(27)}\n${ofMysql}\n   family: Zzyx Qwop\n      end: ok\n`,
      `┌───────────┬─────────┐\n│ full_name │ ward    │\n├───────────┼─────────┤\n${inBoxes}\n`,
    ]) {
      for (const mask of [maskStream, maskTerminal]) {
        const shown = mask(text.match(/.*\n/g) ?? [], false);
        assert.doesNotMatch(shown, /Zz|Qw/);
        assert.match(shown, /ward_98/);
      }
    }
  });

  it('knows a record whose rule, with no cross in it, went away above a small screen', () => {
    const text = `-[ RECORD 1 ]\n${'ward | ok\n'.repeat(20)}city | Zzyx\n`;
    const shown = maskTerminal(text.match(/[^]{1,5}/g) ?? [], false, { columns: 80, rows: 8 });
    assert.doesNotMatch(shown, /Zz/);
    assert.match(shown, /ward \| ok/);
  });

  it('knows the columns of rows that are inserted, a line each', () => {
    const wards = Array.from({ length: 150 }, (_, index) => `'ward_${index}'`);
    for (const [names, rows] of [
      ['ward, last_name', wards.map((ward) => `${ward}, 'Zzyx'`)],
      [`${'ward, '.repeat(20)}last_name`, wards.map((ward) => `${`${ward},`.repeat(20)}'Zzyx'`)],
      ['last_name', wards.map(() => "'Zzyx'")],
    ] as const) {
      const lines = rows.map((row) => `\t(${row}),\n`);
      for (const mask of [maskStream, maskTerminal]) {
        const shown = mask([`INSERT INTO p (${names}) VALUES\n`, ...lines, "\t('end');\n"], false);
        assert.doesNotMatch(shown, /Zz/);
        if (names !== 'last_name') assert.match(shown, /ward_149/);
      }
    }
  });

  it('takes no row for names, whatever it holds, in psql as in mysql', () => {
    for (const contact of ['email', 'phone', 'name,ssn', 'mrn;dob']) {
      const rows = Array.from({ length: 120 }, (_, index) =>
        index === 30 ? [contact, 'Abcd Efgh', 'x'] : ['post', 'zzyx qwop', 'north'],
      );
      const table = { names: ['contact', 'full_name', 'ward'], rows };
      for (const format of HEADED) {
        const lines = (FORMATS[format]?.(table) ?? '').match(/.*\n/g) ?? [];
        for (const mask of [maskStream, maskTerminal]) {
          for (const isSlow of [false, true]) {
            const shown = mask(lines, isSlow);
            assert.doesNotMatch(shown, /zzyx|qwop/, `${format}, ${contact}`);
            assert.match(shown, /north/);
          }
        }
      }
    }
  });

  it('knows names above values with commas between them, tabs and bars', () => {
    const rows = Array.from({ length: 99 }, (_, index) => `${index},zzyx,"qwop\n${index}",north\n`);
    const text = `$ cat p.csv\nid,first_name,mrn,ward\n${rows.join('')}$ ls, pwd\n`;
    for (const mask of [maskStream, maskTerminal]) {
      for (const [chunks, isSlow] of [
        [[text], false],
        [text.match(/[^]{1,700}/g) ?? [], true],
      ] as const) {
        const shown = mask(chunks, isSlow);
        assert.doesNotMatch(shown, /zzyx|qwop/);
        assert.match(shown, /north/);
      }
    }
    const plain = `mrn,ward,bed\n12,north,1\n${'13,south,98\n'.repeat(99)}$ ls, pwd\n`;
    for (const mask of [maskStream, maskTerminal]) {
      const shown = mask(plain.match(/[^]{1,70}/g) ?? [], true);
      assert.doesNotMatch(shown, /1[23]/);
      assert.match(shown, /,south,98\r?\n\$ ls, pwd/);
    }
    for (const separator of ['\t', '|', ';']) {
      const table = ['bed,ward,mrn\n1,north,12\n', '2,south,3'].map((part) =>
        part.replaceAll(',', separator),
      );
      assert.match(maskStream(table, true), /^bed.ward.mrn\n1.north.\[mrn\]\n2.south.\[mrn\]$/);
    }
  });

  it('holds a row back that a bracket ends for now', () => {
    for (const mask of [maskStream, maskTerminal]) {
      const chunks = ['name|phone|ssn\nqkq vxq|(46', '2)', ' 815-2222|633-80-2222\n'];
      assert.doesNotMatch(mask(chunks, true), /qkq|vxq/);
    }
  });

  it('shows a prompt below such a table', () => {
    for (const prompt of ['Password: ', '$ ', 'Go on, or stop? ']) {
      const stream = new StreamMask(detectors);
      stream.push(Buffer.from(`mrn,ward\n12,north\n${prompt}`));
      assert.notEqual(stream.flush().toString(), '');
    }
  });

  it('knows them where a pager clears the screen and shows other rows', () => {
    const rows = Array.from({ length: 8 }, () => ' Zzyx Qwop | north\n').join('');
    const page = ` name      | ward\n-----------+------\n${rows}`;
    const shown = maskTerminal([`${page}:`, '\r\x1b[K\x1b[H\x1b[2J', `${rows}:`], true);
    assert.doesNotMatch(shown, /Zz|Qw/);
    for (const separator of [',', ';', '|']) {
      const [names, row] = ['id,first_name,mrn,ward\n', '1,zzyx,55,north\n'].map((line) =>
        line.replaceAll(',', separator),
      ) as [string, string];
      const pages = [
        `\x1b[?1049h${names}${row.repeat(22)}:`,
        `\r\x1b[K${row.repeat(23)}:`,
        `\r\x1b[K\x1b[H\x1b[2J${row.repeat(23)}:`,
      ];
      for (const isSlow of [true, false]) {
        const paged = maskTerminal(pages, isSlow);
        assert.doesNotMatch(paged, /zzyx|55/, separator);
        assert.match(paged, /north/);
      }
    }
  });

  it('knows them where rows are deleted, and where a part of the screen scrolls', () => {
    const row = ' Zzyx Qwop | north\n';
    const page = ` name      | ward\n-----------+------\n${row.repeat(18)}`;
    for (const text of [
      `${page}\x1b[5;1H\x1b[3M\x1b[18;1H${row.repeat(9)}`,
      `${page}${row.repeat(9)}\x1b[5;1H\x1b[3M\x1b[20;1H${row}`,
      `status\n\x1b[2;24r\x1b[2;1H${page}${row.repeat(40)}`,
      `${page}${row.repeat(9)}\x1b[2;20r\x1b[19;1H${row.repeat(40)}`,
    ]) {
      for (const isSlow of [true, false]) {
        assert.doesNotMatch(maskTerminal(Array.from(text), isSlow), /Zz|Qw/);
      }
    }
  });

  it('leaves a prompt below a table, and what stands behind its end', () => {
    const table = ' name | ward\n------+------\n Zzyx | north\n';
    for (const mask of [maskStream, maskTerminal]) {
      assert.match(mask([`${table}--More--`], true), /--More--/);
      assert.match(mask([`${table}(1 row)\n\n some text`], true), /\(1 row\)\s+some text/);
    }
  });

  for (const [mask, name] of [
    [maskStream, 'streams'],
    [maskTerminal, 'terminals'],
  ] as const) {
    it(`lets every way of cutting hide what the uncut output hides, in ${name}`, () => {
      fc.assert(
        fc.property(printedTables(), cutting(), ({ text, parts }, { places, isSlow }) => {
          const uncut = mask([text], false);
          const shown = mask(cut(text, places), isSlow);
          for (const part of parts) {
            if (!uncut.includes(part)) assert(!shown.includes(part), `${part} of\n${text}`);
          }
        }),
        { numRuns: 200 },
      );
    });
  }
});

interface Table {
  readonly names: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

interface PrintedTables {
  readonly text: string;
  /**
   * What must not be shown if it is not shown of the uncut output: four characters in a row of what stands below a name
   * that says what it is, and the whole of other cells.
   */
  readonly parts: readonly string[];
}

const WORD: fc.Arbitrary<string> = fc.stringMatching(/^[qxzjkv]{3,9}$/);
const DIGITS: fc.Arbitrary<string> = fc.stringMatching(/^[2-8]{4}$/);
const CELLS: Readonly<Record<string, fc.Arbitrary<string>>> = {
  name: fc.tuple(WORD, WORD).map((words) => words.join(' ')),
  ssn: DIGITS.map((digits) => `633-80-${digits}`),
  mrn: fc.tuple(WORD, DIGITS).map(([word, digits]) => `${word}${digits}`),
  dob: fc.integer({ min: 10, max: 28 }).map((day) => `1970-02-${day}`),
  phone: DIGITS.map((digits) => `(462) 815-${digits}`),
  email: WORD.map((word) => `${word}@sub.example.org`),
  address: fc.tuple(DIGITS, WORD).map(([number, word]) => `${number} ${word} road`),
  ward: fc.constantFrom('north', 'south', ''),
  bed: fc.constantFrom('a', 'b'),
};

const TABLE: fc.Arbitrary<Table> = fc
  .tuple(
    fc.uniqueArray(fc.constantFrom(...Object.keys(CELLS)), { minLength: 2, maxLength: 4 }),
    fc.integer({ min: 1, max: 40 }),
  )
  .chain(([names, count]) =>
    fc.record({
      names: fc.constant(names),
      rows: fc.array(fc.tuple(...names.map((name) => CELLS[name] as fc.Arbitrary<string>)), {
        minLength: count,
        maxLength: count,
      }),
    }),
  );

/** By what prints them so: a table as text. */
const FORMATS: Readonly<Record<string, (table: Table) => string>> = {
  psql: (table) => {
    const widths = widthsOf(table);
    const [names = '', ...rows] = linesOf(table, (cells) => ` ${pad(cells, widths).join(' | ')} `);
    const rule = widths.map((width) => '-'.repeat(width + 2)).join('+');
    return [names, rule, ...rows, `(${rows.length} rows)`, ''].join('\n');
  },
  mysql: (table) => {
    const widths = widthsOf(table);
    const [names = '', ...rows] = linesOf(
      table,
      (cells) => `| ${pad(cells, widths).join(' | ')} |`,
    );
    const rule = `+${widths.map((width) => '-'.repeat(width + 2)).join('+')}+`;
    return [rule, names, rule, ...rows, rule, `${rows.length} rows in set (0.00 sec)`, ''].join(
      '\n',
    );
  },
  unaligned: (table) => linesOf(table, (cells) => cells.join('|')).join('\n'),
  csv: (table) => linesOf(table, (cells) => cells.join(',')).join('\n'),
  columns: (table) => {
    const widths = widthsOf(table);
    return linesOf(table, (cells) => pad(cells, widths).join('   ')).join('\n');
  },
  expanded: ({ names, rows }) => {
    const width = Math.max(...names.map(({ length }) => length));
    return rows
      .flatMap((cells, index) => [
        `-[ RECORD ${index + 1} ]${'-'.repeat(20)}`,
        ...cells.map((cell, column) => `${names[column]?.padEnd(width)} | ${cell}`),
      ])
      .join('\n');
  },
};

/** Formats with a header that the detectors read. */
const HEADED: readonly string[] = ['psql', 'mysql'];

function widthsOf({ names, rows }: Table): readonly number[] {
  return names.map((name, column) =>
    Math.max(name.length, ...rows.map((cells) => cells[column]?.length ?? 0)),
  );
}

function pad(cells: readonly string[], widths: readonly number[]): readonly string[] {
  return cells.map((cell, column) => cell.padEnd(widths[column] ?? 0));
}

function linesOf({ names, rows }: Table, print: (cells: readonly string[]) => string): string[] {
  return [names, ...rows].map(print);
}

/** A session's output: tables one after the other, with words between them. */
function printedTables(): fc.Arbitrary<PrintedTables> {
  const printed = fc
    .tuple(TABLE, fc.constantFrom(...Object.keys(FORMATS)))
    .map(([table, format]) => ({
      format,
      cells: cellsOf(table),
      text: `${FORMATS[format]?.(table)}\n`,
    }));
  return fc.array(printed, { minLength: 1, maxLength: 3 }).map((tables) => {
    const [headed, others] = [true, false].map((isHeaded) =>
      tables.filter(({ format }) => HEADED.includes(format) === isHeaded),
    ) as [typeof tables, typeof tables];
    const otherText = others.map(({ text }) => text).join('\n');
    const parts = headed.flatMap(({ cells }) => cells.flatMap(partsOf));
    return {
      text: tables.map(({ text }) => text).join('done\n'),
      parts: [
        ...new Set(parts.filter((part) => !otherText.includes(part))),
        ...others.flatMap(({ cells }) => cells),
      ],
    };
  });
}

function cellsOf({ rows }: Table): readonly string[] {
  return rows.flat().filter((cell) => cell.length > 3);
}

/** All that is four characters long, without those that a space at an end makes shorter. */
function partsOf(cell: string): readonly string[] {
  const parts = Array.from({ length: cell.length - 3 }, (_, at) => cell.slice(at, at + 4));
  return parts.filter((part) => part === part.trim());
}

interface Cutting {
  /** From 0 to `PLACES_MAX`, for the whole text. */
  readonly places: readonly number[];
  readonly isSlow: boolean;
}

const PLACES_MAX = 10_000;

function cutting(): fc.Arbitrary<Cutting> {
  return fc.record({
    places: fc.array(fc.nat({ max: PLACES_MAX }), { maxLength: 60 }),
    isSlow: fc.boolean(),
  });
}

function cut(text: string, places: readonly number[]): readonly string[] {
  const ends = places
    .map((place) => Math.floor((place / PLACES_MAX) * text.length))
    .sort((a, b) => a - b);
  return [0, ...ends].map((from, index) => text.slice(from, ends[index]));
}
