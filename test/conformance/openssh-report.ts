import type { OpenSshOutcome } from './openssh-suite.ts';

/** Why a test fails through the gateway that passes direct. */
const REASONS: ReadonlyMap<string, string> = new Map();

/** Tests that fail through the gateway only, without a reason that is known. */
export function findUnexplainedFailures(outcomes: readonly OpenSshOutcome[]): readonly string[] {
  return findDifferences(outcomes).filter((script) => !REASONS.has(script));
}

/** The section of docs/conformance.md. */
export function formatOpenSsh(outcomes: readonly OpenSshOutcome[]): string {
  const rows = outcomes.map(({ way, passed, failed }) => {
    const names = failed.map(({ script }) => script).join(', ');
    return `| ${way} | ${passed.length} of ${passed.length + failed.length} | ${names || '–'} |`;
  });
  const reasons = findDifferences(outcomes).map(
    (script) => `- \`${script}\`: ${REASONS.get(script) ?? 'not known'}.`,
  );
  return [
    "`npm run conformance -- openssh` runs the regression tests of OpenSSH's client (`regress/*.sh` of the Debian source package) that",
    'need nothing of the server but to serve, against a private `sshd`: direct, and through the gateway. Tests that set the',
    'server up in a way of their own, or do without one, are left out, and so are ciphers, MACs and key exchanges that the',
    'gateway does not offer ([decision 200](decisions/0200-an-ssh-transport-of-our-own.md)).',
    '',
    `Scripts: ${listScripts(outcomes)}.`,
    '',
    '| Way | Passed | Failed |',
    '|---|---|---|',
    ...rows,
    ...(reasons.length === 0 ? [] : ['', 'What fails through the gateway only:', '', ...reasons]),
    '',
  ].join('\n');
}

function findDifferences(outcomes: readonly OpenSshOutcome[]): readonly string[] {
  const direct = outcomes.find(({ way }) => way === 'direct');
  const through = outcomes.find(({ way }) => way !== 'direct');
  const failed = through?.failed.map(({ script }) => script) ?? [];
  return failed.filter((script) => direct?.passed.includes(script) === true);
}

function listScripts(outcomes: readonly OpenSshOutcome[]): string {
  const [{ passed, failed } = { passed: [], failed: [] }] = outcomes;
  const names = [...passed, ...failed.map(({ script }) => script)].toSorted();
  return names.map((name) => `\`${name}\``).join(', ');
}
