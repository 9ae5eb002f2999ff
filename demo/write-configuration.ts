import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseDocument } from 'yaml';
import type { CertificateAndKey } from '../src/gateway/certificates.ts';

/** A change to a YAML file: the path of a key, and its value. `undefined` removes the key. */
export type Change = readonly [path: readonly (string | number)[], value: unknown];

/** What a demo or test puts in place of an example's placeholders. */
export interface ConfigurationSettings {
  /** Directory below `examples/`. */
  readonly example: 'hospital' | 'allow-all';
  readonly certificate: CertificateAndKey;
  /** PEM of the authority that signed the target's certificate. */
  readonly authorityPem: string;
  readonly gateway: readonly Change[];
  /** By target name: changes to its file. */
  readonly targets: Readonly<Record<string, readonly Change[]>>;
  /** Files beside the example's: name and text, readable by the owner only. */
  readonly secrets?: Readonly<Record<string, string>>;
}

const EXAMPLES = fileURLToPath(new URL('../examples/', import.meta.url));

/** Writes a configuration directory: an example's files, with ports and paths that are real here. */
export async function writeConfiguration(
  directory: string,
  { example, certificate, authorityPem, gateway, targets, secrets = {} }: ConfigurationSettings,
): Promise<void> {
  await cp(join(EXAMPLES, example), directory, { recursive: true });
  await mkdir(join(directory, 'tls'), { recursive: true });
  await writeFile(join(directory, 'tls/server.crt'), certificate.certificatePem);
  await writeFile(join(directory, 'tls/server.key'), certificate.keyPem, { mode: 0o600 });
  await writeFile(join(directory, 'tls/ca.crt'), authorityPem);
  await mkdir(join(directory, 'secrets'), { recursive: true, mode: 0o700 });
  for (const [name, text] of Object.entries(secrets)) {
    await writeFile(join(directory, 'secrets', name), text, { mode: 0o600 });
  }
  await changeYaml(join(directory, 'sallyport.yaml'), gateway);
  for (const [name, changes] of Object.entries(targets)) {
    await changeYaml(join(directory, 'targets', `${name}.yaml`), changes);
  }
}

/** Changes a YAML file where it is, keeping what else is in it. */
export async function changeYaml(path: string, changes: readonly Change[]): Promise<void> {
  const document = parseDocument(await readFile(path, 'utf8'));
  for (const [key, value] of changes) {
    if (value === undefined) document.deleteIn(key);
    else document.setIn(key, document.createNode(value));
  }
  await writeFile(path, document.toString());
}
