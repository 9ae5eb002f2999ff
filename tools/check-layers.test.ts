import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findLayerComplaints } from './check-layers.ts';
import { LAYERS, PURE, SEES_ONLY } from './layers.ts';

function complaints(path: string, text: string): string[] {
  return findLayerComplaints({ path, text }).map(({ line, message }) => `${line}: ${message}`);
}

function assertComplains(path: string, text: string, expected: RegExp): void {
  const found = complaints(path, text);
  assert.equal(found.length, 1, `${path} with ${text}: ${found.join('; ') || 'no complaint'}`);
  assert.match(found[0] ?? '', expected);
}

describe('layers', () => {
  it('names only folders that are in the order', () => {
    const named = [...PURE, ...Object.keys(SEES_ONLY), ...Object.values(SEES_ONLY).flat()];
    for (const folder of named) assert(LAYERS.includes(folder), folder);
  });
});

describe('findLayerComplaints', () => {
  it('lets a folder import itself and folders above it', () => {
    const text = `import { a } from './a.ts';\nimport { b } from '../policy/decide.ts';`;
    assert.deepEqual(complaints('src/gateway/listen.ts', text), []);
  });

  it('finds an import of a folder below, in every form an import has', () => {
    const forms = [
      `import { listen } from '../gateway/listen.ts';`,
      `import * as gateway from '../gateway/listen.ts';`,
      `import '../gateway/listen.ts';`,
      `import type { Listener } from '../gateway/listen.ts';`,
      `import { type Listener } from '../gateway/listen.ts';`,
      `export { listen } from '../gateway/listen.ts';`,
      `export * from '../gateway/listen.ts';`,
      `export type { Listener } from '../gateway/listen.ts';`,
      `type L = import('../gateway/listen.ts').Listener;`,
      `const late = await import('../gateway/listen.ts');`,
      `const late = () => import(\n  /* why */ '../gateway/listen.ts'\n);`,
      `import old = require('../gateway/listen.ts');`,
      `const old = require('../gateway/listen.ts');`,
    ];
    for (const form of forms) {
      assertComplains('src/identity/claims.ts', form, /identity\/ is above gateway\//);
    }
  });

  it('sees through paths that leave the folder and come back', () => {
    const text = `import { a } from '../../src/identity/../gateway/listen.ts';`;
    assertComplains('src/identity/claims.ts', text, /above gateway/);
  });

  it('is not misled by text that looks like an import', () => {
    const text = '// import "../gateway/listen.ts"\nconst a = `import "../gateway/listen.ts"`;';
    assert.deepEqual(complaints('src/identity/claims.ts', text), []);
  });

  it('gives the line', () => {
    const found = complaints('src/identity/claims.ts', `\n\nimport '../gateway/listen.ts';`);
    assert.match(found[0] ?? '', /^3: /);
  });

  it('refuses an import whose name is computed', () => {
    assertComplains('src/identity/claims.ts', `await import(name);`, /computed/);
  });

  it('refuses a file that is in no known folder', () => {
    assertComplains('src/plugins/a.ts', '', /in no folder/);
    assertComplains('src/index.ts', '', /in no folder/);
  });

  it('throws on a file it cannot parse, rather than passing it', () => {
    assert.throws(() => complaints('src/wire/a.ts', 'import {'), SyntaxError);
  });

  it('keeps some folders from seeing all that is above them', () => {
    assertComplains(
      'src/cli/login.ts',
      `import { a } from '../gateway/listen.ts';`,
      /cli\/ sees only api, .* not gateway/,
    );
    assertComplains('src/wire/a.ts', `import { a } from '../telemetry/log.ts';`, /itself/);
    assert.deepEqual(complaints('src/cli/a.ts', `import { a } from '../audit/verify.ts';`), []);
  });

  it('shows the store to bin alone', () => {
    const text = `import { openStore } from '../store/open-store.ts';`;
    assertComplains('src/control-plane/serve.ts', text, /seen only by bin/);
    assert.deepEqual(complaints('src/bin/gateway.ts', text), []);
  });

  it('keeps the product from importing what is beside it', () => {
    const text = `import { a } from '../../test/e2e/private-postgres.ts';`;
    assertComplains('src/store/open-store.ts', text, /not part of the product/);
    assert.deepEqual(complaints('src/store/open-store.test.ts', text), []);
    const demo = `await import('../../demo/demo.ts');`;
    assert.deepEqual(complaints('src/bin/cli.ts', demo), []);
    assertComplains('src/cli/demo.ts', demo, /not part of the product/);
  });
});

describe('findLayerComplaints about the console', () => {
  it('lets it see the contract and itself', () => {
    const text = `import { a } from '../../src/api/a.ts';\nimport { b } from './pages/b.tsx';`;
    assert.deepEqual(complaints('console/src/main.tsx', text), []);
  });

  it('keeps it from everything else of ours', () => {
    for (const other of ['../../src/audit/b.ts', '../../test/b.ts', '../../tools/b.ts']) {
      assertComplains(
        'console/src/main.tsx',
        `import '${other}';`,
        /console\/ sees only src\/api, not /,
      );
    }
  });
});

describe('findLayerComplaints in a pure folder', () => {
  const file = 'src/policy/decide.ts';

  it('allows types of an impure folder, not its values', () => {
    const place = `from '../identity/principal.ts';`;
    assert.deepEqual(complaints(file, `import type { Principal } ${place}`), []);
    assertComplains(file, `import { findPrincipal } ${place}`, /pure and identity\/ is not/);
    assertComplains(file, `import { type A, b } ${place}`, /pure and identity\/ is not/);
  });

  it('allows the built-ins that only compute', () => {
    const text = `import assert from 'node:assert/strict';\nimport { createHash } from 'node:crypto';`;
    assert.deepEqual(complaints(file, text), []);
    assertComplains(file, `import { readFileSync } from 'node:fs';`, /must not import node:fs/);
    assertComplains(file, `import { randomBytes } from 'node:crypto';`, /randomBytes/);
  });

  it('finds clocks, dice and devices that need no import', () => {
    assertComplains(file, 'const now = Date.now();', /Date.now/);
    assertComplains(file, 'const now = new Date();', /new Date\(\)/);
    assertComplains(file, 'const dice = Math.random();', /Math.random/);
    assertComplains(file, 'const at = performance.now();', /performance/);
    assertComplains(file, 'setTimeout(run, 1);', /setTimeout/);
    assertComplains(file, 'const id = crypto.randomUUID();', /crypto/);
    assertComplains(file, `console.log('here');`, /console/);
    const pure = 'const day = new Date(nowMs); const two = Math.max(1, 2); Date.parse(text);';
    assert.deepEqual(complaints(file, pure), []);
  });

  it('lets its tests use what they like', () => {
    const text = `import { readFileSync } from 'node:fs';\nconst now = Date.now();`;
    assert.deepEqual(complaints('src/policy/decide.test.ts', text), []);
  });
});

describe('findLayerComplaints about packages', () => {
  it('lets one folder import a package', () => {
    const text = `import { jwtVerify } from 'jose';`;
    assert.deepEqual(complaints('src/identity/verify-jwt.ts', text), []);
    assertComplains('src/cli/login.ts', text, /jose is imported by identity/);
  });

  it('knows a package by its name, not by a path into it', () => {
    const text = `import initialize from '@cedar-policy/cedar-wasm/nodejs';`;
    assert.deepEqual(complaints('src/policy/policy-set.ts', text), []);
    assertComplains('src/gateway/listen.ts', text, /@cedar-policy\/cedar-wasm is imported by/);
  });

  it('refuses a package without a home', () => {
    assertComplains('src/cli/a.ts', `import chalk from 'chalk';`, /decision record/);
    assertComplains('src/cli/a.test.ts', `import chalk from 'chalk';`, /decision record/);
  });

  it('wants the prefix of built-in modules', () => {
    assertComplains('src/cli/a.ts', `import fs from 'fs';`, /write node:fs/);
  });
});
