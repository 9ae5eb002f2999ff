import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { rootWithoutSources } from './configuration-root.ts';
import type { FileSide } from './credential-place.ts';
import { type TargetFile, targetFileSchema } from './target-file.ts';
import { readYamlDocument } from './yaml-document.ts';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIN0dHQ0dHQ0dHQ0dHQ0dHQ0dHQ0dHQ0dHQ0dHQ0dHQ0d ward';

/** Files of all kinds, without credential and connector. */
const KINDS = {
  postgres: 'kind: postgres\naddress: db.internal\ndatabase: ehr',
  ssh: 'kind: ssh\naddress: ward.internal\naccount: deploy',
  http: 'kind: http\naddress: fhir.internal',
  kubernetes: 'kind: kubernetes\naddress: api.internal',
} as const;

function read(
  text: string,
  side: FileSide = 'gateway',
): ReturnType<typeof readYamlDocument<TargetFile>> {
  const root = rootWithoutSources('/etc/sallyport');
  const schema = targetFileSchema({ root, name: 'ward', idleTimeoutMs: 0, side });
  return readYamlDocument('targets/ward.yaml', text, schema);
}

function readValid(text: string, side?: FileSide): TargetFile {
  const reading = read(text, side);
  if (reading.kind === 'invalid') assert.fail(JSON.stringify(reading.problems));
  return reading.value;
}

/** The messages of all problems. */
function complain(text: string, side?: FileSide): string {
  const reading = read(text, side);
  assert.equal(reading.kind, 'invalid', text);
  return reading.problems.map(({ line, message }) => `${line}: ${message}`).join('\n');
}

for (const [kind, text] of Object.entries(KINDS)) {
  describe(`where the credential of a target of kind ${kind} is`, () => {
    it('is at the connector, if the file of a gateway says so and names it', () => {
      const target = readValid(`${text}\nconnector: ward-3\ncredential: {at: connector}`);
      assert.deepEqual(target.connectors, ['ward-3']);
      assert.deepEqual(target.credential, { kind: 'elsewhere' });
      assert.match(
        complain(`${text}\ncredential: {at: connector}`),
        /Cannot read connector: must be given/,
      );
    });

    it('is at the gateway, if the file of a connector says so', () => {
      const target = readValid(`${text}\ncredential: {at: gateway}`, 'connector');
      assert.deepEqual(target.credential, { kind: 'elsewhere' });
      assert.match(
        complain(`${text}\ncredential: {at: connector}`, 'connector'),
        /must be \{at: gateway\}/,
      );
      assert.match(
        complain(`${text}\ncredential: {at: gateway}\nconnector: ward-3`, 'connector'),
        /Cannot read connector: must not be given: this is the connector/,
      );
    });

    it('is in one place', () => {
      const start = `${text}\nconnector: ward-3\ncredential:`;
      for (const credential of [
        '{at: gateway}',
        '{at: here}',
        '{at: connector, password: env:P}',
        '{at: [connector]}',
      ]) {
        assert.match(
          complain(`${start} ${credential}`),
          /5?: Cannot read credential: must be \{at: connector\}/,
        );
      }
    });

    it('decides which file says how the target is checked', () => {
      const [setting, path] =
        kind === 'ssh' ? [`hostKeys: ["${KEY}"]`, 'hostKeys'] : ['tls: {mode: require}', 'tls'];
      const start = `${text}\nconnector: ward-3\ncredential: {at: connector}`;
      const expected = new RegExp(`Cannot read ${path}: must not be given: the connector logs in`);
      assert.match(complain(`${start}\n${setting}`), expected);
    });
  });
}

describe('the connectors of a target', () => {
  const start = `${KINDS.postgres}\ncredential: {user: u}\nconnector:`;

  it('are one, or several that differ', () => {
    assert.deepEqual(readValid(`${start} ward-3`).connectors, ['ward-3']);
    assert.deepEqual(readValid(`${start} [ward-3, ward-4]`).connectors, ['ward-3', 'ward-4']);
    assert.match(complain(`${start} []`), /Cannot read connector: must not be empty/);
    assert.match(complain(`${start} [a, a]`), /must not name a connector twice/);
    for (const wrong of ['"a b"', '3', '{name: a}']) {
      assert.match(
        complain(`${start} ${wrong}`),
        /Cannot read connector: must be the name of a connector/,
      );
    }
  });

  it('leave the credential where it is', () => {
    assert.deepEqual(readValid(`${start} ward-3`).credential, { kind: 'user', user: 'u' });
  });
});

describe('a credential that is here', () => {
  it('is complained of by its own fields, and never repeated', () => {
    const message = complain(`${KINDS.postgres}\ncredential: {user: u, password: hunter2}`);
    assert.match(message, /4: Cannot read credential.password: must be a reference/);
    assert.doesNotMatch(message, /hunter2/);
    assert.match(complain(KINDS.postgres), /Cannot read credential: is missing/);
    assert.match(
      complain(`${KINDS.postgres}\ncredential: {usr: u}`),
      /unknown key; did you mean user\?/,
    );
  });
});
