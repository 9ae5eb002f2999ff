import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { FileDataMap, MappedFiles } from '../../configuration/file-data-map.ts';
import { ContentFormatError } from '../content-masker.ts';
import { createMaskKeys } from '../masks/pseudonym-keys.ts';
import { PatientHasher } from '../rows/patient-hasher.ts';
import type { EvidenceFields } from '../rows/result-evidence.ts';
import { fakeMasks } from '../rows/text-masks.fixture.ts';
import { type FileMasking, openFileMasking } from './file-masking.ts';

const CONTEXT = { keys: createMaskKeys(Buffer.alloc(32, 7), 1), thisYear: 2026 };

function maskingOf(files: readonly MappedFiles[], others: Partial<FileDataMap> = {}): FileMasking {
  return openFileMasking({
    dataMap: {
      files,
      unmappedFiles: 'inspect',
      output: 'inspect',
      masks: {},
      customClasses: [],
      detectors: [],
      ...others,
    },
    textMasks: fakeMasks(),
    patientHasher: new PatientHasher(Buffer.alloc(32, 3)),
    context: () => CONTEXT,
  });
}

function showing(...classNames: readonly string[]): ReadonlyMap<string, readonly string[]> {
  return new Map(classNames.map((name) => [name, ['policy']]));
}

type Fields = Readonly<Record<string, string>>;

function mapped(
  format: MappedFiles['format'],
  fields: Fields,
  others: Partial<MappedFiles> = {},
): MappedFiles {
  return {
    glob: '/**',
    format,
    fields: Object.entries(fields).map(([path, dataClass]) => ({ path, dataClass })),
    delimiter: ',',
    hasHeader: true,
    ...others,
  };
}

interface Masked {
  readonly text: string;
  readonly evidence: EvidenceFields;
}

/** Masks a file that comes in the given pieces. */
function maskPieces(
  files: MappedFiles,
  pieces: readonly Buffer[],
  shown: Iterable<string> = [],
): Masked {
  const plan = maskingOf([files]).plan('/a', showing(...shown));
  assert(plan.kind === 'masked');
  const output: Buffer[] = [];
  const masker = plan.openMasker((bytes) => void output.push(bytes));
  for (const piece of pieces) {
    const bytes = Buffer.from(piece);
    masker.push(bytes);
    // The bytes are the caller's again.
    bytes.fill(0x58);
  }
  masker.end();
  return { text: Buffer.concat(output).toString('utf8'), evidence: masker.describe() };
}

function mask(files: MappedFiles, text: string, shown: Iterable<string> = []): string {
  return maskPieces(files, [Buffer.from(text)], shown).text;
}

/** Masks a text cut at every byte, and byte by byte, and says what came out if it was always the same. */
function maskCut(files: MappedFiles, text: string): string {
  const bytes = Buffer.from(text);
  const whole = mask(files, text);
  for (let at = 0; at <= bytes.length; at += 1) {
    const { text: cut } = maskPieces(files, [bytes.subarray(0, at), bytes.subarray(at)]);
    assert.equal(cut, whole, `cut at byte ${at}`);
  }
  const single = Array.from(bytes, (byte) => Buffer.of(byte));
  assert.equal(maskPieces(files, single).text, whole);
  return whole;
}

describe('plan', () => {
  const masking = maskingOf([
    mapped('csv', { ssn: 'ssn', '*': 'none' }, { glob: '/srv/**/*.csv' }),
    mapped('opaque', {}, { glob: '/srv/scans/*', dataClass: 'photo' }),
    mapped('text', {}, { glob: '/srv/open/?.csv' }),
  ]);

  it('goes by the last entry that matches', () => {
    const none = showing();
    assert.equal(masking.plan('/srv/a.csv', none).kind, 'masked');
    assert.equal(masking.plan('/srv/x/y/a.csv', none).kind, 'masked');
    assert.equal(masking.plan('/srv/scans/a.csv', none).kind, 'refused');
    assert.equal(masking.plan('/srv/open/a.csv', showing('ssn')).kind, 'masked');
    assert.equal(masking.plan('/srv/open/a.csv', showing('free-text')).kind, 'raw');
    assert.equal(masking.plan('/srv/open/ab.csv', showing('ssn')).kind, 'raw');
    assert.equal(masking.plan('/srv/csv', none).kind, 'inspected');
    assert.equal(masking.plan('/srv/a.csv\n', none).kind, 'inspected');
  });

  it('matches paths in bounded time, whatever is in them', () => {
    const glob = `/${'**/*a'.repeat(20)}b`;
    const hidden = maskingOf([mapped('csv', { ssn: 'ssn' }, { glob })]);
    assert.equal(hidden.plan(`/${'a/'.repeat(2_000)}`, showing()).kind, 'inspected');
    for (const [pattern, path, isMatch] of [
      ['/a/**/b', '/a/b', true],
      ['/a/**/b', '/a/x/y/b', true],
      ['/a/**/b', '/a/xb', false],
      ['/a/**', '/a/', true],
      ['/a/**', '/ab', false],
      ['/a/*', '/a/x/y', false],
      ['/a/*.csv', '/a/*.csv', true],
      ['/a/?.csv', '/a/ä.csv', true],
      ['/a.csv', '/aXcsv', false],
      ['/a[1]', '/a1', false],
    ] as const) {
      const { kind } = maskingOf([mapped('csv', { ssn: 'ssn' }, { glob: pattern })]).plan(
        path,
        showing(),
      );
      assert.equal(kind === 'masked', isMatch, `${pattern} ${path}`);
    }
  });

  it('names every class that somebody may have to see', () => {
    assert.deepEqual([...masking.classNames].toSorted(), ['free-text', 'photo', 'ssn']);
  });

  it('treats files that no entry matches as the data map says', () => {
    for (const [unmappedFiles, kind] of [
      ['pass', 'raw'],
      ['inspect', 'inspected'],
      ['refuse', 'refused'],
    ] as const) {
      assert.equal(maskingOf([], { unmappedFiles }).plan('/x', showing()).kind, kind);
    }
  });

  it('knows which new names would lose masks', () => {
    const none = showing();
    const loses = (path: string, newPath: string, isTree = false): boolean =>
      masking.losesMasks({ path, isTree }, newPath, none);
    assert(loses('/srv/a.csv', '/srv/a.txt'));
    assert(loses('/srv/a.csv', '/srv/scans/a.csv'));
    assert(!loses('/srv/a.csv', '/srv/b/c.csv'));
    assert(!loses('/home/a.txt', '/home/b.txt'));
    assert(loses('/srv', '/home/srv', true));
    assert(loses('/srv/x/y', '/z', true));
    assert(loses('/', '/z', true));
    assert(!loses('/srvx', '/z', true));
    assert(!masking.losesMasks({ path: '/srv/a.csv', isTree: false }, '/b', showing('ssn')));
  });
});

describe('losesMasks', () => {
  const open = mapped('csv', { '*': 'none' }, { glob: '/open/**' });
  const loses = (
    others: Partial<FileDataMap>,
    newPath: string,
    isTree: boolean = false,
    shown: ReadonlyMap<string, readonly string[]> = showing(),
  ): boolean => {
    const hidden = mapped('csv', { ssn: 'ssn' }, { glob: '/srv/**' });
    const numbered = mapped('csv', { 1: 'ssn' }, { glob: '/rows/**', hasHeader: false });
    const masking = maskingOf([hidden, open, numbered], others);
    return masking.losesMasks({ path: '/home/x', isTree }, newPath, shown);
  };

  it('lets no file that is looked through become one that is shown as it is', () => {
    assert(loses({}, '/open/x'));
    assert(loses({}, '/rows/x'));
    assert(loses({}, '/open/x', true));
    assert(!loses({}, '/home/y'));
    assert(!loses({}, '/srv/x'));
    assert(!loses({ unmappedFiles: 'pass' }, '/open/x'));
    assert(!loses({}, '/open/x', false, showing('free-text')));
  });

  it('lets no file that is refused become one that may be read', () => {
    assert(loses({ unmappedFiles: 'refuse' }, '/srv/x'));
    assert(!loses({ unmappedFiles: 'refuse' }, '/home/y'));
  });
});

describe('CSV', () => {
  const files = mapped('csv', { ssn: 'ssn', zip: 'zip', note: 'free-text', id: 'none' });

  it('masks by the name of the column, and what no entry names altogether', () => {
    assert.equal(
      maskCut(files, 'id,SSN, zip ,note,new\n1,999-15-3541,68776,a SECRET,x\n2,,,fine,\n'),
      'id,SSN, zip ,note,new\n1,[redacted],687,a MASKED,[redacted]\n2,,,fine,\n',
    );
  });

  it('shows classes that may be seen', () => {
    const text = 'id,ssn,zip,note\n1,999-15-3541,68776,a SECRET\n';
    assert.equal(mask(files, text, ['ssn']), 'id,ssn,zip,note\n1,999-15-3541,687,a MASKED\n');
  });

  it('reads quotes, line breaks in cells, and every line ending', () => {
    for (const end of ['\n', '\r\n', '\r']) {
      assert.equal(
        maskCut(
          files,
          ['id,ssn,zip,note', '"1","9""9,9",68776,"two', 'lines, SECRET"', ''].join(end),
        ),
        ['id,ssn,zip,note', '"1",[redacted],687,"two', 'lines, MASKED"', ''].join(end),
      );
    }
  });

  it('keeps a byte order mark, and masks the last row without a line end', () => {
    assert.equal(
      maskCut(files, '\ufeffid,ssn,zip,note\n1,2,68776,x'),
      '\ufeffid,ssn,zip,note\n1,[redacted],687,x',
    );
  });

  it('takes any delimiter', () => {
    const tabs = { ...files, delimiter: '\t' };
    assert.equal(
      mask(tabs, 'id\tssn\tzip\tnote\n1\t2\t68776\ta,b\n'),
      'id\tssn\tzip\tnote\n1\t[redacted]\t687\ta,b\n',
    );
  });

  it('numbers the columns of a file without names', () => {
    const plain = mapped('csv', { '2': 'ssn', '1': 'none' }, { hasHeader: false });
    assert.equal(maskCut(plain, '1,2\n3,4\n'), '1,[redacted]\n3,[redacted]\n');
  });

  it('withholds rows that other programs may read otherwise', () => {
    const open = mapped('csv', { ssn: 'ssn', '*': 'none' });
    const { text, evidence } = maskPieces(open, [
      Buffer.from('id,ssn\n1,2,999-15-3541\n3\n4"x",999\n"5"x,999\n6,999\n'),
    ]);
    assert.equal(text, `id,ssn\n${'[redacted]\n'.repeat(4)}6,[redacted]\n`);
    assert.equal(evidence.withheld, 4);
    assert.deepEqual(evidence.masked, { ssn: 1 });
  });

  it('refuses a file whose first row names none of the mapped columns', () => {
    assert.throws(() => mask(files, '1,999-15-3541\n2,999-22-1111\n'), ContentFormatError);
    assert.throws(() => mask(files, 'id;ssn;zip;note\n1;2;3;4\n'), ContentFormatError);
  });

  it('trusts nothing that no entry names once a mapped column is gone', () => {
    const open = mapped('csv', { id: 'none', ssn: 'ssn', '*': 'none' });
    assert.equal(mask(open, 'id,ssn,city\n1,2,Omaha\n'), 'id,ssn,city\n1,[redacted],Omaha\n');
    assert.equal(
      mask(open, 'id,social,city\n1,2,Omaha\n'),
      'id,social,city\n1,[redacted],[redacted]\n',
    );
  });

  it('masks names of columns that are somebody’s', () => {
    assert.equal(mask(files, 'id,ssn,SECRET\n'), 'id,ssn,MASKED\n');
  });

  it('refuses what ends within quotes, and rows without an end', () => {
    assert.throws(() => mask(files, 'id,ssn\n1,"2\n3,4\n'), ContentFormatError);
    const endless = [
      Buffer.from('id,ssn\n"'),
      ...Array.from({ length: 6 }, () => Buffer.alloc(1_000_000, 0x61)),
    ];
    assert.throws(() => maskPieces(files, endless), ContentFormatError);
  });

  it('tells whose rows were shown', () => {
    const keyed = mapped('csv', { id: 'none', ssn: 'ssn' }, { patientKey: 'id' });
    const { evidence } = maskPieces(keyed, [Buffer.from('id,ssn\n7,1\n7,2\n8,3\n')]);
    assert.equal(evidence.rows, 3);
    assert(evidence.patients?.form === 'exact');
    assert.equal(evidence.patients.hashes.length, 2);
  });

  it('tells of whom it shows everything, and where nothing says so', () => {
    const keyed = mapped('csv', { id: 'mrn', '*': 'none' }, { patientKey: 'id' });
    const plan = maskingOf([keyed]).plan('/a', showing('mrn'));
    assert(plan.kind === 'raw');
    const text = 'id,x\n7,1\n8,2\n';
    let written = '';
    const observer = plan.openObserver?.((bytes) => {
      written += bytes.toString();
    });
    observer?.push(Buffer.from(text));
    observer?.end();
    assert.equal(written, text);
    const evidence = observer?.describe();
    assert.deepEqual(evidence?.raw, { mrn: ['policy'] });
    assert(evidence.patients?.form === 'exact');
    assert.equal(evidence.patients.hashes.length, 2);
    assert.equal(maskPieces(files, [Buffer.from('id,ssn\n7,1\n')]).evidence.unseen, true);
  });

  it('shows no masked value of any table, however it is cut', () => {
    const open = mapped('csv', { ssn: 'ssn', '*': 'none' });
    const cell = fc.oneof(
      fc.string({ maxLength: 6 }),
      fc.constantFrom('', '"', ',', '\r\n', 'a"b'),
    );
    const quote = (text: string): string =>
      /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell)), fc.integer({ min: 1, max: 9 }), (rows, size) => {
        const lines = rows.map(([before, behind]) =>
          [before, '@@private@@', behind].map(quote).join(','),
        );
        const bytes = Buffer.from(`a,ssn,b\n${lines.map((line) => `${line}\n`).join('')}`);
        const pieces: Buffer[] = [];
        for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
        const { text } = maskPieces(open, pieces);
        assert.equal(text, bytes.toString().replaceAll('@@private@@', '[redacted]'));
      }),
    );
  });
});

describe('JSON', () => {
  const fields = { 'name[*].family': 'name', birthDate: 'birth-date', 'ids.ssn': 'ssn' };
  const json = mapped('json', fields);
  const ndjson = mapped('ndjson', fields);

  it('masks by path in one document, and keeps everything else byte for byte', () => {
    assert.equal(
      maskCut(
        json,
        '{ "name" : [ {"family":"Mü","use":"x"} ],\n"birthDate":"1980-02-03","n":1.50e3,"t":"a SECRET"}\n',
      ),
      '{ "name" : [ {"family":"[redacted]","use":"x"} ],\n"birthDate":"1980","n":1.50e3,"t":"a MASKED"}\n',
    );
  });

  it('masks escaped keys, keys that come twice, numbers, and all below a path', () => {
    assert.equal(mask(json, '{"birth\\u0044ate":"1980-01-01"}'), '{"birth\\u0044ate":"1980"}');
    assert.equal(
      mask(json, '{"ids":{"ssn":"a","ssn":9991535410000000000000000001,"ssn":null}}'),
      '{"ids":{"ssn":"[redacted]","ssn":"[redacted]","ssn":null}}',
    );
    assert.equal(
      mask(json, '{"ids":{"ssn":{"x":["1",true,{}]}}}'),
      '{"ids":{"ssn":{"x":["[redacted]","[redacted]",{}]}}}',
    );
  });

  it('masks by what a key says where no path leads', () => {
    assert.equal(mask(json, '{"x":{"phone":"1 234"}}'), '{"x":{"phone":"[phone]"}}');
    assert.equal(
      mask(json, '{"ssn":633808456,"n":5,"fax":null,"email":""}'),
      '{"ssn":"[ssn]","n":5,"fax":null,"email":""}',
    );
  });

  it('masks keys that are somebody’s', () => {
    assert.equal(
      mask(json, '{"of SECRET":{"a\\u0020SECRET":1},"b SECRET":2}'),
      '{"of MASKED (1)":{"a MASKED (2)":1},"b MASKED (3)":2}',
    );
    assert.equal(
      maskCut(ndjson, '{"SECRET":1,"x":2,"SECRET ":3}\n{"SECRET":1}\n'),
      '{"MASKED (1)":1,"x":2,"MASKED  (2)":3}\n{"MASKED (1)":1}\n',
    );
    assert.equal(mask(json, '{"SECRET":1}', ['json']), '{"SECRET":1}');
  });

  it('leaves what no path leads to where JSON may be seen', () => {
    assert.equal(
      mask(json, '{"t":"SECRET","birthDate":"1980-02-03"}', ['json']),
      '{"t":"SECRET","birthDate":"1980"}',
    );
  });

  it('masks one document after the other in NDJSON', () => {
    assert.equal(
      maskCut(ndjson, '{"birthDate":"1980-02-03"}\n\n{"birthDate":"1990-02-03"}\r\n"a SECRET"\n12'),
      '{"birthDate":"1980"}\n\n{"birthDate":"1990"}\r\n"a MASKED"\n12',
    );
  });

  it('tells whose documents were shown', () => {
    const keyed = mapped('ndjson', fields, { patientKey: 'ids.id' });
    const { evidence } = maskPieces(keyed, [
      Buffer.from('{"ids":{"id":1}}\n{"ids":{"id":"1"}}\n{"ids":{"id":"b"}}\n'),
    ]);
    assert.equal(evidence.rows, 3);
    assert(evidence.patients?.form === 'exact');
    assert.equal(evidence.patients.hashes.length, 2);
  });

  it('refuses what is not JSON, not complete, too deep or too long', () => {
    const wrong = [
      '{"a":1',
      '{"a" 1}',
      '{"a":1,}',
      '[1,]',
      '[1 2]',
      '[}',
      ']',
      '{"a":01}',
      '{"a":NaN}',
      "{'a':1}",
      '"\\x"',
      '"\\u12"',
      '"a\nb"',
      '"a',
      '',
      '{}{}',
      '{"a":1}}',
      '{1:2}',
      ':',
      '{"a"}',
      `${'['.repeat(2_000)}`,
    ];
    for (const text of wrong) {
      assert.throws(() => mask(json, text), ContentFormatError, text.slice(0, 20));
    }
    assert.throws(() => mask(ndjson, '{"a":1} {"a":2}\n'), ContentFormatError);
    const endless = Array.from({ length: 5 }, () => Buffer.alloc(1_000_000, 0x61));
    assert.throws(() => maskPieces(json, [Buffer.from('"'), ...endless]), ContentFormatError);
    assert.throws(() => maskPieces(json, [Buffer.from([0x22, 0xff, 0x22])]), ContentFormatError);
  });

  it('comes to the same value as its parser sees, for any document', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.integer({ min: 1, max: 9 }), (value, size) => {
        const bytes = Buffer.from(JSON.stringify({ plain: value }, undefined, 1));
        const pieces: Buffer[] = [];
        for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
        const { text } = maskPieces(json, pieces, ['json']);
        assert.equal(text, bytes.toString());
      }),
    );
  });

  it('throws nothing but ContentFormatError for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.boolean(), (bytes, isCsv) => {
        try {
          maskPieces(isCsv ? mapped('csv', { a: 'ssn' }) : json, [Buffer.from(bytes)]);
        } catch (error) {
          assert(error instanceof ContentFormatError);
        }
      }),
    );
  });
});

describe('text', () => {
  it('refuses bytes of zero, as UTF-16 has them', () => {
    const utf16 = Buffer.from('SSN 999-15-3541', 'utf16le');
    assert.throws(() => maskPieces(mapped('text', {}), [utf16]), ContentFormatError);
    assert.throws(() => maskPieces(mapped('csv', { ssn: 'ssn' }), [utf16]), ContentFormatError);
  });

  it('looks through blocks that end between paragraphs, lines or words', () => {
    const files = mapped('text', {});
    const line = 'a SECRET in a line\n';
    const text = line.repeat(40_000);
    const { text: masked, evidence } = maskPieces(files, [Buffer.from(text)]);
    assert.equal(masked, text.replaceAll('SECRET', 'MASKED'));
    assert.equal(evidence.found?.['name'], 40_000);
  });
});
