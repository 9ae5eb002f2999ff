import assert from 'node:assert/strict';
import { it } from 'node:test';
import { isRiskyVariable } from './risky-variables.ts';

it('Variables that make programs others are risky, whatever their value', () => {
  for (const name of 'LD_PRELOAD LD_LIBRARY_PATH BASH_ENV ENV PATH IFS PS4 PROMPT_COMMAND SHELLOPTS HOME CDPATH GIT_SSH_COMMAND GIT_SSH GIT_CONFIG_COUNT EDITOR VISUAL PAGER MANPAGER PYTHONSTARTUP PYTHONPATH PERL5OPT RUBYOPT NODE_OPTIONS JAVA_TOOL_OPTIONS _JAVA_OPTIONS LESSOPEN RSYNC_RSH SUDO_ASKPASS TAR_OPTIONS MAKEFLAGS TERMINFO LOCPATH GCONV_PATH ZDOTDIR TMPDIR SSH_ASKPASS SSH_AUTH_SOCK'.split(
    ' ',
  )) {
    assert.equal(isRiskyVariable(name, ''), true, name);
  }
});

it('A locale is risky if it may read bytes under 0x80 as parts of other characters', () => {
  for (const value of [
    '',
    'C',
    'POSIX',
    'C.UTF-8',
    'en_US.UTF-8',
    'de_DE.utf8',
    'sr_RS.UTF-8@latin',
  ]) {
    assert.equal(isRiskyVariable('LC_ALL', value), false, value);
  }
  for (const value of [
    'ja_JP.SJIS',
    'zh_TW.BIG5',
    'zh_TW',
    'zh_CN.GB18030',
    'C.',
    '../x.UTF-8',
    '/tmp/x',
    undefined,
  ]) {
    assert.equal(isRiskyVariable('LANG', value), true, value);
  }
});

it('Other variables are data', () => {
  for (const name of [
    'TERM',
    'COLUMNS',
    'TZ',
    'X',
    'GIT_PROTOCOL',
    'GIT_AUTHOR_NAME',
    'NO_COLOR',
    'DEBIAN_FRONTEND',
  ]) {
    assert.equal(isRiskyVariable(name, 'x'), false, name);
  }
});
