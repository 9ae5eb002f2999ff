import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { ConfigurationProblem } from '../../configuration/configuration-error.ts';
import { type Configuration, loadConfiguration } from '../../configuration/load-configuration.ts';
import { findDocumentProblems } from './find-document-problems.ts';

const GATEWAY = `listeners: {http: [{address: '127.0.0.1:8443'}]}
http: {suffix: sallyport.example}
identity: {providers: [{name: clinic, issuer: https://a.example, audiences: [sallyport]}]}
`;
const TARGET = `kind: http
address: a.example
credential: {none: true}
openapi: api.yaml
grpc: {descriptors: api.pb}
`;

/** Messages about a target whose documents are these. */
async function complain(openapi: string, descriptors: Buffer): Promise<readonly string[]> {
  return describeProblems(findDocumentProblems(await configure(openapi, descriptors)));
}

function describeProblems(problems: readonly ConfigurationProblem[]): readonly string[] {
  return problems.map(({ file, message }) => `${file}: ${message}`);
}

async function configure(openapi: string, descriptors: Buffer): Promise<Configuration> {
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-documents-'));
  try {
    await mkdir(join(directory, 'targets'));
    await writeFile(join(directory, 'sallyport.yaml'), GATEWAY);
    await writeFile(join(directory, 'targets/a.yaml'), TARGET);
    await writeFile(join(directory, 'api.yaml'), openapi);
    await writeFile(join(directory, 'api.pb'), descriptors);
    return await loadConfiguration(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

describe('findDocumentProblems', () => {
  it('has nothing to say of documents that can be read', async () => {
    const openapi = 'openapi: 3.1.0\npaths: {/a: {}}\n';
    assert.deepEqual(await complain(openapi, Buffer.alloc(0)), []);
  });

  it('names the target of each that cannot be, and why', async () => {
    const descriptors = Buffer.from('no descriptors');
    for (const openapi of ['swagger: "2.0"', '{"openapi": ', '- a']) {
      assert.deepEqual(await complain(openapi, descriptors), [
        'targets/a.yaml: Cannot read openapi: must be an OpenAPI document of version 3 with paths, in YAML or JSON',
        'targets/a.yaml: Cannot read grpc.descriptors: must be a FileDescriptorSet with all that its files import',
      ]);
    }
  });

  it('reads nothing again that a target had before, and what it has now though another had it', async () => {
    const before = await configure('- a', Buffer.alloc(0));
    const [target] = before.targets;
    assert(target?.kind === 'http');
    assert.deepEqual(findDocumentProblems(before, before), []);
    const { openapiFile, ...undescribed } = target;
    assert(openapiFile !== undefined);
    const documents = new Map([...before.documents, [openapiFile, Buffer.from('- b')]]);
    for (const [next, known] of [
      [{ ...before, documents }, before],
      [before, { ...before, documents: new Map() }],
      [before, { ...before, targets: [] }],
      [before, { ...before, targets: [{ ...target, name: 'b' }, undescribed] }],
    ] as const) {
      const [problem] = findDocumentProblems(next, known);
      assert.match(problem?.message ?? '', /^Cannot read openapi/);
    }
  });
});
