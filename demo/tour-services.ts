import { spawn, spawnSync } from 'node:child_process';
import { text } from 'node:stream/consumers';
import type { FhirService } from './fhir-service.ts';
import type { SallyportCommand } from './sallyport-command.ts';
import { expect, type Step, waitFor } from './tour-step.ts';

/** Who takes part in the steps on services. */
export interface ServiceSteps {
  readonly service: FhirService;
  /** PEM file of the authority that curl trusts. */
  readonly authorityFile: string;
  readonly ana: SallyportCommand;
  readonly petra: SallyportCommand;
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

const CURL_TIMEOUT_SECONDS = 60;

/** Whether curl is installed. */
export function hasCurl(): boolean {
  return spawnSync('curl', ['--version'], { stdio: 'ignore' }).status === 0;
}

/** HTTP, with the client that everybody has. */
export function serviceSteps(parts: ServiceSteps): readonly Step[] {
  return [
    {
      title: 'curl gives ana a patient of the FHIR server, masked, and it is FHIR still',
      run: () => readPatient(parts),
    },
    {
      title: 'she finds the patient again by the pseudonym that she was shown',
      run: () => findPatient(parts),
    },
    { title: 'DELETE is refused before the server hears of it', run: () => deletePatient(parts) },
    {
      title: 'an export of all patients waits; petra approves it, and it runs',
      run: () => exportPatients(parts),
    },
  ];
}

async function readPatient(parts: ServiceSteps): Promise<string> {
  const { status, body } = await ask(parts, '/Patient/1');
  expect(status === 200, 'a patient', `${status} ${body}`);
  const patient = JSON.parse(body) as { resourceType: string; birthDate: string; meta?: unknown };
  const [pseudonym] = findPseudonyms(body);
  const isMasked = /^\d{4}$/.test(patient.birthDate) && pseudonym !== undefined;
  expect(patient.resourceType === 'Patient' && isMasked, 'a masked patient', body);
  return `${pseudonym}, born ${patient.birthDate}, ${JSON.stringify(patient.meta)}`;
}

async function findPatient(parts: ServiceSteps): Promise<string> {
  const { body: patient } = await ask(parts, '/Patient/1');
  const [pseudonym = ''] = findPseudonyms(patient);
  const { status, body } = await ask(parts, `/Patient?identifier=${pseudonym}`);
  expect(status === 200 && /"total":\s*1\b/.test(body), 'one patient', `${status} ${body}`);
  const guessed = await ask(parts, '/Patient?family=Okafor');
  expect(guessed.status === 403, 'a refusal of a search by name', `${guessed.status}`);
  return `${pseudonym} is one patient; a search by a name is refused`;
}

async function deletePatient(parts: ServiceSteps): Promise<string> {
  const before = parts.service.patientCount();
  const { status, body } = await ask(parts, '/Patient/1', ['-X', 'DELETE']);
  const isRefused = status === 403 && parts.service.patientCount() === before;
  expect(isRefused && body.includes('Records of care are kept'), 'a refusal', `${status} ${body}`);
  return body.trim();
}

async function exportPatients(parts: ServiceSteps): Promise<string> {
  const exported = ask(parts, '/Patient/$export');
  const id = await waitFor(async () => {
    const { output } = await parts.petra.run('reviews', 'list', '--kind', 'operation', '--json');
    return /"id":\s*"(req_[\w-]+)"/.exec(output)?.[1];
  });
  const verdict = await parts.petra.run('reviews', 'approve', id);
  expect(verdict.code === 0, 'an approval', verdict.output + verdict.errors);
  const { status, body } = await exported;
  const count = body.trim().split('\n').length;
  expect(
    status === 200 && count === parts.service.patientCount(),
    'everybody',
    `${status} ${count}`,
  );
  return `request ${id} was approved: ${count} patients, masked`;
}

/** What stands for record numbers, in order. */
function findPseudonyms(body: string): readonly string[] {
  return body.match(/\bps\d+_\w+/g) ?? [];
}

/** Asks the FHIR server as ana, through the gateway. */
async function ask(
  { authorityFile, ana }: ServiceSteps,
  path: string,
  more: readonly string[] = [],
): Promise<Answer> {
  const { output: targets } = await ana.run('targets', '--json');
  const url = /"url":\s*"(https:[^"]+)"/.exec(targets)?.[1] ?? '';
  const { output: token } = await ana.run('token');
  const child = spawn(
    'curl',
    [
      ...['--silent', '--show-error', '--max-time', String(CURL_TIMEOUT_SECONDS)],
      ...['--cacert', authorityFile, '--write-out', '\n%{http_code}', '--header', '@-'],
      ...more,
      `${url}${path}`,
    ],
    { stdio: ['pipe', 'pipe', 'pipe'] },
  );
  // Not as an argument: everybody on the machine can read those.
  child.stdin.end(`Authorization: Bearer ${token.trim()}\n`);
  const [printed, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [, body = '', status = ''] = /^([^]*)\n(\d{3})$/.exec(printed) ?? [];
  expect(status !== '000' && status !== '', 'an answer', errors);
  return { status: Number(status), body };
}
