import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createOpenapi } from '../src/api/openapi.ts';
import { CHECKOUT } from './source-file.ts';

/** What is made from the contract, by path in the checkout. */
export interface GeneratedFile {
  readonly path: string;
  readonly text: string;
}

const DOCUMENT_PATH = 'docs/openapi.json';
const CLIENT_PATH = 'src/api/paths.ts';

/** It brings a TypeScript of its own, and lives in the console's workspace for that. */
const GENERATOR = 'console/node_modules/openapi-typescript/bin/cli.js';
const FORMATTER = 'node_modules/.bin/biome';

const CLIENT_HEAD = `// NOTE: long file: generated from docs/openapi.json by tools/generate-client.ts
// The contract as types of requests and answers, for \`openapi-fetch\`. Do not change it by hand.

`;

/** Makes the OpenAPI document and the types of the client from the route table. */
export function generateClient(): readonly GeneratedFile[] {
  const { version } = JSON.parse(read('package.json')) as { version: string };
  const document = `${JSON.stringify(createOpenapi(version), null, 2)}\n`;
  const generated = run(process.execPath, [GENERATOR], document)
    .replace(/^\/\*\*[^]*?\*\/\s*/, '')
    // Nothing of either is in the contract.
    .replace(/^export type (?:webhooks|\$defs) = Record<string, never>;\n/gm, '');
  const client = format(CLIENT_PATH, CLIENT_HEAD + generated);
  return [
    { path: DOCUMENT_PATH, text: format(DOCUMENT_PATH, document) },
    { path: CLIENT_PATH, text: client },
  ];
}

/** Those of the files that are not what the contract would make of them now. */
export function findStaleFiles(files: readonly GeneratedFile[]): readonly string[] {
  return files.filter(({ path, text }) => read(path) !== text).map(({ path }) => path);
}

function read(path: string): string {
  return readFileSync(join(CHECKOUT, path), 'utf8');
}

function format(path: string, text: string): string {
  return run(FORMATTER, ['format', `--stdin-file-path=${path}`], text);
}

function run(program: string, args: readonly string[], input: string): string {
  return execFileSync(program, args, {
    cwd: CHECKOUT,
    input,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
}

if (import.meta.main) {
  for (const { path, text } of generateClient()) writeFileSync(join(CHECKOUT, path), text);
}
