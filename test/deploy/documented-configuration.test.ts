import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { ConfigurationError } from '../../src/configuration/configuration-error.ts';
import { loadConfiguration } from '../../src/configuration/load-configuration.ts';

const DOCUMENTS = fileURLToPath(new URL('../../docs/', import.meta.url));

type Document = Record<string, unknown>;
/** Contents by path in a configuration directory. */
type Files = Readonly<Record<string, unknown>>;

/** A gateway that has nothing but what every gateway must have, and what examples refer to. */
const GATEWAY: Document = {
  listeners: { postgres: [{ address: '127.0.0.1:0' }] },
  identity: {
    providers: [{ name: 'clinic', issuer: 'https://login.clinic.example', audiences: ['a'] }],
  },
  vault: { key: 'env:VAULT_KEY' },
  channels: [{ name: 'pager', kind: 'teams', url: 'env:PAGER' }],
};
/** A public key of a host. */
const HOST_KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIEAqTSlUpZnVWJ5Zyb1xIHyaqU/SGbPRx4wlR5LJwA6';
/** Targets that have nothing but what they must have, by kind. */
const TARGETS: Readonly<Record<string, Document>> = {
  postgres: {
    kind: 'postgres',
    address: 'database:5432',
    database: 'hospital',
    credential: { user: 'sallyport', password: 'env:PASSWORD' },
  },
  ssh: {
    kind: 'ssh',
    address: 'host:22',
    account: 'deploy',
    credential: { password: 'env:PASSWORD' },
    hostKeys: [HOST_KEY],
  },
  http: { kind: 'http', address: 'service:443', credential: { none: true } },
};
/** Sources of secrets that examples of targets refer to. */
const SECRETS = {
  secrets: {
    bao: { kind: 'openbao', address: 'https://bao.example', auth: { token: 'env:TOKEN' } },
    'prod-aws': { kind: 'aws-secretsmanager', region: 'eu-central-1' },
  },
};

/** What examples leave out, and what could stand there. */
const LEFT_OUT: readonly (readonly [pattern: RegExp, text: string])[] = [
  [/^ *…$/m, '      issuer: https://login.clinic.example\n      audiences: [a, sallyport-console]'],
  [/ssh-ed25519 \w+…/, HOST_KEY],
  [/age1…/, 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p'],
];
/** Examples of other files than a gateway's: an object of Kubernetes, a connector's, tests of policies. */
const ELSEWHERE = ['apiVersion', 'enrolment', 'tests'];
/** Keys of `targets/*.yaml` with which an example begins that is a part of one. */
const OF_TARGETS = ['dataMap', 'fhir', 'grpc', 'onReview'];

/** Each example in YAML of the documentation, with the page that it stands on. */
async function readExamples(): Promise<readonly { page: string; text: string }[]> {
  const pages = globSync('*.md', { cwd: DOCUMENTS }).sort();
  const examples = pages.map(async (page) => {
    const markdown = await readFile(join(DOCUMENTS, page), 'utf8');
    const texts = [...markdown.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text = '']) => text);
    return texts.map((text) => ({ page, text }));
  });
  return (await Promise.all(examples)).flat();
}

/** The directory that an example is a part of; undefined if it is not a gateway's, or has keys cut off. */
function completeExample(page: string, example: string): Files | undefined {
  let text = example;
  for (const [pattern, whole] of LEFT_OUT) text = text.replace(pattern, whole);
  if (text.replaceAll(/#.*/g, '').includes('…')) return undefined;
  // Two files, one after the other: each is told by its name.
  const parts = text.split(/^(?=# targets\/)/m).filter((part) => part.trim() !== '');
  if (parts.length > 1) {
    const files: Record<string, unknown> = { 'sallyport.yaml': { ...GATEWAY, ...SECRETS } };
    for (const part of parts) {
      files[/targets\/\S+\.yaml/.exec(part)?.[0] ?? ''] = completeTarget(page, part);
    }
    return files;
  }
  const parsed = parse(text) as Document | readonly Document[];
  const document = (
    Array.isArray(parsed) ? { identity: { providers: parsed } } : parsed
  ) as Document;
  if (ELSEWHERE.some((key) => key in document)) return undefined;
  const values = document['gateway'] as { configuration?: Record<string, string> } | undefined;
  if (values?.configuration !== undefined) return values.configuration;
  const isTarget = 'kind' in document || OF_TARGETS.some((key) => key in document);
  if (isTarget || 'detectors' in document) {
    return { 'sallyport.yaml': GATEWAY, 'targets/t.yaml': completeTarget(page, text) };
  }
  const listeners = { ...(GATEWAY['listeners'] as object), ...(document['listeners'] as object) };
  const identity = { ...(GATEWAY['identity'] as object), ...(document['identity'] as object) };
  return { 'sallyport.yaml': { ...GATEWAY, ...document, listeners, identity } };
}

function completeTarget(page: string, text: string): Document {
  const document = parse(text) as Document;
  const target = 'detectors' in document ? { dataMap: document } : document;
  if ('kind' in target) return target;
  const kind = page.startsWith('http') ? 'http' : page.startsWith('ssh') ? 'ssh' : 'postgres';
  return { ...TARGETS[kind], ...target };
}

/** What is wrong with a configuration, but that files that it names are not there. */
async function findProblems(files: Files): Promise<readonly string[]> {
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-documented-'));
  try {
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(directory, path)), { recursive: true });
      const text = typeof content === 'string' ? content : stringify(content);
      await writeFile(join(directory, path), text);
    }
    await loadConfiguration(directory);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    const problems = error.problems.map(({ message }) => message);
    return problems.filter((message) => !message.endsWith('must be a file that exists'));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

describe('examples of a configuration in the documentation', () => {
  it('are taken as they stand there', async () => {
    let taken = 0;
    for (const { page, text } of await readExamples()) {
      const files = completeExample(page, text);
      if (files === undefined) continue;
      assert.deepEqual(await findProblems(files), [], `${page}:\n${text}`);
      taken++;
    }
    assert.ok(taken > 30, `${taken} examples`);
  });

  it('are told wrong from right', async () => {
    const wrong = completeExample('masking.md', 'dataMap: { columns: { public.p.ssn: snn } }\n');
    assert.notDeepEqual(await findProblems(wrong ?? {}), []);
    assert.notDeepEqual(await findProblems({ 'sallyport.yaml': { ...GATEWAY, limit: {} } }), []);
  });
});
