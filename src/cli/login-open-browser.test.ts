import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openBrowser } from './login-open-browser.ts';

describe('openBrowser', () => {
  it('opens nothing where there is no desktop', async () => {
    assert.equal(await openBrowser('https://id.hospital.example/', 'linux', false), false);
    assert.equal(await openBrowser('https://id.hospital.example/', 'win32', true), false);
  });
});
