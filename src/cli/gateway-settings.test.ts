import assert from 'node:assert/strict';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { settingsDirectory } from './gateway-settings.ts';

describe('settingsDirectory', () => {
  it('is below XDG_CONFIG_HOME, else below the home directory, never where a command happens to run', () => {
    assert.equal(settingsDirectory({ HOME: '/h', XDG_CONFIG_HOME: '/x' }), '/x/sallyport');
    assert.equal(settingsDirectory({ HOME: '/h', XDG_CONFIG_HOME: '' }), '/h/.config/sallyport');
    const own = join(userInfo().homedir, '.config/sallyport');
    assert.equal(settingsDirectory({}), own);
    assert.equal(settingsDirectory({ HOME: '' }), own);
  });
});
