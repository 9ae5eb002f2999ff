import { isTestFile, listFiles } from './source-file.ts';

/** Folders whose tests run in one process, in seconds. */
const UNIT_TEST_FOLDERS: readonly string[] = ['src', 'tools'];

/** Folders whose tests start servers and clients. */
const END_TO_END_FOLDERS: readonly string[] = ['test', 'demo', 'bench'];

/** Tests that take too long for every run, and the command that runs them. */
export const LEFT_OUT: readonly { readonly folder: string; readonly command: string }[] = [];

/** Tests of single files and folders, without a server. */
export function findUnitTests(): string[] {
  return listFiles(UNIT_TEST_FOLDERS).filter(isTestFile);
}

/** Tests of the whole, against real servers and with real clients. */
export function findEndToEndTests(): string[] {
  return listFiles(END_TO_END_FOLDERS)
    .filter(isTestFile)
    .filter((file) => !LEFT_OUT.some(({ folder }) => file.startsWith(`${folder}/`)));
}
