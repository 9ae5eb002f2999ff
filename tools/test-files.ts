import { listFiles } from './source-file.ts';

/** Folders whose tests run in one process, in seconds all together. */
const UNIT_TEST_FOLDERS: readonly string[] = ['src', 'console', 'tools'];

/** Folders whose tests start servers and clients. */
const END_TO_END_FOLDERS: readonly string[] = ['test', 'demo', 'bench'];

/** What takes too long for every run, and the command that runs it. */
export const LEFT_OUT: readonly { readonly what: string; readonly command: string }[] = [
  {
    what: "PostgreSQL's own regression and isolation suites, which have to be built first",
    command: 'npm run conformance',
  },
  {
    what: 'hundreds of kills, a 10 GB result and 9 000 idle sessions; npm test has a little of each',
    command: 'npm run endurance -- kills|bulk|idle',
  },
];

/** Tests of single files and folders, without a server. */
export function findUnitTests(): string[] {
  return listFiles(UNIT_TEST_FOLDERS).filter((file) => file.endsWith('.test.ts'));
}

/** Tests of the whole, against real servers and with real clients. */
export function findEndToEndTests(): string[] {
  return listFiles(END_TO_END_FOLDERS).filter((file) => file.endsWith('.test.ts'));
}
