'use strict';

/**
 * Runs one of the project's programs on the Node.js the project pins, installing it first if needed:
 *
 *     node tools/bootstrap.cjs <script.ts> [arguments]
 *
 * This file is the only one that runs on the machine's own Node.js, so it is CommonJS, uses nothing
 * that is newer than Node 18, and imports nothing that is not built in.
 */

const { spawn, spawnSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

/** Signals that a supervisor or a person sends to a program. */
const FORWARDED_SIGNALS = ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGUSR2'];

/** Shells report a program that a signal ended as this plus the signal's number. */
const SIGNAL_EXIT_CODE_BASE = 128;

/**
 * `bin/sallyport` and `demo/start-gateway.ts` pass the same.
 *
 * The first falls back to a linear-time engine when a regular expression backtracks too much, so that
 * no input can hold the event loop. The second keeps the heap's young generation at some 32 MB: while
 * thousands sign in it would grow to more than 100, and stay so when all of them are idle. The third has bytes that were
 * read counted as a part of the heap: otherwise each 64 MB of them, from TLS or HTTP/2, has all of the heap collected.
 */
const NODE_OPTIONS = [
  '--enable-experimental-regexp-engine-on-excessive-backtracks',
  '--max-semi-space-size=16',
  '--external-memory-accounted-in-global-limit',
];

/** @param {string} text */
function say(text) {
  process.stderr.write(`${text}\n`);
}

/** @param {string} root */
function pathsOf(root) {
  const modules = path.join(root, 'node_modules');
  return {
    lock: path.join(root, 'package-lock.json'),
    modules,
    /** Holds the SHA-256 of the lock file that `node_modules` was installed from. */
    marker: path.join(modules, '.installed-from'),
    /** npm writes this file last, so it is there only after a whole installation. */
    npmRecord: path.join(modules, '.package-lock.json'),
    binaries: path.join(modules, '.bin'),
    node: path.join(modules, '.bin', 'node'),
  };
}

/** @param {string} file */
function readOrEmpty(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return '';
    throw error;
  }
}

/** @param {string} file */
function modifiedMs(file) {
  const stats = fs.statSync(file, { throwIfNoEntry: false });
  return stats === undefined ? 0 : stats.mtimeMs;
}

/**
 * Whether `node_modules` holds what the lock file asks for. A newer `npm ci` or `npm install` by
 * hand counts as well as our own.
 *
 * @param {ReturnType<typeof pathsOf>} paths
 * @param {string} lockHash
 */
function isInstalled(paths, lockHash) {
  if (!fs.existsSync(paths.node)) return false;
  if (readOrEmpty(paths.marker) === lockHash) return true;
  return modifiedMs(paths.npmRecord) >= modifiedMs(paths.lock);
}

/** @param {string} root */
function runNpmCi(root) {
  const options = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  // Started by npm: use that very npm. Started by hand: the one on the path.
  const npm = process.env.npm_execpath;
  const viaNode = npm !== undefined && /npm-cli\.c?js$/.test(npm);
  const [command, args] = viaNode ? [process.execPath, [npm, ...options]] : ['npm', options];
  return spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/**
 * Installs the pinned Node.js and packages unless they are there already.
 *
 * @param {string} root The checkout.
 * @returns {boolean} Whether they are there now.
 */
function install(root) {
  const paths = pathsOf(root);
  const lockHash = createHash('sha256').update(fs.readFileSync(paths.lock)).digest('hex');
  if (!isInstalled(paths, lockHash)) {
    const startedAtMs = Date.now();
    say('Installing Node.js 24 and the packages of package-lock.json (once; about a minute) ...');
    const result = runNpmCi(root);
    if (result.status !== 0) {
      say(
        `${result.stdout || ''}${result.stderr || ''}${result.error ? result.error.message : ''}`,
      );
      say('Cannot install packages: npm ci failed; its output is above');
      return false;
    }
    if (!fs.existsSync(paths.node)) {
      say('Cannot install Node.js 24: npm ran no install scripts (is ignore-scripts set?)');
      return false;
    }
    say(`Installed in ${Math.round((Date.now() - startedAtMs) / 1000)} s.`);
  }
  // Written even when nothing changed: `bin/sallyport` compares its time with the lock file's.
  if (modifiedMs(paths.marker) < modifiedMs(paths.lock)) fs.writeFileSync(paths.marker, lockHash);
  return true;
}

/**
 * @param {string} root
 * @param {string[]} args The script, relative to `root`, and its arguments.
 */
function runOnPinnedNode(root, [script, ...args]) {
  const paths = pathsOf(root);
  const child = spawn(paths.node, [...NODE_OPTIONS, path.resolve(root, script), ...args], {
    stdio: 'inherit',
    env: { ...process.env, PATH: `${paths.binaries}${path.delimiter}${process.env.PATH}` },
  });
  const onTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  for (const signal of FORWARDED_SIGNALS) {
    process.on(signal, () => {
      // A terminal sends Ctrl-C to the child itself; a second one might read as "stop at once".
      if (signal !== 'SIGINT' || !onTerminal) child.kill(signal);
    });
  }
  child.on('error', (error) => {
    say(`Cannot start ${paths.node}: ${error.message}`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = code === null ? SIGNAL_EXIT_CODE_BASE + os.constants.signals[signal] : code;
  });
}

const root = path.resolve(__dirname, '..');
const scriptAndArguments = process.argv.slice(2);
if (scriptAndArguments.length === 0) {
  say('usage: node tools/bootstrap.cjs <script.ts> [arguments]');
  process.exitCode = 2;
} else if (install(root)) {
  runOnPinnedNode(root, scriptAndArguments);
} else {
  process.exitCode = 1;
}
