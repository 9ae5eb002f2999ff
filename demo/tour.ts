import { cp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HospitalStack } from './hospital-stack.ts';
import { openSallyportCommand, type SallyportCommand } from './sallyport-command.ts';
import { findSqlClient, openSession, type SqlClient, type Visitor } from './sql-client.ts';
import { hostSteps } from './tour-hosts.ts';
import { reviewSteps } from './tour-reviews.ts';
import { serviceSteps } from './tour-services.ts';
import { expect, type Step, UnexpectedOutcome, waitFor } from './tour-step.ts';

/** What the tour walks through. */
export interface TourOptions {
  readonly stack: HospitalStack;
  /** Where the demo keeps its files. */
  readonly directory: string;
  readonly say: (line: string) => void;
  /** Ends the tour after the step that is being tried. */
  readonly interrupted: AbortSignal;
}

const ONE_PATIENT = 'SELECT id, last_name, ssn FROM patients WHERE id = 1';

/** Walks through all steps and says how each went. True if every one did what it should. */
export async function takeTour(options: TourOptions): Promise<boolean> {
  const tour = await Tour.prepare(options);
  let failed = 0;
  for (const [index, step] of tour.steps().entries()) {
    options.interrupted.throwIfAborted();
    const number = String(index + 1).padStart(2);
    try {
      const outcome = await step.run();
      options.say(`✓ ${number}. ${step.title}\n        ${firstLines(outcome)}`);
    } catch (error) {
      failed++;
      options.say(`✗ ${number}. ${step.title}\n        ${firstLines((error as Error).message)}`);
    }
  }
  options.say(failed === 0 ? '\nEvery step did what it should.' : `\n${failed} steps failed.`);
  return failed === 0;
}

class Tour {
  readonly #stack: HospitalStack;
  readonly #directory: string;
  readonly #client: SqlClient;
  readonly #ana: SallyportCommand;
  readonly #petra: SallyportCommand;
  #anaToken = '';

  private constructor(
    { stack, directory }: TourOptions,
    client: SqlClient,
    [ana, petra]: readonly [SallyportCommand, SallyportCommand],
  ) {
    this.#stack = stack;
    this.#directory = directory;
    this.#client = client;
    this.#ana = ana;
    this.#petra = petra;
  }

  static async prepare(options: TourOptions): Promise<Tour> {
    const commands = await Promise.all([
      openSallyportCommand(options.directory, 'ana'),
      openSallyportCommand(options.directory, 'petra'),
    ]);
    return new Tour(options, findSqlClient(options.say), commands);
  }

  steps(): readonly Step[] {
    return [
      { title: 'ana signs in by device code', run: () => this.#signInAna() },
      {
        title: 'ana counts patients',
        run: () => this.#expectOutput('ana', ['SELECT count(*) FROM patients'], /^[1-9]\d*$/),
      },
      {
        title: 'ana joins claims with departments',
        run: () =>
          this.#expectOutput(
            'ana',
            [
              'SELECT d.name, count(*) FROM claims c JOIN encounters e ON e.id = c.encounter_id JOIN departments d ON d.code = e.department GROUP BY 1 ORDER BY 1',
            ],
            /^Cardiology\|\d+\n/,
          ),
      },
      ...this.#maskingSteps(),
      {
        title: 'ana may not drop a table, and her session lives on',
        run: () => this.#expectRefusal('ana', 'DROP TABLE patients'),
      },
      {
        title: 'COPY … TO PROGRAM is refused',
        run: () => this.#expectRefusal('ana', "COPY patients TO PROGRAM 'cat > /dev/null'"),
      },
      {
        title: 'noor the nurse corrects one note by its key',
        run: () =>
          this.#expectOutput(
            'noor',
            ["UPDATE notes SET body = body || ' (reviewed)' WHERE id = 1"],
            /^UPDATE 1$/,
          ),
      },
      {
        title: 'ana may not update it',
        run: () => this.#expectRefusal('ana', "UPDATE notes SET body = '' WHERE id = 1"),
      },
      ...this.#limitSteps(),
      { title: 'petra plays back what ana saw', run: () => this.#playBack() },
      ...reviewSteps({
        client: this.#client,
        ana: this.#ana,
        petra: this.#petra,
        visitor: (name) => this.#visitor(name),
      }),
      ...this.#hostSteps(),
      ...this.#serviceSteps(),
      { title: 'the ledger knows who saw patient 1', run: () => this.#whoSaw() },
      { title: 'a report for auditors is made of the ledger alone', run: () => this.#report() },
      { title: 'the ledger verifies', run: () => this.#verifyLedger() },
      { title: 'one changed byte in a copy of the ledger is found', run: () => this.#tamper() },
      {
        title: 'after kill -9 under load nothing acknowledged is missing',
        run: () => this.#crash(),
      },
    ];
  }

  /** None where the demo has no host. */
  #hostSteps(): readonly Step[] {
    const { host } = this.#stack;
    if (host === undefined) return [];
    const [directory, petra] = [this.#directory, this.#petra];
    return hostSteps({ host, anaHome: join(directory, 'homes/ana'), directory, petra });
  }

  /** None where the demo has no service. */
  #serviceSteps(): readonly Step[] {
    const { service, authorityFile } = this.#stack;
    if (service === undefined) return [];
    return serviceSteps({ service, authorityFile, ana: this.#ana, petra: this.#petra });
  }

  #maskingSteps(): readonly Step[] {
    return [
      {
        title: 'ana sees masks where people could be recognised',
        run: () =>
          this.#expectOutput(
            'ana',
            ['SELECT mrn, last_name, ssn, birth_date, zip FROM patients WHERE id = 1'],
            /^ps1_\w+\|\[redacted\]\|\*{7}\d{4}\|\d{4}-01-01\|\d{3}/,
          ),
      },
      {
        title: 'ana joins and groups by pseudonyms as if they were the numbers',
        run: () =>
          this.#expectOutput(
            'ana',
            [
              'SELECT count(*) = count(DISTINCT a.mrn) AND count(*) > 0 FROM patients a JOIN patients b USING (mrn)',
            ],
            /^(?:t|true)$/,
          ),
      },
      {
        title: 'row_to_json shows ana the same masks',
        run: () =>
          this.#expectOutput(
            'ana',
            ['SELECT row_to_json(p) FROM patients p WHERE id = 1'],
            /"last_name":"\[redacted\]".*"ssn":"\*{7}\d{4}"/,
          ),
      },
      { title: 'so does COPY', run: () => this.#copyPatients() },
      {
        title: 'noor the nurse sees names, and no social security number',
        run: () => this.#expectOutput('noor', [ONE_PATIENT], /^1\|[A-Z][^|[]+\|\*{7}\d{4}$/),
      },
      {
        title: 'petra the privacy officer sees both',
        run: () =>
          this.#expectOutput('petra', [ONE_PATIENT], /^1\|[A-Z][^|[]+\|\d{3}-\d{2}-\d{4}$/),
      },
      { title: 'explain says why, and runs nothing', run: () => this.#explain() },
    ];
  }

  #limitSteps(): readonly Step[] {
    return [
      {
        title: 'the CI job reads claims',
        run: () => this.#expectOutput('ci-claims', ['SELECT count(*) FROM claims'], /^\d+$/),
      },
      {
        title: 'the CI job may not read patients',
        run: () => this.#expectRefusal('ci-claims', 'SELECT count(*) FROM patients'),
      },
      { title: 'an expired token is turned away', run: () => this.#expectNoSignIn('expired') },
      {
        title: 'a token for somebody else is turned away',
        run: () => this.#expectNoSignIn('foreign'),
      },
      { title: 'a changed policy holds for a session that runs', run: () => this.#changePolicy() },
      { title: 'Ctrl-C cancels a running statement', run: () => this.#cancel() },
    ];
  }

  async #signInAna(): Promise<string> {
    const url = this.#gatewayUrl();
    const { output, errors, code } = await this.#ana.signIn(url, this.#stack.authorityFile);
    expect(code === 0, 'sign-in by device code', output + errors);
    const token = await this.#ana.run('token');
    expect(token.code === 0 && token.output.trim() !== '', 'a token', token.output + token.errors);
    this.#anaToken = token.output.trim();
    return 'signed in, and exchanged the sign-in for a short token';
  }

  async #expectOutput(
    name: string,
    statements: readonly string[],
    wanted: RegExp,
  ): Promise<string> {
    const { output, errors } = await this.#client.run(this.#visitor(name), statements);
    expect(errors === '' && wanted.test(output), `output like ${wanted}`, output + errors);
    return output;
  }

  async #expectRefusal(name: string, statement: string): Promise<string> {
    const { output, errors } = await this.#client.run(this.#visitor(name), [
      statement,
      "SELECT 'still here'",
    ]);
    const refused = /42501: .*/.exec(errors)?.[0];
    expect(refused !== undefined && output === 'still here', 'error 42501', output + errors);
    return refused ?? '';
  }

  async #expectNoSignIn(kind: 'expired' | 'foreign'): Promise<string> {
    const { provider } = this.#stack;
    const token =
      kind === 'expired'
        ? provider.issueToken('ana', { expiresInSeconds: -600 })
        : provider.issueToken('ana', { audience: 'another-application' });
    const visitor = { ...this.#visitor('ana'), token };
    const session = openSession(visitor);
    try {
      await session`SELECT 1`;
    } catch (error) {
      const { code, message } = error as { readonly code?: string; readonly message: string };
      expect(code === '28000', 'error 28000', `${code}: ${message}`);
      return `${code}: ${message}`;
    } finally {
      await session.end({ timeout: 1 });
    }
    throw new UnexpectedOutcome('expected error 28000, but the token was accepted');
  }

  async #copyPatients(): Promise<string> {
    const session = openSession(this.#visitor('ana'));
    try {
      const statement =
        'COPY (SELECT last_name, ssn FROM patients WHERE id = 1) TO STDOUT WITH (FORMAT csv)';
      let text = '';
      for await (const chunk of await session.unsafe(statement).readable()) text += String(chunk);
      const lines = text.trim().split('\n');
      const masked = lines.filter((line) => /^\[redacted\],\*{7}\d{4}$/.test(line)).length;
      expect(masked === 1 && lines.length === 1, 'one masked line', text);
      return lines.join();
    } finally {
      await session.end({ timeout: 1 });
    }
  }

  async #explain(): Promise<string> {
    const statement = 'SELECT last_name, ssn FROM patients';
    const { output, errors, code } = await this.#ana.run('explain', 'hospital', '-c', statement);
    expect(code === 0, 'exit code 0', output + errors);
    const why = output.split('\n').filter((line) => line.startsWith('public.patients.'));
    expect(why.length === 2, 'a reason for each of two columns', output);
    return why.join('\n');
  }

  async #whoSaw(): Promise<string> {
    const configuration = this.#stack.configurationDirectory;
    const { output, errors, code } = await this.#ana.run(
      ...['patients', 'who-saw', 'hospital', '1', '--config', configuration],
    );
    const seen = output.split('\n').filter((line) => / saw .*ssn/.test(line));
    expect(code === 0 && seen.length > 0, 'who saw the patient', output + errors);
    return seen.join('\n');
  }

  async #changePolicy(): Promise<string> {
    const session = openSession(this.#visitor('ana'));
    const path = join(this.#stack.configurationDirectory, 'policies', 'maintenance.cedar');
    try {
      await session`SELECT count(*) FROM patients`;
      await writeFile(
        path,
        '@id("maintenance")\n@reason("The hospital is closed for maintenance")\nforbid (principal, action in Action::"sql.read", resource);\n',
      );
      const closed = await waitFor(() =>
        session`SELECT count(*) FROM patients`.then(nothing, String),
      );
      await rm(path);
      await waitFor(() => session`SELECT count(*) FROM patients`.then(() => 'open again', nothing));
      return closed;
    } finally {
      await rm(path, { force: true });
      await session.end({ timeout: 1 });
    }
  }

  async #cancel(): Promise<string> {
    const statement = ['SELECT pg_sleep(60)'];
    const options = { cancelAfterMs: 1500 };
    const { output, errors } = await this.#client.run(this.#visitor('ana'), statement, options);
    expect(errors.includes('57014'), 'error 57014', output + errors);
    return /57014: .*/.exec(errors)?.[0] ?? '';
  }

  async #playBack(): Promise<string> {
    const signIn = await this.#petra.signIn(this.#gatewayUrl(), this.#stack.authorityFile);
    expect(signIn.code === 0, "petra's sign-in", signIn.output + signIn.errors);
    const list = await this.#petra.run('sessions', 'list', '--principal', 'clinic:ana', '--json');
    expect(list.code === 0, 'a list of sessions', list.errors);
    for (const id of list.output.match(/[0-9a-f]{8}-[0-9a-f-]{27}/g) ?? []) {
      const { output } = await this.#petra.run('sessions', 'play', id);
      if (!output.includes('JOIN departments')) continue;
      expect(output.includes('Cardiology'), 'the rows that ana saw', output);
      return `session ${id}: the statement, and rows such as Cardiology`;
    }
    throw new UnexpectedOutcome(`expected a session with ana's join, got ${list.output}`);
  }

  async #report(): Promise<string> {
    const out = join(this.#directory, 'report');
    const words = ['report', 'hipaa', this.#dataDirectory(), '--from', '1d', '--out', out];
    const { output, errors, code } = await this.#ana.run(...words);
    expect(code === 0, 'exit code 0', output + errors);
    const page = await readFile(join(out, 'report.html'), 'utf8');
    expect(page.includes('ana'), 'a report that names ana', page.slice(0, 500));
    return `${output.trim().split('\n').length} files: HTML, PDF, and a table each as CSV`;
  }

  async #verifyLedger(): Promise<string> {
    const { output, errors, code } = await this.#ana.run('audit', 'verify', this.#dataDirectory());
    expect(code === 0, 'exit code 0', output + errors);
    return output;
  }

  async #tamper(): Promise<string> {
    const copy = join(this.#directory, 'tampered');
    await cp(join(this.#dataDirectory(), 'ledger'), copy, { recursive: true });
    const file = await findLargestFile(copy);
    const bytes = await readFile(file);
    const middle = bytes.length >> 1;
    bytes[middle] = (bytes[middle] ?? 0) ^ 0x01;
    await writeFile(file, bytes);
    const { output, errors, code } = await this.#ana.run('audit', 'verify', copy);
    expect(code === 1, `exit code 1, got ${code}`, output + errors);
    return `byte ${middle} of ${file.slice(copy.length + 1)}: ${lastLine(output)}`;
  }

  async #crash(): Promise<string> {
    const load = Array.from({ length: 4 }, () => openSession(this.#visitor('noor')));
    let acknowledged = 0;
    let killed = false;
    const workers = load.map(async (session, worker) => {
      for (let n = 0; !killed; n++) {
        const marker = `crash-${worker}-${n}`;
        await session`SELECT count(*) FROM departments WHERE name = ${marker}`;
        acknowledged++;
      }
    });
    // Their connections break: that is the point.
    const broken = Promise.allSettled(workers);
    await new Promise((resolve) => setTimeout(resolve, 2000));
    await this.#stack.gateway().kill();
    killed = true;
    await Promise.allSettled(load.map((session) => session.end({ timeout: 1 })));
    await broken;
    await this.#stack.restartGateway();
    await this.#verifyLedger();
    const list = await this.#ana.run(
      ...['audit', 'list', this.#dataDirectory(), '--kind', 'operation', '--json'],
    );
    const isLoad = (line: string): boolean => line.includes('FROM departments WHERE name =');
    const sealed = list.output.split('\n').filter(isLoad).length;
    expect(
      sealed >= acknowledged && acknowledged > 0,
      `${acknowledged} entries or more`,
      String(sealed),
    );
    return `${acknowledged} statements were answered before the kill, ${sealed} are in the ledger`;
  }

  #visitor(name: string): Visitor {
    const signedIn = name === 'ana' && this.#anaToken !== '';
    return {
      name,
      token: signedIn ? this.#anaToken : this.#stack.provider.issueToken(name),
      port: this.#stack.gateway().postgres.port,
      authorityFile: this.#stack.authorityFile,
    };
  }

  #gatewayUrl(): string {
    return `https://127.0.0.1:${this.#stack.gateway().api?.port}`;
  }

  #dataDirectory(): string {
    return join(this.#directory, 'data');
  }
}

function nothing(): undefined {
  return undefined;
}

async function findLargestFile(directory: string): Promise<string> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  let largest = { path: '', size: -1 };
  for (const entry of entries.filter((candidate) => candidate.isFile())) {
    const path = join(entry.parentPath, entry.name);
    const { size } = await stat(path);
    if (size > largest.size) largest = { path, size };
  }
  return largest.path;
}

function firstLines(text: string): string {
  const lines = text.trim().split('\n');
  const shown = lines.slice(0, 6).map((line) => line.slice(0, 160));
  return [...shown, ...(lines.length > 6 ? ['…'] : [])].join('\n        ');
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
