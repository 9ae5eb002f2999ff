import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { CertificateAndKey } from '../src/gateway/certificates.ts';
import { type FhirResource, MRN_SYSTEM, makeFhirPatients } from './hospital/fhir-patients.ts';
import type { HospitalOptions } from './hospital/hospital.ts';

/** A server of FHIR R4 with the hospital's patients, which only the gateway has a token for. */
export interface FhirService extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** What it takes from its callers. */
  readonly token: string;
  /** Patients that it has: what is deleted is gone. */
  readonly patientCount: () => number;
}

/** What a request is answered. */
interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** Path of the interface on this server. */
export const FHIR_BASE_PATH = '/r4';

const COUNT_DEFAULT = 10;
const COUNT_MAX = 100;

/** Starts the server on loopback. It knows a few interactions: enough to see what a gateway makes of them. */
export async function startFhirService(
  certificate: CertificateAndKey,
  { token, hospital }: { readonly token: string; readonly hospital: HospitalOptions },
): Promise<FhirService> {
  const patients = new Map(makeFhirPatients(hospital).map((patient) => [patient.id, patient]));
  const server = createServer(
    { cert: certificate.certificatePem, key: certificate.keyPem },
    (request, response) => {
      request.resume();
      const isKnown = request.headers.authorization === `Bearer ${token}`;
      send(
        response,
        isKnown ? answer(request, patients) : refuse(401, 'login', 'No token of ours'),
      );
    },
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    token,
    patientCount: () => patients.size,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function answer(
  { method, url = '/' }: IncomingMessage,
  patients: Map<string, FhirResource>,
): Answer {
  const { pathname, searchParams } = new URL(url, 'https://fhir.invalid');
  const [, base, type, id, ...rest] = pathname.split('/');
  if (`/${base}` !== FHIR_BASE_PATH || rest.length > 0)
    return refuse(404, 'not-found', 'No such path');
  if (method === 'GET' && type === 'metadata') return show(200, CAPABILITIES);
  if (type !== 'Patient') return refuse(404, 'not-supported', 'Patients are all there is');
  if (method === 'GET' && id === '$export') return exportAll([...patients.values()]);
  if (method === 'GET' && id === undefined) return search([...patients.values()], searchParams);
  const patient = id === undefined ? undefined : patients.get(id);
  if (patient === undefined) return refuse(404, 'not-found', 'There is no such patient');
  if (method === 'GET') return show(200, patient);
  if (method !== 'DELETE') return refuse(405, 'not-supported', 'Read, search, delete and export');
  patients.delete(patient.id);
  return { status: 204, type: FHIR_JSON, body: '' };
}

const FHIR_JSON = 'application/fhir+json; charset=utf-8';

const CAPABILITIES = {
  resourceType: 'CapabilityStatement',
  status: 'active',
  date: '2026-01-01',
  kind: 'instance',
  fhirVersion: '4.0.1',
  format: ['json'],
  rest: [
    {
      mode: 'server',
      resource: [
        {
          type: 'Patient',
          interaction: [{ code: 'read' }, { code: 'search-type' }, { code: 'delete' }],
          searchParam: [
            { name: 'identifier', type: 'token' },
            { name: 'family', type: 'string' },
          ],
        },
      ],
    },
  ],
};

function search(patients: readonly FhirResource[], parameters: URLSearchParams): Answer {
  const identifier = parameters.get('identifier')?.replace(`${MRN_SYSTEM}|`, '');
  const family = parameters.get('family')?.toLowerCase();
  const found = patients.filter((patient) => {
    const values = JSON.stringify(patient['identifier']);
    const name = JSON.stringify(patient['name']).toLowerCase();
    return (
      (identifier === undefined || values.includes(`"value":"${identifier}"`)) &&
      (family === undefined || name.includes(`"family":"${family}`))
    );
  });
  const count = Math.min(Number(parameters.get('_count') ?? COUNT_DEFAULT), COUNT_MAX);
  return show(200, {
    resourceType: 'Bundle',
    type: 'searchset',
    total: found.length,
    entry: found.slice(0, count).map((resource) => ({ resource, search: { mode: 'match' } })),
  });
}

/** All at once, where a real server would prepare files. */
function exportAll(patients: readonly FhirResource[]): Answer {
  const body = patients.map((patient) => `${JSON.stringify(patient)}\n`).join('');
  return { status: 200, type: 'application/fhir+ndjson', body };
}

function refuse(status: number, code: string, diagnostics: string): Answer {
  const issue = [{ severity: 'error', code, diagnostics }];
  return show(status, { resourceType: 'OperationOutcome', issue });
}

function show(status: number, resource: Readonly<Record<string, unknown>>): Answer {
  return { status, type: FHIR_JSON, body: `${JSON.stringify(resource, undefined, 2)}\n` };
}

function send(response: ServerResponse, { status, type, body }: Answer): void {
  response.writeHead(status, { 'content-type': type });
  response.end(body);
}
