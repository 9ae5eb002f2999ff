import { writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { HospitalStack } from './hospital-stack.ts';
import type { OidcProvider } from './oidc-provider.ts';

/** Tokens that the demo hands out ready made live as long as a day of trying things. */
const TOKEN_SECONDS = 12 * 3600;
const NAMES: readonly string[] = ['ana', 'noor', 'petra', 'ci-claims'];
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const STAND_IN = fileURLToPath(new URL('stand-in-psql.ts', import.meta.url));

/**
 * Puts a token per person into `directory`, and a script `as` that runs any PostgreSQL client as one
 * of them, by libpq's variables alone.
 *
 * @param port Of the gateway's listener for PostgreSQL.
 */
export async function writeWaysIn(
  provider: OidcProvider,
  port: number,
  directory: string,
): Promise<void> {
  for (const name of NAMES) {
    const token = provider.issueToken(name, { expiresInSeconds: TOKEN_SECONDS });
    await writeFile(join(directory, `token-${name}`), token, { mode: 0o600 });
  }
  const script = `#!/bin/sh
# Runs a PostgreSQL client as one of the demo's people.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
if [ $# -lt 2 ] || [ ! -f "$here/token-$1" ]; then
  echo "Usage: $0 NAME COMMAND..., where NAME is ${NAMES.join(', ')}" >&2
  exit 2
fi
export PGHOST=127.0.0.1 PGPORT=${port} PGDATABASE=hospital
export PGUSER="$1" PGPASSWORD="$(cat "$here/token-$1")"
export PGSSLMODE=verify-full PGSSLROOTCERT="$here/configuration/tls/ca.crt"
shift
if [ "$1" = psql ] && ! command -v psql > /dev/null; then
  shift
  exec ${quote(process.execPath)} ${quote(STAND_IN)} "$@"
fi
exec "$@"
`;
  await writeFile(join(directory, 'as'), script, { mode: 0o700 });
}

/** What an introduction speaks of. */
export interface IntroductionOptions {
  readonly directory: string;
  readonly patients: number;
  /** Who waits for a review. */
  readonly waiting: string;
}

/** Says what runs, who exists, and what to type. Paths are relative to where the demo was started. */
export function formatIntroduction(
  stack: HospitalStack,
  { directory, patients, waiting }: IntroductionOptions,
): string {
  const { postgres, api } = stack.gateway();
  const shown = (path: string): string => quote(relative(process.cwd(), path) || '.');
  const as = shown(join(directory, 'as'));
  const sallyport = shown(join(ROOT, 'bin/sallyport'));
  const data = shown(join(directory, 'data'));
  return `
Running, on this machine only:
  the gateway      PostgreSQL on 127.0.0.1:${postgres.port}, API on https://127.0.0.1:${api?.port}
  the console      https://127.0.0.1:${api?.port}/ (its certificate is the demo's own: your browser will warn)
  behind it        a hospital database with ${patients} patients, all of them invented${describeHost(stack)}${describeService(stack)}
  sign-in page     ${stack.provider.issuer}, where you become whoever you click on

The people: ana, an analyst (reads), noor, a nurse (reads charts, corrects notes), petra, the privacy
officer (sees who did what), and ci-claims, a CI job (claims only). A token is their password;
nobody has the database's.

In the console, sign in as Petra: ${waiting} waits for her review, and Noor broke the glass.

Type these in another terminal, in this directory:

  1  Ask the database something, then try what is not allowed:
     ${as} ana psql -c "SELECT count(*) FROM patients"
     ${as} ana psql -c "DROP TABLE patients"
     ${as} noor psql -c "UPDATE notes SET body = body || ' (checked)' WHERE id = 1"
     ${as} ci-claims psql -c "SELECT last_name, ssn FROM patients"

  2  Sign in as people do: open the link, choose Petra. Then see who did what, and what they saw:
     ${sallyport} login --gateway https://127.0.0.1:${api?.port} --ca ${shown(stack.authorityFile)} --device
     ${sallyport} sessions list
     ${sallyport} sessions play ID          # an id from the list

  3  Have something reviewed: the first command waits until Petra says yes, in the console or with the second
     ${as} ana psql -c "COPY patients TO STDOUT"
     ${sallyport} reviews list              # then: reviews approve ID, or reviews reject ID --comment '…'

  4  Read the ledger, and have it proved whole:
     ${sallyport} audit list ${data} --kind operation.refuse
     ${sallyport} audit verify ${data}

  5  Change a policy while "${as} ana psql" is open; the next statement follows the new one:
     ${shown(join(stack.configurationDirectory, 'policies'))}/
${describeHostSteps(stack, { sallyport, config: shown(join(directory, 'ssh_config')) })}${describeServiceSteps(
  stack,
  { token: shown(join(directory, 'token-ana')), authority: shown(stack.authorityFile) },
)}
Ctrl-C stops everything and removes ${shown(directory)}/.`;
}

function describeHost(stack: HospitalStack): string {
  if (stack.host === undefined) return '';
  return `
  and              a host with reports as files; SSH to it on 127.0.0.1:${stack.gateway().ssh?.port}`;
}

function describeService(stack: HospitalStack): string {
  if (stack.service === undefined) return '';
  return `
  and              a FHIR server with the same patients, at https://fhir.localhost:${stack.gateway().http?.port}`;
}

function describeHostSteps(
  { host }: HospitalStack,
  { sallyport, config }: { readonly sallyport: string; readonly config: string },
): string {
  if (host === undefined) return '';
  const reports = quote(host.directory);
  return `
  6  Reach the host: sign in as in 2, this time choosing Ana, then use plain ssh and sftp
     ${sallyport} ssh-config > ${config}
     ssh -F ${config} reports.sallyport cat ${reports}/2026-05.csv
     ssh -F ${config} reports.sallyport 'rm -rf /'
     ssh -F ${config} reports.sallyport systemctl stop billing    # waits for Petra
     sftp -F ${config} reports.sallyport:${reports}
`;
}

function describeServiceSteps(
  stack: HospitalStack,
  { token, authority }: { readonly token: string; readonly authority: string },
): string {
  if (stack.service === undefined) return '';
  const url = `https://fhir.localhost:${stack.gateway().http?.port}`;
  const curl = `curl --cacert ${authority} -H "Authorization: Bearer $(cat ${token})"`;
  return `
  7  Ask the FHIR server; in a browser, which signs you in on the way: ${url}/Patient/1
     ${curl} ${url}/Patient/1
     ${curl} -X DELETE ${url}/Patient/1
     ${curl} '${url}/Patient/$export'    # waits for Petra
`;
}

/** Quotes for a shell what needs it. */
function quote(text: string): string {
  return /^[\w./-]+$/u.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
