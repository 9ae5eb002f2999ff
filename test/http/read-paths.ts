import { channel } from 'node:diagnostics_channel';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, fetch } from 'undici';
import { openBrowser } from '../console/open-browser.ts';
import { runProgram } from '../ssh/run-program.ts';
import { browseAs } from './browse-as.ts';
import { type HttpEnvironment, TARGET_HOST } from './environment.ts';

export type HttpVersion = '1.1' | '2';
export type Coding = 'gzip' | 'identity';

/** What a client read. */
export interface ReadBodies {
  /** Decoded; in the order of the paths. */
  readonly bodies: readonly string[];
  /** Of what was spoken, as the client says. */
  readonly versions: ReadonlySet<HttpVersion>;
}

/** Reads paths of the target as `ana`. Rejects unless each is answered with 200. */
export type ReadPaths = (world: HttpEnvironment, paths: readonly string[]) => Promise<ReadBodies>;

/** One program, spoken to in one version and coding. */
export interface HttpReader {
  readonly name: string;
  readonly version: HttpVersion;
  readonly read: ReadPaths;
}

const VERSIONS: readonly HttpVersion[] = ['1.1', '2'];
const CODINGS: readonly Coding[] = ['gzip', 'identity'];

/** Every client in each version that it speaks and each coding that it can be told to ask for. */
export const READERS: readonly HttpReader[] = [
  ...VERSIONS.flatMap((version) =>
    CODINGS.flatMap((coding) => [
      { name: `curl, HTTP/${version}, ${coding}`, version, read: readByCurl(version, coding) },
      { name: `undici, HTTP/${version}, ${coding}`, version, read: readByUndici(version, coding) },
    ]),
  ),
  ...CODINGS.map((coding) => ({
    name: `requests for Python, HTTP/1.1, ${coding}`,
    version: '1.1' as const,
    read: readByPython(coding),
  })),
  ...VERSIONS.map((version) => ({
    name: `a browser, HTTP/${version}`,
    version,
    read: readByBrowser(version),
  })),
];

function readByCurl(version: HttpVersion, coding: Coding): ReadPaths {
  return async (world, paths) => {
    const directory = await mkdtemp(join(tmpdir(), 'sallyport-curl-'));
    try {
      const outputs = paths.map((_, index) => join(directory, String(index)));
      const config = join(directory, 'config');
      const lines = paths.map(
        (path, index) => `url = "${world.url}${path}"\noutput = "${outputs[index]}"`,
      );
      await writeFile(config, lines.join('\n'));
      const { stdout, stderr, code } = await runProgram('curl', [
        ...world.curl,
        ...['--fail', `--http${version}`, '--compressed', '-w', '%{http_version}\n'],
        ...['-H', `Authorization: Bearer ${world.tokenOf('ana')}`],
        ...['-H', `Accept-Encoding: ${coding}`, '--config', config],
      ]);
      if (code !== 0) throw new Error(`curl ends with ${code}: ${stderr}`);
      const bodies = await Promise.all(outputs.map((file) => readFile(file, 'utf8')));
      return { bodies, versions: new Set(stdout.trim().split('\n') as HttpVersion[]) };
    } finally {
      await rm(directory, { recursive: true });
    }
  };
}

/** What undici tells of each connection. */
interface Connected {
  readonly connectParams: { readonly version: 'h1' | 'h2' };
}

function readByUndici(version: HttpVersion, coding: Coding): ReadPaths {
  return async (world, paths) => {
    const versions = new Set<HttpVersion>();
    const connections = channel('undici:client:connected');
    const note = (message: unknown): void => {
      versions.add((message as Connected).connectParams.version === 'h2' ? '2' : '1.1');
    };
    connections.subscribe(note);
    const ca = await readFile(world.authorityFile, 'utf8');
    const dispatcher = new Agent({
      allowH2: version === '2',
      connections: 1,
      connect: {
        ca,
        lookup: (_name, _options, callback) =>
          callback(null, [{ address: '127.0.0.1', family: 4 }]),
      },
    });
    const headers = { authorization: `Bearer ${world.tokenOf('ana')}`, 'accept-encoding': coding };
    try {
      const bodies: string[] = [];
      for (const path of paths) {
        const response = await fetch(`${world.url}${path}`, { dispatcher, headers });
        if (response.status !== 200)
          throw new Error(`undici is answered ${response.status} to ${path}`);
        bodies.push(await response.text());
      }
      return { bodies, versions };
    } finally {
      connections.unsubscribe(note);
      await dispatcher.close();
    }
  };
}

const PYTHON = `
import json, socket, sys, requests
resolve = socket.getaddrinfo
socket.getaddrinfo = lambda host, *rest, **named: resolve("127.0.0.1", *rest, **named)
url, token, ca, coding = sys.argv[1:5]
bodies, versions = [], set()
with requests.Session() as session:
    session.trust_env, session.verify = False, ca
    session.headers.update({"Authorization": "Bearer " + token, "Accept-Encoding": coding})
    for path in json.load(sys.stdin):
        response = session.get(url + path)
        response.raise_for_status()
        response.encoding = "utf-8"
        bodies.append(response.text)
        versions.add({11: "1.1", 20: "2"}[response.raw.version])
json.dump([bodies, list(versions)], sys.stdout)
`;

function readByPython(coding: Coding): ReadPaths {
  return async (world, paths) => {
    const args = ['-c', PYTHON, world.url, world.tokenOf('ana'), world.authorityFile, coding];
    const { stdout, stderr, code } = await runProgram('python3', args, {
      input: JSON.stringify(paths),
    });
    if (code !== 0) throw new Error(`python3 ends with ${code}: ${stderr}`);
    const [bodies, versions] = JSON.parse(stdout) as [readonly string[], readonly HttpVersion[]];
    return { bodies, versions: new Set(versions) };
  };
}

/** A person who signs in by way of the console. Browsers take no word on codings; they ask for all that they know. */
function readByBrowser(version: HttpVersion): ReadPaths {
  return async (world, paths) => {
    const browser = await openBrowser([
      `--host-resolver-rules=MAP ${TARGET_HOST} 127.0.0.1`,
      ...(version === '2' ? [] : ['--disable-http2']),
    ]);
    try {
      const context = await browser.newContext({ ignoreHTTPSErrors: true });
      const page = await context.newPage();
      await browseAs(page, 'Ana', `${world.url}${paths[0]}`);
      const read = await page.evaluate(async (all) => {
        const texts: string[] = [];
        for (const path of all) {
          const response = await fetch(path);
          if (response.status !== 200) throw new Error(`${response.status} to ${path}`);
          texts.push(await response.text());
        }
        const entries: readonly object[] = performance.getEntriesByType('resource');
        const timings = entries as readonly { readonly nextHopProtocol: string }[];
        return { texts, protocols: timings.map(({ nextHopProtocol }) => nextHopProtocol) };
      }, paths);
      const versions = read.protocols.map((name) => (name === 'h2' ? '2' : '1.1'));
      return { bodies: read.texts, versions: new Set(versions) };
    } finally {
      await browser.close();
    }
  };
}
