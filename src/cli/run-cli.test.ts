import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { createFakeServices } from '../../test/control-plane/fake-services.ts';
import type { ExplainRequest } from '../api/explanation.ts';
import { type CliOutcome, IDLE_PROGRAMS, runForOutcome } from './cli-outcome.fixture.ts';
import type { CliHost, Programs } from './command-context.ts';
import { rememberGateway } from './gateway-settings.ts';
import type { TargetInspection } from './target-inspection.ts';
import { useRememberedGateway } from './use-remembered-gateway.fixture.ts';

describe('the command line', () => {
  const gateway = useRememberedGateway();

  function run(args: readonly string[], given: Partial<CliHost> = {}): Promise<CliOutcome> {
    const environment = { HOME: gateway.home, SALLYPORT_TOKEN: 'alice-token' };
    return runForOutcome(args, { environment, ...given });
  }

  /** Has the gateway take SSH. */
  function takeSsh(): void {
    const services = createFakeServices();
    const ssh = { host: 'gateway.test', port: 2222, suffix: 'sallyport' };
    const hostAuthority = 'ssh-ed25519 AAAA';
    gateway.plane.services = createFakeServices({
      clientConfiguration: () => ({
        ...services.clientConfiguration(),
        ssh: { ...ssh, hostAuthority },
      }),
    });
  }

  describe('every command', () => {
    it('has help with an example', async () => {
      const { out } = await run(['completion', 'bash']);
      const paths = [...out.matchAll(/^ {4}'\/([a-z/]+)'\) offered='(.*)' ;;$/gm)];
      assert.ok(paths.length > 20);
      for (const [, path = '', words = ''] of paths) {
        const isGroup = !words.startsWith('--');
        const help = await run([...path.split('/'), '--help']);
        assert.equal(help.code, 0, path);
        if (!isGroup) assert.match(help.out, /Examples:\n {2}\$ s/, path);
        assert.doesNotMatch(help.out, /default: \[/, path);
      }
    });

    it('is refused with exit code 2 when it does not exist or is used wrongly', async () => {
      for (const args of [
        ['bogus'],
        ['psql'],
        ['whoami', '--bogus'],
        ['audit', 'hold', 'list', '--bogus'],
        ['completion', 'csh'],
        ['apply', '.', '--expect', 'newest'],
        ['demo', '--bogus'],
        ['demo', '--patients', '0'],
        ['token', '--lifetime', 'long'],
        ['whoami', '--gateway', 'http://plain'],
      ]) {
        assert.equal((await run(args)).code, 2, args.join(' '));
      }
    });
  });

  describe('a signed-in person', () => {
    it('is told who they are', async () => {
      const { code, out } = await run(['whoami']);
      assert.equal(code, 0);
      assert.match(out, /^alice@example\.test \(person\)\nid {7}idp:alice\n/);
    });

    it('lists targets as a table or as JSON', async () => {
      const { out } = await run(['targets']);
      assert.match(out, /^target {4}kind/);
      const json = await run(['targets', '--json']);
      assert.deepEqual(
        (JSON.parse(json.out) as { targets: { name: string }[] }).targets.map(({ name }) => name),
        ['hospital', 'payroll'],
      );
    });

    it('is told what would become of a statement, from wherever it comes', async () => {
      const sql = 'SELECT \u001b[31m name FROM patients';
      const file = join(gateway.home, 'report.sql');
      writeFileSync(file, sql);
      for (const [args, given] of [
        [['-c', sql], {}],
        [['-f', file], {}],
        [[], { readInput: async () => Buffer.from(sql) }],
      ] as const) {
        const { code, out, err } = await run(['explain', 'hospital/archive', ...args], given);
        assert.equal(code, 0, err);
        assert.match(out, /hospital, database archive/);
        assert.match(out, /runs as it is/);
        assert.match(out, /allow {2}sql\.select by test\n +command: SELECT\n +bulk: true/);
        assert.match(out, /\\x1b\[31m name/);
        assert.equal(err, 'Nothing was run.\n');
      }
      const json = await run(['explain', 'hospital', '-c', sql, '--json']);
      assert.equal((JSON.parse(json.out) as { sent: string }).sent, sql);
    });

    it('is told what would become of a request', async () => {
      const file = join(gateway.home, 'patient.json');
      writeFileSync(file, '{"a": 1}');
      const asked: ExplainRequest[] = [];
      const { explain } = gateway.plane.services;
      gateway.plane.services = createFakeServices({
        explain: async (question, signal) => {
          asked.push(question);
          return explain(question, signal);
        },
      });
      const { code, out, err } = await run(['explain', 'hospital', '/Patient?a=1']);
      assert.equal(code, 0, err);
      assert.match(out, /outcome +is passed on/);
      assert.match(
        out,
        /GET \/Patient\?a=1\n {2}allow {2}http\.get by test\n +path: \/Patient\?a=1/,
      );
      assert.match(out, /application\/json: shown masked\n +read as json\n +hidden from you: ssn/);
      assert.match(out, /ssn +ssn +masked/);
      assert.equal(err, 'Nothing was sent.\n');
      const fields = ['-H', 'Accept: text/csv', '-H', 'X-A: b: c'];
      await run(['explain', 'hospital', ...fields, '-f', file, '/Patient', '--json']);
      assert.deepEqual(asked.map((question) => 'request' in question && question.request).at(-1), {
        ...{ method: 'POST', url: '/Patient' },
        fields: [
          ['Accept', 'text/csv'],
          ['X-A', 'b: c'],
        ],
        body: Buffer.from('{"a": 1}').toString('base64'),
      });
      assert.equal((await run(['explain', 'hospital', '/a', '-H', 'no colon'])).code, 2);
    });

    it('is told by exit code 4 that it would be refused, and why', async () => {
      const { explain } = gateway.plane.services;
      gateway.plane.services = createFakeServices({
        explain: async (question, signal) => {
          const explanation = await explain(question, signal);
          assert.ok(explanation);
          const refusal = { reason: 'refused by policy "no-drop": never', hint: 'Ask.' };
          return { ...explanation, outcome: 'refused', refusal, sent: undefined };
        },
      });
      const { code, out } = await run(['explain', 'hospital', '-c', 'DROP TABLE patients']);
      assert.equal(code, 4);
      assert.match(out, /outcome +refused\n +refused by policy "no-drop": never\n +Ask\.\n/);
      assert.equal((await run(['explain', 'hospital', '-c', 'x', '-f', 'y'])).code, 2);
    });

    it('gets a short token, and nothing but the token on standard output', async () => {
      const { code, out } = await run(['token', '--lifetime', '5m']);
      assert.equal(code, 0);
      assert.match(out, /^sp_[\w-]{43}\n$/);
    });

    it('lists, shows and plays sessions', async () => {
      const mine = await run(['sessions', 'list', '--mine']);
      assert.match(mine.out, /s-alice/, mine.err);
      assert.doesNotMatch((await run(['sessions', 'list', '--mine'])).out, /s-bob/);
      assert.match((await run(['sessions', 'show', 's-bob'])).out, /bob@example\.test/);
      const played = await run(['sessions', 'play', 's-bob']);
      assert.match(played.out, /select name from patients\nname\n----\nAda\n/);
      assert.match(played.out, /SELECT 2/);
    });

    it('says where a session without a terminal can be seen, and leaves no empty file', async () => {
      const file = join(gateway.home, 'session.cast');
      const { code, err } = await run(['sessions', 'export', 's-bob', '--out', file]);
      assert.equal(code, 1);
      assert.match(err, /no such channel in the recording\nStatements .* sessions play/);
      assert.equal(existsSync(file), false);
    });
  });

  describe('psql', () => {
    /** Stands in for psql: writes down what it was started with, and exits as told. */
    function installPsql(): { readonly path: string; readonly report: string } {
      const path = join(gateway.home, 'bin');
      const report = join(gateway.home, 'report');
      mkdirSync(path, { recursive: true });
      const script = `#!/bin/sh
{ printf '%s\\n' "$@"; env | grep ^PG; cat "$PGPASSFILE"; stat -c %a "$PGPASSFILE"; } > ${report}
exit 7
`;
      writeFileSync(join(path, 'psql'), script, { mode: 0o755 });
      return { path, report };
    }

    it('gets the token in a private file that is gone afterwards, and its own arguments', async () => {
      const { path, report } = installPsql();
      const token = 'to:ken\\x';
      const environment = {
        HOME: gateway.home,
        PATH: `${path}:/usr/bin:/bin`,
        SALLYPORT_TOKEN: token,
        PGPASSWORD: 'left over',
        PGSSLMODE: 'disable',
      };
      const { code } = await run(['psql', 'hospital/records', '-c', 'select 1', '--csv'], {
        environment,
      });
      assert.equal(code, 7);
      const text = readFileSync(report, 'utf8');
      assert.ok(text.startsWith('-c\nselect 1\n--csv\n'), text);
      assert.match(text, /^PGDATABASE=hospital\/records$/m);
      assert.match(text, /^PGHOST=gateway\.test$/m);
      assert.match(text, /^PGSSLMODE=verify-full$/m);
      assert.doesNotMatch(text, /PGPASSWORD/);
      assert.match(text, /^\*:\*:\*:\*:to\\:ken\\\\x\n600$/m);
      const [, file = ''] = /^PGPASSFILE=(.*)$/m.exec(text) ?? [];
      assert.equal(existsSync(dirname(file)), false);
    });

    it('leaves out the dashes that set its arguments apart', async () => {
      const { path, report } = installPsql();
      const environment = {
        HOME: gateway.home,
        PATH: `${path}:/usr/bin:/bin`,
        SALLYPORT_TOKEN: 'x',
      };
      await run(['psql', 'hospital', '--', '-c', 'select 1'], { environment });
      assert.ok(readFileSync(report, 'utf8').startsWith('-c\nselect 1\nPG'));
    });

    it('is told why as a setting of the session, beside those that there are', async () => {
      const { path, report } = installPsql();
      const environment = {
        ...{ HOME: gateway.home, PATH: `${path}:/usr/bin:/bin`, SALLYPORT_TOKEN: 'x' },
        PGOPTIONS: '-c work_mem=8MB',
      };
      await run(['psql', '--reason', 'ticket 4711\\a', 'hospital'], { environment });
      assert.ok(
        readFileSync(report, 'utf8').includes(
          'PGOPTIONS=-c work_mem=8MB -c sallyport.reason=ticket\\ 4711\\\\a\n',
        ),
      );
    });

    it('says what to do where there is none', async () => {
      const environment = {
        HOME: gateway.home,
        PATH: join(gateway.home, 'empty'),
        SALLYPORT_TOKEN: 'x',
      };
      const { code, err } = await run(['psql', 'hospital'], { environment });
      assert.equal(code, 1);
      assert.match(err, /postgresql-client/);
    });
  });

  describe('sallyport demo', () => {
    it('takes a tour, with as many patients as are wanted', async () => {
      const begun: unknown[] = [];
      const runDemo: Programs['runDemo'] = async (options) => begun.push(options);
      const programs = { ...IDLE_PROGRAMS, runDemo };
      await run(['demo'], { programs });
      await run(['demo', '--tour', '--patients', '7'], { programs });
      assert.deepEqual(begun, [
        { tour: false, patients: 5_000 },
        { tour: true, patients: 7 },
      ]);
    });
  });

  describe('a configuration with a data map', () => {
    const hospital = join(import.meta.dirname, '../../examples/hospital');

    it('is checked, and its entries are counted by class', async () => {
      const { code, out } = await run(['check', hospital]);
      assert.equal(code, 0, out);
      assert.match(out, /^Data map of hospital: \d+ entries \(.*\bssn 1\b.*\)\.$/m);
      const { dataMaps } = JSON.parse((await run(['check', hospital, '--json'])).out) as {
        readonly dataMaps: readonly { readonly target: string }[];
      };
      assert.deepEqual(
        dataMaps.map(({ target }) => target),
        ['fhir', 'hospital', 'reports', 'ward'],
      );
    });

    it('warns of a policy about a target that there is not', async () => {
      assert.doesNotMatch((await run(['check', hospital])).out, /Warning/);
      const directory = join(gateway.home, 'slip');
      cpSync(hospital, directory, { recursive: true });
      const slip = '@id("slip") forbid (principal, action, resource == Target::"hospitl");';
      writeFileSync(join(directory, 'policies/slip.cedar'), slip);
      const { code, out } = await run(['check', directory]);
      assert.equal(code, 0, out);
      assert.match(
        out,
        /^Warning: policies\/slip\.cedar:1:1: policy "slip" names Target::"hospitl"/m,
      );
      const { warnings } = JSON.parse((await run(['check', directory, '--json'])).out) as {
        readonly warnings: readonly { readonly file: string }[];
      };
      assert.deepEqual(
        warnings.map(({ file }) => file),
        ['policies/slip.cedar'],
      );
    });

    it('is refused for a detector that cannot be compiled, with its place', async () => {
      const problem = { file: 'targets/hospital.yaml', line: 40, column: 7, message: 'Cannot …' };
      const refusing = { ...IDLE_PROGRAMS, findTargetProblems: async () => [problem] };
      const { code, out } = await run(['check', hospital], { programs: refusing });
      assert.equal(code, 1);
      assert.match(out, /^targets\/hospital\.yaml:40:7: Cannot …$/m);
      const doctor = await run(['doctor', '--config', hospital], { programs: refusing });
      assert.equal(doctor.code, 1);
      assert.match(doctor.out, /^failed +configuration +1 problem$/m);
    });

    it('is refused for a policy that is none, by doctor as by check, which say where they looked', async () => {
      const directory = join(gateway.home, 'hospital');
      cpSync(hospital, directory, { recursive: true });
      writeFileSync(join(directory, 'policies/one.cedar'), 'permit (principle);');
      const { code, out, err } = await run(['check', directory]);
      assert.equal(code, 1);
      assert.match(out, /^policies\/one\.cedar:1:\d+: /);
      assert.equal(err, `1 problem found in ${directory}.\n`);
      const doctor = await run(['doctor', '--config', directory]);
      assert.equal(doctor.code, 1);
      assert.match(doctor.out, /^failed +configuration +1 problem$/m);
    });

    it('has secrets that cannot be had named by doctor, and never what those hold that can', async () => {
      const inspectTargets = async (): Promise<readonly TargetInspection[]> => [];
      const { code, out } = await run(['doctor', '--config', hospital], {
        programs: { ...IDLE_PROGRAMS, inspectTargets },
        environment: { HOME: gateway.home, HOSPITAL_PASSWORD: 'hunter2' },
      });
      assert.equal(code, 1);
      assert.match(
        out,
        /^failed +secrets +Cannot read secret env:\w+: is not set in the environment$/m,
      );
      assert.doesNotMatch(out, /HOSPITAL_PASSWORD|hunter2/);
    });

    it('has entries that match nothing named by doctor, and targets that do not answer', async () => {
      const unmatched = Array.from({ length: 12 }, (_, index) => `columns: public.x.c${index}`);
      const inspectTargets = async (): Promise<readonly TargetInspection[]> => [
        { kind: 'database', name: 'hospital', relations: 9, classified: 4, unmatched },
        {
          ...{ kind: 'database', name: 'lab', failure: 'Cannot connect' },
          ...{ relations: 0, classified: 0, unmatched: [] },
        },
        { kind: 'host', name: 'reports', software: 'SSH-2.0-OpenSSH_9.2' },
        { kind: 'host', name: 'ward', software: '', failure: 'its key is another' },
      ];
      const { code, out } = await run(['doctor', '--config', hospital], {
        programs: { ...IDLE_PROGRAMS, inspectTargets },
      });
      assert.equal(code, 1);
      assert.match(
        out,
        /^warning +target hospital.*9 relations, 4 .*; entries .* that match nothing: 12$/m,
      );
      assert.match(out, /gone: columns: public\.x\.c0; .*public\.x\.c9; and 2 more$/m);
      assert.match(out, /^failed +target lab +Cannot connect$/m);
      assert.match(out, /^ok +target reports +SSH-2\.0-OpenSSH_9\.2 lets the gateway in$/m);
      assert.match(out, /^failed +target ward +its key is another$/m);
    });
  });

  describe('a refusal', () => {
    it('exits 4 and says why', async () => {
      gateway.plane.services.allow = () => false;
      const { code, err } = await run(['sessions', 'play', 's-bob']);
      assert.equal(code, 4);
      assert.match(err, /Refused: no policy permits it/);
    });

    it('exits 3 when nobody is signed in, and says what to do', async () => {
      const none = await run(['whoami'], { environment: { HOME: join(gateway.home, 'nobody') } });
      assert.equal(none.code, 3);
      assert.match(none.err, /sallyport login/);
      const environment = { HOME: gateway.home, SALLYPORT_TOKEN: 'wrong' };
      assert.equal((await run(['whoami'], { environment })).code, 3);
      assert.equal((await run(['whoami'], { environment: { HOME: gateway.home } })).code, 3);
    });

    it('needs no sign-in where a job brings its token and names the gateway', async () => {
      const trusted = getCACertificates('default');
      const environment = {
        ...{ HOME: join(gateway.home, 'job'), SALLYPORT_TOKEN: 'alice-token' },
        SALLYPORT_GATEWAY: gateway.plane.url,
      };
      setDefaultCACertificates([...trusted, gateway.plane.ca]);
      try {
        const { code, out } = await run(['whoami'], { environment });
        assert.equal(code, 0);
        assert.match(out, /^alice@example\.test/);
        takeSsh();
        const certificates: string[] = [];
        // Beside each other on one machine, jobs do not use each other's.
        for (const name of ['alice', 'bob']) {
          const job = { ...environment, SALLYPORT_TOKEN: `${name}-token` };
          const printed = await run(['ssh-config'], { environment: job });
          assert.match(printed.out, /^Host \*\.sallyport$/m, printed.err);
          const [, file = ''] = /^ *CertificateFile "?([^"\n]*)/m.exec(printed.out) ?? [];
          certificates.push(readFileSync(file, 'utf8'));
        }
        assert.notEqual(certificates[0], certificates[1]);
      } finally {
        setDefaultCACertificates(trusted);
      }
      const untrusted = await run(['whoami'], { environment });
      assert.equal(untrusted.code, 5);
      assert.match(untrusted.err, /NODE_EXTRA_CA_CERTS/);
      const nameless = { ...environment, SALLYPORT_GATEWAY: undefined };
      assert.equal((await run(['whoami'], { environment: nameless })).code, 3);
    });

    it('says which authority it cannot read', async () => {
      const args = ['login', '--gateway', gateway.plane.url, '--ca', '/nonexistent/ca.crt'];
      const { code, err } = await run(args);
      assert.equal(code, 1);
      assert.match(err, /Cannot read \/nonexistent\/ca\.crt: there is no such file/);
    });

    it('exits 5 when the gateway cannot be reached, or has a certificate that nobody vouched for', async () => {
      const configuration = gateway.plane.services.clientConfiguration();
      const environment = { HOME: join(gateway.home, 'elsewhere'), SALLYPORT_TOKEN: 'alice-token' };
      await rememberGateway(environment, { url: gateway.plane.url, configuration });
      const untrusted = await run(['whoami'], { environment });
      assert.equal(untrusted.code, 5);
      assert.match(untrusted.err, /is not trusted/);
      await rememberGateway(environment, { url: 'https://127.0.0.1:1', configuration });
      const gone = await run(['whoami'], { environment });
      assert.equal(gone.code, 5);
      assert.match(gone.err, /ECONNREFUSED/);
    });

    it('never shows the token', async () => {
      const environment = { HOME: gateway.home, SALLYPORT_TOKEN: 'secret-value' };
      const { out, err } = await run(['whoami'], { environment });
      assert.doesNotMatch(out + err, /secret-value/);
    });
  });

  describe('login', () => {
    it('refuses an authority with another fingerprint than was named', async () => {
      const { ca } = gateway.plane;
      gateway.plane.services = createFakeServices({
        clientConfiguration: () => ({ ...createFakeServices().clientConfiguration(), tls: { ca } }),
      });
      const environment = { HOME: join(gateway.home, 'first') };
      const args = ['login', '--gateway', gateway.plane.url, '--ca-sha256', '00'.repeat(32)];
      const { code, err } = await run(args, { environment });
      assert.equal(code, 5);
      assert.match(err, /another fingerprint/);
    });
  });

  describe('the settings file', () => {
    it('is readable by its owner only', () => {
      const path = join(gateway.home, '.config', 'sallyport', 'gateways.json');
      assert.equal(statSync(path).mode & 0o777, 0o600);
      assert.equal(statSync(join(path, '..')).mode & 0o777, 0o700);
      assert.ok(readFileSync(path, 'utf8').includes(gateway.plane.url));
    });
  });

  describe('secret', () => {
    it('sets, lists and removes without showing a value', async () => {
      const config = join(gateway.home, 'config');
      mkdirSync(join(config, 'secrets'), { recursive: true, mode: 0o700 });
      writeFileSync(join(config, 'secrets/vault.key'), 'ab'.repeat(32), { mode: 0o600 });
      writeFileSync(
        join(config, 'sallyport.yaml'),
        [
          'vault: { key: file:secrets/vault.key }',
          'listeners: { postgres: [{ address: 127.0.0.1:6432 }] }',
          'identity:',
          '  providers:',
          '    - { name: idp, kind: person, issuer: https://idp.test, audiences: [sallyport] }',
        ].join('\n'),
      );
      const readInput = async (): Promise<Buffer> => Buffer.from('hunter2\n');
      const set = await run(['secret', 'set', 'db', '--config', config], { readInput });
      assert.equal(set.code, 0, set.err + set.out);
      const list = await run(['secret', 'list', '--config', config, '--json']);
      assert.deepEqual(JSON.parse(list.out), { secrets: [{ name: 'db', version: 1 }] });
      assert.doesNotMatch(set.out + set.err + list.out, /hunter2/);
      assert.equal((await run(['secret', 'remove', 'db', '--config', config])).code, 0);
      assert.equal((await run(['secret', 'remove', 'db', '--config', config])).code, 1);
      assert.equal((await run(['secret', 'set', 'db', '--config', config])).code, 2);
    });

    it('takes no value as an argument', async () => {
      assert.equal((await run(['secret', 'set', 'db', 'hunter2'])).code, 2);
    });
  });
});
