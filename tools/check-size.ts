import { type Complaint, reportComplaints } from './complaint.ts';
import { readSourceFiles, SOURCE_FOLDERS, type SourceFile } from './source-file.ts';

/** Above this, a file needs a reason. A tripwire: splitting only to satisfy it is worse. */
const FILE_LINES_MAX = 500;

/** How a file says why it is long: `// NOTE: long file: one table of the specification`. */
const REASON = /^\/\/ NOTE: long file: \S+/m;

/** Checks that a long file says why it is long. */
export function findSizeComplaints({ path, text }: SourceFile): Complaint[] {
  const lines = text.split('\n').length - 1;
  if (lines <= FILE_LINES_MAX || REASON.test(text)) return [];
  const message = `${lines} lines; split it by subject, or say why not: "// NOTE: long file: ..."`;
  return [{ file: path, line: FILE_LINES_MAX + 1, message }];
}

if (import.meta.main) {
  const files = readSourceFiles(SOURCE_FOLDERS);
  reportComplaints(files.length, files.flatMap(findSizeComplaints));
}
