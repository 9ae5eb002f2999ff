import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { parseMediaType } from '../../wire/http/media-type.ts';
import type { BodyMasking } from '../bodies/body-masking.ts';
import { compileDetectors } from '../detectors/detectors.ts';
import { createMaskKeys } from '../masks/pseudonym-keys.ts';
import { openTextMasks } from '../open-text-masks.ts';
import { openKubernetesMasking } from './kubernetes-masking.ts';

const CONTEXT = { keys: createMaskKeys(Buffer.alloc(32, 7), 1), thisYear: 2026 };
const SECRETS = '/api/v1/namespaces/ward/secrets';
const PASSWORD = 'opensesame-4711';
const ENCODED = Buffer.from(PASSWORD).toString('base64');
const MASKED = Buffer.from('[redacted]').toString('base64');
const NOTHING = new Map<string, readonly string[]>();

const ALL = new Map<string, readonly string[]>([
  ['secret', []],
  ['free-text', []],
]);

/** Compiling takes half a second: one for all. */
const masking: BodyMasking = openKubernetesMasking({
  dataMap: { secrets: 'mask', output: 'inspect', masks: {}, customClasses: [], detectors: [] },
  textMasks: openTextMasks(compileDetectors(), () => CONTEXT),
  context: () => CONTEXT,
});

function mask(
  path: string,
  body: unknown,
  { shown = NOTHING, cuts = [] as readonly number[] } = {},
): string {
  const subject = {
    ...{ method: 'GET', path, status: 200 },
    mediaType: parseMediaType('application/json'),
  };
  const plan = masking.planResponse(subject, shown);
  assert(plan.kind === 'masked' || plan.kind === 'inspected');
  const output: Buffer[] = [];
  const masker = plan.openMasker((bytes) => void output.push(bytes));
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const ends = [...cuts.toSorted((left, right) => left - right), bytes.length];
  let from = 0;
  for (const end of ends) {
    const piece = Buffer.from(bytes.subarray(from, end));
    masker.push(piece);
    piece.fill(0);
    from = end;
  }
  masker.end();
  return Buffer.concat(output).toString();
}

function secret(others: object = {}): object {
  return {
    ...{ kind: 'Secret', apiVersion: 'v1', metadata: { name: 'db', uid: '1' } },
    ...{ type: 'Opaque', data: { password: ENCODED } },
    ...others,
  };
}

function assertHidden(text: string): void {
  assert(!text.includes(PASSWORD), text);
  assert(!text.includes(ENCODED), text);
}

describe('openKubernetesMasking', () => {
  it('masks the data of a Secret and nothing else of it', () => {
    const shown = JSON.parse(mask(`${SECRETS}/db`, secret())) as object;
    assert.deepEqual(shown, { ...secret(), data: { password: MASKED } });
  });

  it('masks Secrets in lists, whose items name no kind, and in lists of anything', () => {
    const item = { ...secret(), kind: undefined };
    assertHidden(mask(SECRETS, { kind: 'SecretList', apiVersion: 'v1', items: [item] }));
    assertHidden(mask('/apis/any/v1/things', { kind: 'List', metadata: {}, items: [secret()] }));
  });

  it('masks each event of a watch as soon as it is whole, wherever it is cut', () => {
    const events = `${JSON.stringify({ type: 'ADDED', object: secret() })}\n`.repeat(2);
    const whole = mask(SECRETS, events);
    assertHidden(whole);
    assert.equal(whole.split('\n').length, 3);
    for (let cut = 0; cut < events.length; cut++) {
      assert.equal(mask(SECRETS, events, { cuts: [cut] }), whole);
    }
  });

  it('masks what a Table has of its objects', () => {
    const annotations = {
      'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(secret()),
    };
    const object = { kind: 'PartialObjectMetadata', metadata: { name: 'db', annotations } };
    const table = { kind: 'Table', columnDefinitions: [], rows: [{ cells: ['db', 1], object }] };
    const shown = mask(SECRETS, table);
    assertHidden(shown);
    assert(shown.includes('"cells":["db",1]'));
    assertHidden(mask(SECRETS, { ...table, rows: [{ cells: [], object: secret() }] }));
  });

  it('masks copies in annotations: what was applied, other documents, the value itself', () => {
    const applied = 'kubectl.kubernetes.io/last-applied-configuration';
    const copies = {
      [applied]: `${JSON.stringify(secret({ stringData: { pin: PASSWORD } }))}\n`,
      'example.com/copy': JSON.stringify({ nested: PASSWORD }),
      'example.com/value': `is ${ENCODED}`,
      'example.com/note': 'rotated by hand',
    };
    const shown = mask(`${SECRETS}/db`, secret({ metadata: { name: 'db', annotations: copies } }));
    assertHidden(shown);
    assert(shown.includes('rotated by hand'));
    // The same on an object of another kind, and where it is no JSON.
    const other = { kind: 'Thing', metadata: { annotations: { [applied]: copies[applied] } } };
    assertHidden(mask('/apis/a/v1/things/x', other));
    const broken = secret({ metadata: { annotations: { [applied]: `{"data": ${PASSWORD}` } } });
    assertHidden(mask(`${SECRETS}/db`, broken));
  });

  it('masks annotations of a Secret that is shown without its data: any may be a copy of it', () => {
    const annotations = {
      'example.com/copy': JSON.stringify({ nested: PASSWORD }),
      'example.com/value': `is ${ENCODED}`,
      'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(secret()),
    };
    const object = {
      kind: 'PartialObjectMetadata',
      metadata: { name: 'db', labels: { app: 'web' }, annotations },
    };
    const shown = mask(`${SECRETS}/db`, object);
    assertHidden(shown);
    assert(shown.includes('"app":"web"'));
    assertHidden(mask(SECRETS, { kind: 'PartialObjectMetadataList', items: [object] }));
    assertHidden(mask(SECRETS, { kind: 'Table', rows: [{ cells: ['db'], object }] }));
    // Of an object of another kind nothing is known to be hidden.
    assert(mask('/api/v1/namespaces/ward/pods/db', object).includes(PASSWORD));
  });

  it('masks every value of a key that is there twice', () => {
    const twice = `{"kind":"Secret","metadata":{},"data":{"a":"${ENCODED}","a":"${ENCODED}"},"data":{"b":"${ENCODED}"}}`;
    assertHidden(mask(`${SECRETS}/db`, twice));
    assertHidden(
      mask('/api/v1/namespaces/ward/pods/x', twice.replace('{"kind"', '{"kind":"Pod","kind"')),
    );
  });

  it('masks variables by their names, wherever containers are, and looks through the others', () => {
    const env = [
      { name: 'DB_PASSWORD', value: PASSWORD },
      { name: 'CONTACT', value: 'SSN 219-09-9999' },
      { name: 'MODE', value: 'fast' },
    ];
    const args = ['--contact=SSN 219-09-9999'];
    const template = { spec: { containers: [{ name: 'app', env, args }] } };
    const shown = mask('/apis/apps/v1/namespaces/ward/deployments/web', {
      ...{ kind: 'Deployment', metadata: { name: 'web' }, spec: { template } },
    });
    assertHidden(shown);
    assert(!shown.includes('219-09-9999'));
    assert(shown.includes('"value":"fast"'));
  });

  it('looks through ConfigMaps and the messages of events', () => {
    const data = { note: 'SSN 219-09-9999', mode: 'fast' };
    const map = { kind: 'ConfigMap', metadata: { name: 'm' }, data };
    const shown = mask('/api/v1/namespaces/ward/configmaps/m', map);
    assert(!shown.includes('219-09-9999'));
    assert(shown.includes('"mode":"fast"'));
    // In a list it names no kind.
    const list = { kind: 'ConfigMapList', items: [{ metadata: { name: 'm' }, data }] };
    assert(!mask('/api/v1/namespaces/ward/configmaps', list).includes('219-09'));
    const event = { metadata: {}, message: 'SSN 219-09-9999' };
    assert(!mask('/api/v1/events', { kind: 'EventList', items: [event] }).includes('219-09'));
  });

  it('looks through messages in each Table of a watch, of which only the first names its columns', () => {
    const event = (columnDefinitions: readonly object[] | null): string => {
      const rows = [{ cells: ['web.1', 'SSN 219-09-9999', 'MRN4711-22'], object: null }];
      return `${JSON.stringify({ type: 'ADDED', object: { kind: 'Table', columnDefinitions, rows } })}\n`;
    };
    const columns = ['Name', 'Message', 'Note'].map((name) => ({ name, type: 'string' }));
    const shown = mask('/api/v1/events', `${event(columns)}${event(null)}${event([])}`);
    assert(!shown.includes('219-09'), shown);
    assert.equal(shown.split('MRN4711-22').length, 4);
    assert(!mask('/api/v1/events', event(null)).includes('219-09'));
  });

  it('leaves everything else byte for byte', () => {
    const pod =
      '{ "kind":"Pod", "metadata":{"name":"a","n":1.0}, "big":12345678901234567890,\n "x":"\\u00e9"}';
    assert.equal(mask('/api/v1/namespaces/ward/pods/a', pod), pod);
  });

  it('shows Secrets to who may see them, and says so', () => {
    const shown = new Map([
      ['secret', ['policy']],
      ['free-text', ['policy']],
    ]);
    const subject = { method: 'GET', path: SECRETS, mediaType: parseMediaType('application/json') };
    assert.equal(masking.hidesAny(shown), false);
    const plan = masking.planResponse(subject, shown);
    assert(plan.kind === 'raw' && plan.openObserver !== undefined);
    const output: Buffer[] = [];
    const observer = plan.openObserver((bytes) => void output.push(bytes));
    const body = Buffer.from(JSON.stringify(secret()));
    observer.push(body);
    observer.end();
    assert.deepEqual(Buffer.concat(output), body);
    assert.deepEqual(observer.describe().raw, { secret: ['policy'] });
  });

  it('refuses objects in forms that are not masked, and asks for JSON', () => {
    for (const type of [
      'application/vnd.kubernetes.protobuf',
      'application/yaml',
      'application/cbor',
    ]) {
      const subject = { method: 'GET', path: SECRETS, mediaType: parseMediaType(type) };
      assert.equal(masking.planResponse(subject, NOTHING).kind, 'refused');
    }
    const table = 'application/json;as=Table;v=v1;g=meta.k8s.io';
    const accepts: readonly (readonly [string | undefined, string])[] = [
      ['application/vnd.kubernetes.protobuf', 'application/json'],
      [
        `application/vnd.kubernetes.protobuf;as=Table, ${table},application/json`,
        `${table}, application/json`,
      ],
      ['*/*', 'application/json'],
      [undefined, 'application/json'],
    ];
    for (const [accept, taken] of accepts) {
      assert.equal(masking.chooseAccepted?.(SECRETS, accept), taken);
    }
    assert.equal(
      masking.chooseAccepted?.('/openapi/v2', 'application/com.github.proto'),
      undefined,
    );
  });

  it('refuses writes that would store masks, and patches that read what is hidden', () => {
    const check = (type: string, body: string): string | undefined =>
      masking.checkWrite(
        { method: 'PATCH', path: `${SECRETS}/db`, mediaType: parseMediaType(type) },
        Buffer.from(body),
        NOTHING,
      );
    const masked = mask(`${SECRETS}/db`, secret());
    assert.match(check('application/json', masked) ?? '', /mask/);
    assert.match(
      check('application/apply-patch+yaml', `data:\n  password: ${MASKED}\n`) ?? '',
      /mask/,
    );
    const patch = 'application/json-patch+json';
    for (const op of ['test', 'copy', 'move']) {
      const operations = [{ op, path: '/metadata/labels/a', from: '/data/password' }];
      assert.match(check(patch, JSON.stringify(operations)) ?? '', /reads what is hidden/);
    }
    assert.match(check(patch, '[{"op":"add","op":"copy"}]') ?? '', /reads what is hidden/);
  });

  it('refuses writes to a Secret that would tell by their outcome whether a guess was right', () => {
    const check = (
      method: string,
      type: string,
      body: unknown,
      shown = NOTHING,
    ): string | undefined =>
      masking.checkWrite(
        { method, path: `${SECRETS}/db`, mediaType: parseMediaType(type) },
        Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
        shown,
      );
    const [merge, patch] = ['application/merge-patch+json', 'application/json-patch+json'];
    const applied = { 'kubectl.kubernetes.io/last-applied-configuration': '{}' };
    const labels = { metadata: { labels: { a: 'b' } } };
    for (const [method, type, body] of [
      ['PUT', 'application/json', secret()],
      ['PUT', 'application/yaml', 'data: {password: eA==}'],
      ['PUT', 'application/vnd.kubernetes.protobuf', ''],
      ['PATCH', merge, { data: { password: 'eA==' } }],
      ['PATCH', merge, '{"\\u0064ata":{}}'],
      ['PATCH', merge, { stringData: { password: 'x' } }],
      ['PATCH', merge, { metadata: { annotations: applied } }],
      ['PATCH', 'application/strategic-merge-patch+json', { data: {} }],
      ['PATCH', 'application/apply-patch+yaml', labels],
      ['PATCH', patch, [{ op: 'add', path: '/data/a', value: 'eA==' }]],
      ['PATCH', patch, [{ op: 'replace', path: '', value: {} }]],
    ] as const) {
      assert.match(
        check(method, type, body) ?? '',
        /would tell/,
        `${type} ${JSON.stringify(body)}`,
      );
      assert.equal(check(method, type, body, new Map([['secret', []]])), undefined);
    }
    assert.equal(check('POST', 'application/json', secret()), undefined);
    assert.equal(check('PATCH', merge, labels), undefined);
    const operation = { op: 'add', path: '/metadata/labels/a', value: 'b' };
    assert.equal(check('PATCH', patch, [operation]), undefined);
  });

  it('refuses writes to workloads that would tell or show what a variable of a container is', () => {
    const path = '/apis/apps/v1/namespaces/ward/deployments/web';
    const check = (type: string, body: unknown, query = '', shown = NOTHING): string | undefined =>
      masking.checkWrite(
        { method: 'PATCH', path, query, mediaType: parseMediaType(type) },
        Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
        shown,
      );
    const patch = 'application/json-patch+json';
    const apply = 'application/apply-patch+yaml';
    const merge = 'application/strategic-merge-patch+json';
    const env = '/spec/template/spec/containers/0/env';
    const withVariable = (name: string): object => ({
      spec: { template: { spec: { containers: [{ name: 'web', env: [{ name, value: 'x' }] }] } } },
    });
    for (const operation of [
      { op: 'test', path: `${env}/0/value`, value: PASSWORD },
      { op: 'test', path: `${env}/0`, value: { name: 'DB_PASSWORD', value: PASSWORD } },
      { op: 'test', path: '', value: {} },
      { op: 'test', path: '/spec/template/spec/containers/0/args/1', value: 'x' },
      { op: 'test', path: '/metadata/annotations/a', value: 'x' },
      { op: 'test', path: '/DATA/password', value: 'x' },
      { op: 'copy', from: `${env}/0/value`, path: '/metadata/labels/a' },
      { op: 'move', from: '/spec/template', path: '/spec/other' },
      { op: 'Test', path: '/metadata/name', value: 'web' },
      { op: 'test', value: 'x' },
    ]) {
      assert.match(check(patch, [operation]) ?? '', /reads what may be hidden/, operation.path);
    }
    assert.match(
      check(patch, '[{"op":"test","op":"add","path":"/metadata/name","value":"a"}]') ?? '',
      /reads what may be hidden/,
    );
    assert.match(check(patch, [{ op: 'remove', path: `${env}/0/name` }]) ?? '', /or none/);
    for (const op of ['add', 'replace']) {
      const renamed = [{ op, path: `${env}/0/name`, value: 'COLOUR' }];
      assert.match(check(patch, renamed) ?? '', /under another name/);
      const guessed = [{ op, path: `${env}/0/value`, value: PASSWORD }];
      assert.match(check(patch, guessed, 'dryRun=All') ?? '', /would tell/);
      const within = [{ op, path: '/spec', value: withVariable('API_KEY') }];
      assert.match(check(patch, within, 'dryRun=All') ?? '', /would tell/);
      assert.equal(check(patch, guessed), undefined);
    }
    for (const [type, body, query] of [
      [apply, withVariable('DB_PASSWORD'), 'fieldManager=a'],
      [apply, 'spec: {template: {}}', 'fieldManager=a&force=true'],
      [merge, withVariable('DB_PASSWORD'), 'dryRun=All'],
      [merge, withVariable('DB_PASSWORD'), 'fieldManager=a;%64ryRun=All'],
      [merge, { data: { contact: 'SSN 219-09-9999' } }, 'dryRun=All'],
    ] as const) {
      assert.match(check(type, body, query) ?? '', /would tell/, query);
      assert.equal(check(type, body, query, ALL), undefined);
    }
    for (const [type, body, query] of [
      [patch, [{ op: 'test', path: '/metadata/resourceVersion', value: '7' }], ''],
      [patch, [{ op: 'test', path: '/spec/template/spec/containers/0/image', value: 'a' }], ''],
      [patch, [{ op: 'copy', from: '/metadata/labels/a', path: '/metadata/labels/b' }], ''],
      [patch, [{ op: 'remove', path: `${env}/0` }], 'dryRun=All'],
      [apply, withVariable('COLOUR'), 'fieldManager=a'],
      [merge, withVariable('DB_PASSWORD'), ''],
      [merge, withVariable('COLOUR'), 'dryRun=All'],
      [merge, { data: { mode: 'fast' } }, 'dryRun=All'],
    ] as const) {
      assert.equal(check(type, body, query), undefined, JSON.stringify(body));
    }
  });

  it('refuses a patch whose type the API server reads, and the gateway cannot', () => {
    const check = (path: string, type: string, shown = NOTHING): string | undefined =>
      masking.checkWrite(
        { method: 'PATCH', path, mediaType: parseMediaType(type) },
        Buffer.from('[{"op":"test","path":"/metadata/name","value":"a"}]'),
        shown,
      );
    for (const path of [`${SECRETS}/db`, '/apis/apps/v1/namespaces/ward/deployments/web']) {
      for (const type of ['json-patch+json; a', 'apply-patch+yaml;a=b;a=b', 'json-patch+json;;a']) {
        assert.match(check(path, `application/${type}`) ?? '', /Content-Type cannot be read/, type);
        assert.equal(check(path, `application/${type}`, ALL), undefined);
      }
    }
  });

  it('refuses guesses at variables of what never changes: a wrong one is refused by the cluster, and leaves no trace', () => {
    const variables = { containers: [{ name: 'web', env: [{ name: 'DB_PASSWORD', value: 'x' }] }] };
    const check = (path: string, spec: object, type = 'merge-patch+json'): string | undefined =>
      masking.checkWrite(
        { method: 'PATCH', path, query: '', mediaType: parseMediaType(`application/${type}`) },
        Buffer.from(JSON.stringify(spec)),
        NOTHING,
      );
    for (const path of [
      '/api/v1/namespaces/ward/pods/web',
      '/api/v1/namespaces/ward/pods/web/ephemeralcontainers',
      '/apis/batch/v1/namespaces/ward/jobs/web',
      '/apis/apps/v1/namespaces/ward/controllerrevisions/web',
    ]) {
      assert.match(check(path, { spec: variables }) ?? '', /would tell/, path);
      const guess = [{ op: 'replace', path: '/spec/containers/0/env/0/value', value: PASSWORD }];
      assert.match(check(path, guess, 'json-patch+json') ?? '', /would tell/, path);
      assert.equal(check(path, { spec: { containers: [{ name: 'web', image: 'b' }] } }), undefined);
    }
    const named = '/apis/apps/v1/namespaces/jobs/deployments/web';
    assert.equal(check(named, { spec: { template: { spec: variables } } }), undefined);
  });

  it('masks copies of a Secret that are packed, and what a workload was', () => {
    const packed = gzipSync(JSON.stringify(secret())).toString('base64');
    const annotations = { 'objectset.example/applied': packed };
    const copied = mask(`${SECRETS}/db`, secret({ metadata: { name: 'db', annotations } }));
    assert(!copied.includes(packed));
    const env = [{ name: 'DB_PASSWORD', value: PASSWORD }];
    const data = { spec: { template: { spec: { containers: [{ env }] } } } };
    const metadata = { name: 'web-1' };
    assertHidden(
      mask('/apis/apps/v1/controllerrevisions/web-1', {
        ...{ kind: 'ControllerRevision', metadata, data },
      }),
    );
  });

  it('masks URLs with passwords, and looks through messages of a status', () => {
    const env = [{ name: 'DSN', value: `postgres://app:${PASSWORD}@db/records` }];
    const message = 'cannot store SSN 219-09-9999';
    const pod = {
      ...{ kind: 'Pod', metadata: { name: 'web' }, spec: { containers: [{ env }] } },
      status: { containerStatuses: [{ lastState: { terminated: { message } } }] },
    };
    const shown = mask('/api/v1/namespaces/ward/pods/web', pod);
    assertHidden(shown);
    assert(!shown.includes('219-09-9999'), shown);
    assert(shown.includes('cannot store'));
  });

  it('hides what refusals show of the object that is there, and leaves why', () => {
    const said = (message: string): string => {
      const causes = [{ reason: 'FieldValueInvalid', message, field: 'spec' }];
      const status = { kind: 'Status', metadata: {}, status: 'Failure', message, code: 422 };
      const shown = mask(
        '/api/v1/namespaces/ward/pods/web',
        { ...status, details: { name: 'web', causes } },
        { shown: new Map([['free-text', []]]) },
      );
      assertHidden(shown);
      const { message: all, details } = JSON.parse(shown) as {
        readonly message: string;
        readonly details: { readonly causes: readonly { readonly message: string }[] };
      };
      assert.equal(details.causes[0]?.message, all);
      return all;
    };
    const dump = `core.PodTemplateSpec{Env:[]core.EnvVar{core.EnvVar{Name:"DB_PASSWORD", Value:"${PASSWORD}"}}}`;
    assert.equal(
      said(`Job.batch "web" is invalid: spec.template: Invalid value: ${dump}: field is immutable`),
      'Job.batch "web" is invalid: spec.template: Invalid value: core.PodTemplateSpec{…}: field is immutable',
    );
    const object = JSON.stringify({ env: [{ name: 'DB_PASSWORD', value: `}${PASSWORD}{` }] });
    assert.equal(
      said(`spec: Invalid value: ${object}: immutable`),
      'spec: Invalid value: {…}: immutable',
    );
    const difference = `  core.PodSpec{\n- \tValue: "${PASSWORD}",\n+ \tValue: "x",\n  }\n`;
    assert.equal(
      said(`spec: Forbidden: pod updates may not change fields\n${difference}`),
      'spec: Forbidden: pod updates may not change fields\n  core.PodSpec{…}\n',
    );
    assert.equal(said(`args: Invalid value: ["${PASSWORD}"]: no`), 'args: Invalid value: […]: no');
    assert.equal(said(`args: map[password:${PASSWORD}] is no list`), 'args: […] is no list');
    assert.equal(said(`cut off: {"${PASSWORD}`), 'cut off: {…}');
    const plain = 'pods "web" is forbidden: User "x" cannot get [0]: Invalid value: "a": b';
    assert.equal(said(plain), plain);
  });

  it('refuses archives of files, which cannot be looked through', () => {
    const subject = {
      ...{ method: 'GET', mediaType: undefined },
      path: '/api/v1/namespaces/ward/pods/web/exec',
    };
    const resolve = (...words: readonly string[]): string => {
      const query = new URLSearchParams(
        words.map((word): [string, string] => ['command', word]),
      ).toString();
      const resolved = masking.resolveQuery(subject, query, NOTHING);
      return resolved.kind;
    };
    assert.equal(resolve('tar', 'cf', '-', '/etc'), 'refused');
    assert.equal(resolve('sh', '-c', 'cd /; /bin/tar -C / -czf - etc | cat'), 'refused');
    // API servers take no notice of a slash at the end.
    const slashed = { ...subject, path: `${subject.path}/` };
    const query = 'command=tar&command=czf&command=-&command=/etc';
    assert.equal(masking.resolveQuery(slashed, query, NOTHING).kind, 'refused');
    assert.equal(resolve('tar', 'xmf', '-', '-C', '/tmp'), 'unchanged');
    assert.equal(resolve('cat', '/etc/passwd'), 'unchanged');
  });
});
