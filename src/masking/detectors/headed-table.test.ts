import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compileDetectors } from './detectors.ts';
import { HeadedTable } from './headed-table.ts';
import { readHeading } from './read-heading.ts';

const DETECTORS = compileDetectors();

/** What is shown of a text. */
function redact(text: string): string {
  const bytes = Buffer.from(text);
  return (DETECTORS.redact(bytes, 0, bytes.length) ?? bytes).toString();
}

/** The same of a file that is said to be a table. */
function redactFile(text: string): string {
  const bytes = Buffer.from(text);
  const table = new HeadedTable(true);
  return (DETECTORS.redact(bytes, 0, bytes.length, { table }) ?? bytes).toString();
}

describe('a file that is a table', () => {
  const cases: Readonly<Record<string, readonly [written: string, shown: string]>> = {
    'bare values': [
      'name,ssn,mrn,ward\nqwop zzyx,123456789,55,north\n',
      'name,ssn,mrn,ward\n[name],[ssn],[mrn],north\n',
    ],
    'one column': ['ssn\n123456789\n\n987\n', 'ssn\n[ssn]\n\n[ssn]\n'],
    'quotes, a mark of byte order, CRLF, an unknown column': [
      '\ufeff"Name","Patient SSN"\r\n"zzyx, ""q"" qwop","123456789"\r\n',
      '\ufeff"Name","Patient SSN"\r\n"[name]","[ssn]"\r\n',
    ],
    semicolons: ['ssn;bed\n123456789;4\n', 'ssn;bed\n[ssn];4\n'],
    tabs: ['bed\tfirst_name\n4\tzzyx\n', 'bed\tfirst_name\n4\t[name]\n'],
    bars: ['bed|first_name\n4|zzyx\n', 'bed|first_name\n4|[name]\n'],
    'carriage returns': ['ssn,bed\r123456789,4\r', 'ssn,bed\r[ssn],4\r'],
    'names twice': ['ssn,ssn\n1234,5678\n', 'ssn,ssn\n[ssn],[ssn]\n'],
    'a number as a name beside others': ['ssn,2024\n1234,7\n', 'ssn,2024\n[ssn],7\n'],
    'names of tables, units, notes': [
      'p.ssn,Date of Birth (MM/DD/YYYY),MRN #,bed\n1234,x,y,4\n',
      'p.ssn,Date of Birth (MM/DD/YYYY),MRN #,bed\n[ssn],[birth-date],[mrn],4\n',
    ],
    'a title above the names': [
      'Export of ward 4\n\nssn,bed\n1234,4\n',
      'Export of ward 4\n\nssn,bed\n[ssn],4\n',
    ],
    'values above the names': ['x1234,y\nssn,bed\n1234,4\n', 'x1234,y\nssn,bed\n[ssn],4\n'],
    'lines of all sorts above the names': [
      'started, so; or | so\n12:00 a,b\n"q ""z"\nnote (a)\tssn\nq, r\t55\n',
      'started, so; or | so\n12:00 a,b\n"q ""z"\nnote (a)\tssn\nq, r\t[ssn]\n',
    ],
    'names in quotes above a line break': [
      'x1234,y\n"note\n(free)";ssn\na;55\n',
      'x1234,y\n"note\n(free)";ssn\na;[ssn]\n',
    ],
    'one name below other lines': ['12:00 a,b\nssn\n55\n', '12:00 a,b\nssn\n[ssn]\n'],
    'another file behind': [
      'ssn,bed\n1234,4\nbed,x,mrn\n4,5,z6\n77,8\n',
      'ssn,bed\n[ssn],4\nbed,x,mrn\n4,5,[mrn]\n[ssn],8\n',
    ],
    'names that take no mask away': [
      'ssn,bed\n1234,4\nemail,bed\n1234,4\n',
      'ssn,bed\n[ssn],4\nemail,bed\n[email],4\n',
    ],
    'lines within quotes': [
      'note,ssn\n"one\ntwo",1234\nthree,5678\n',
      'note,ssn\n"one\ntwo",[ssn]\nthree,[ssn]\n',
    ],
    'a quote that swallows rows': [
      'note,ssn\n"one,1234\ntwo,5678\n',
      'note,ssn\n"[ssn],[ssn]\ntwo,[ssn]\n',
    ],
    'a quote that swallows rows and ends': [
      'note,ssn\n"one,1234\ntwo,5678\n",9\n',
      'note,ssn\n"one,[ssn]\ntwo,[ssn]\n",[ssn]\n',
    ],
    'a row that is longer than its header': [
      'bed,ssn,x\n1,a,234,5\n',
      'bed,ssn,x\n1,[ssn],[ssn],5\n',
    ],
    'cells without a name at the end': ['bed,ssn,x\n1,234,5,,\n', 'bed,ssn,x\n1,[ssn],5,,\n'],
    'a row that is shorter': ['bed,ssn,x\n1,234\n', 'bed,ssn,x\n[ssn],[ssn]\n'],
    'a quote where none belongs': ['bed,ssn\n"1" a,234\n', 'bed,ssn\n"[ssn],[ssn]\n'],
    'nothing to hide': ['ssn,bed\n,4\nNULL,5\n\\N,6\n', 'ssn,bed\n,4\nNULL,5\n\\N,6\n'],
    'no names': ['4,5,6\nx,y,z\n', '4,5,6\nx,y,z\n'],
    'names of what is nobody': [
      'name,strength\naspirin,100 mg\n',
      'name,strength\naspirin,100 mg\n',
    ],
  };
  for (const [name, [written, shown]] of Object.entries(cases)) {
    it(`shows of ${name} what no heading says to be somebody's`, () => {
      assert.equal(redactFile(written), shown);
    });
  }
});

describe('a table in a text', () => {
  const cases: Readonly<Record<string, readonly [written: string, shown: string]>> = {
    CSV: [
      '$ cat p.csv\nid,name,ssn\n7,zzyx,123456789\n8,qwop,5\n$ ls\n',
      '$ cat p.csv\nid,name,ssn\n7,[name],[ssn]\n8,[name],[ssn]\n$ ls\n',
    ],
    'CSV with spaces': ['name, ssn, bed\nzzyx, 1234, 5\n', 'name, ssn, bed\n[name], [ssn], 5\n'],
    'tab-separated values': ['id\tdob\n7\t3rd of may\n', 'id\tdob\n7\t[birth-date]\n'],
    Markdown: [
      'As asked:\n\n| name | mrn |\n|:---|---:|\n| zzyx | 12 |\n\nname, mrn',
      'As asked:\n\n| name | mrn |\n|:---|---:|\n| [name] | [mrn] |\n\nname, mrn',
    ],
    'a dump of PostgreSQL': [
      'COPY public.p (id, "first_name", bed) FROM stdin;\n1\tzzyx\t4\n2\tqwop\t5\n\\.\n\nx\ty\n',
      'COPY public.p (id, "first_name", bed) FROM stdin;\n1\t[name]\t4\n2\t[name]\t5\n\\.\n\nx\ty\n',
    ],
    'psql with lines of boxes': [
      'first_name │ bed\n═══════════╪═════\nzzyx       │ 4\n',
      'first_name │ bed\n═══════════╪═════\n[name]       │ 4\n',
    ],
    'what psql lists': [
      ' Schema | Name | Owner\n--------+------+-------\n public | zzyx | qwop\n',
      ' Schema | Name | Owner\n--------+------+-------\n public | zzyx | qwop\n',
    ],
    'psql without alignment': [
      'id|ward|ssn\n7|north|12\n(1 row)\n',
      'id|ward|ssn\n7|north|[ssn]\n(1 row)\n',
    ],
  };
  for (const [name, [written, shown]] of Object.entries(cases)) {
    it(`is masked by its headings: ${name}`, () => {
      assert.equal(redact(written), shown);
    });
  }

  it('is not seen in sentences, lists of columns and forms', () => {
    for (const text of [
      'Bring your insurance card, a photo, your address, phone number\nand, if you can, somebody\n',
      'select first_name, last_name, dob,\n  street, city, zip\nfrom patients, wards\n',
      'first_name | north\nlast_name | south\nward | east\n',
      'ssn,\nthen more',
      'import {\n  Patient,\n  Encounter,\n} from x\n',
      'SELECT\n  email,\n  created_at,\n  a\n',
      'phone;\nstatus;\n',
      'type P struct {\n\temail\n\tstatus\n\tnote\n}\n',
    ]) {
      assert.equal(redact(text), text);
    }
  });
});

describe('rows that run over lines', () => {
  /** Of a size for which the square of the time is many minutes. */
  const SIZE = 256 * 1024;
  const lines: Readonly<Record<string, readonly [before: string, repeated: string, end: string]>> =
    {
      'a quote that is never closed': ['ssn,a,b\n1,2,3\n', 'x",b,"\n', ''],
      'tabs and a quote that is never closed': ['ssn\ta\tb\n1\t2\t3\n', 'x"\tb\t"\n', ''],
      'a quote that is closed before a word': ['ssn,a,b\n1,2,3\n', 'x",b,"\n', '" z'],
      'headings with few cells below': ['', 'ssn,a,b,c,d,e\nx",b,"\nz\n', ''],
      'headings that go on in lines': ['', 'ssn",b,"\nz\n', ''],
      'headings that go on in lines and end': ['', 'ssn",b,"\nz\n', 'x",b\n'],
    };
  for (const [name, [before, repeated, end]] of Object.entries(lines)) {
    it(`are read in the time of others: ${name}`, () => {
      const text = before + repeated.repeat(SIZE / repeated.length) + end;
      for (const shown of [redact(text), redactFile(text)]) {
        assert.ok(shown.startsWith(text.slice(0, 3)));
      }
      assert.ok((new HeadedTable(true).lastRowEnd(text) ?? 0) >= 0);
    });
  }

  it('are read in the time of others in a file without headings', () => {
    for (const end of ['', 'x",b\n']) {
      const text = 'x",b,"\n'.repeat(SIZE / 7) + end;
      assert.ok(redactFile(text) === text);
    }
  });

  it('are looked for in the time of others where no line feed is', () => {
    const line = 'ssn,\r';
    const text = line.repeat((8 * 1024 * 1024) / line.length);
    const subject = { text, findings: [], nameWords: new Set<string>(), tablesEnd: 0 };
    for (let at = 0; at < text.length; at += line.length) readHeading(subject, at, at + 4);
    assert.equal(subject.tablesEnd, text.length - 1);
  });

  it('are masked by any heading where a quote breaks them', () => {
    assert.equal(
      redact('bed,ssn\n4,55\nx",y,"\nz" q,7\n'),
      'bed,ssn\n4,[ssn]\n[ssn]",[ssn],"\nz" q,[ssn]\n',
    );
  });
});
