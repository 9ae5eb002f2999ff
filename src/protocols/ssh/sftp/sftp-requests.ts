import { posix } from 'node:path';
import { type Attributes, isDirectory } from '../../../wire/sftp/attributes.ts';
import type { ExtendedRequest } from '../../../wire/sftp/extended-requests.ts';
import { StatusCode } from '../../../wire/sftp/packet-type.ts';
import type { Request } from '../../../wire/sftp/requests.ts';
import type { Response } from '../../../wire/sftp/responses.ts';
import { RIGHTS_CHANGED } from '../held-rights.ts';
import type { FileVerb } from './file-operation.ts';
import { type HostFiles, refuse } from './host-files.ts';
import { MaskedFile } from './masked-file.ts';
import { HANDLES_MAX, MASKED_MAX, type OpenHandle, type OpenHandles } from './open-handles.ts';
import { readAhead } from './read-ahead.ts';
import { findOffered, hasOpenSshOrder, lowerLimits } from './sftp-extensions.ts';
import type { SftpTarget } from './sftp-target.ts';

/** What requests are served with. */
export interface SftpRequestParts {
  readonly target: SftpTarget;
  readonly files: HostFiles;
  readonly handles: OpenHandles;
  /** Tells the client's user something. */
  readonly tell: (message: string) => void;
  /** Ends the channel: something is wrong with the gateway itself. */
  readonly fail: () => void;
}

type Served = Exclude<Request, { kind: 'read' }>;
type OnHandle = Extract<Served, { readonly handle: Buffer }>;

/** What a request about one path does, and whether it looks through a symbolic link at its end. */
interface PathRule {
  readonly verb: FileVerb;
  readonly last: 'follow' | 'keep';
}

const PATH_RULES = {
  lstat: { verb: 'stat', last: 'keep' },
  stat: { verb: 'stat', last: 'follow' },
  readlink: { verb: 'stat', last: 'keep' },
  'statvfs@openssh.com': { verb: 'stat', last: 'follow' },
  remove: { verb: 'remove', last: 'keep' },
  rmdir: { verb: 'rmdir', last: 'keep' },
  mkdir: { verb: 'mkdir', last: 'keep' },
  setstat: { verb: 'setstat', last: 'follow' },
  'lsetstat@openssh.com': { verb: 'setstat', last: 'keep' },
} as const satisfies Record<string, PathRule>;

/** Serves what is neither READ nor WRITE, one request after the other. */
export class SftpRequests {
  readonly #target: SftpTarget;
  readonly #files: HostFiles;
  readonly #handles: OpenHandles;
  readonly #tell: (message: string) => void;
  readonly #fail: () => void;

  constructor({ target, files, handles, tell, fail }: SftpRequestParts) {
    this.#target = target;
    this.#files = files;
    this.#handles = handles;
    this.#tell = tell;
    this.#fail = fail;
  }

  /** @param letNext Called if the request waits for people: those behind it need not. */
  async serve(request: Served, letNext: () => void): Promise<Response> {
    const onWaiting = (message: string): void => {
      this.#tell(message);
      letNext();
    };
    const response = await this.#serve(request, onWaiting);
    if (response.kind === 'status' && response.code === StatusCode.permissionDenied) {
      if (response.message !== 'Permission denied') this.#tell(response.message);
    }
    return response;
  }

  #serve(request: Served, onWaiting: (message: string) => void): Promise<Response> | Response {
    switch (request.kind) {
      case 'open':
        return this.#open(request, onWaiting);
      case 'opendir':
        return this.#openDirectory(request.path, onWaiting);
      case 'close':
      case 'fstat':
      case 'readdir':
        return this.#onHandle(request);
      case 'fsetstat':
        return this.#setAttributes(request, onWaiting);
      case 'realpath':
        return this.#realPath(request.path, onWaiting);
      case 'lstat':
      case 'stat':
        return this.#stat(request.kind, request.path, onWaiting);
      case 'readlink':
      case 'remove':
      case 'rmdir':
      case 'mkdir':
      case 'setstat':
        return this.#onPath(request, PATH_RULES[request.kind], onWaiting);
      case 'rename':
        return this.#rename(request, 'rename', onWaiting);
      case 'symlink':
        return this.#symlink(request, onWaiting);
      case 'extended':
        return this.#extended(request, onWaiting);
    }
  }

  async #extended(
    request: ExtendedRequest,
    onWaiting: (message: string) => void,
  ): Promise<Response> {
    const offered = findOffered(await this.#target.version);
    if (!offered.some(({ name }) => name === request.extension)) return UNSUPPORTED;
    switch (request.extension) {
      case 'posix-rename@openssh.com':
        return this.#rename(request, 'rename', onWaiting);
      case 'hardlink@openssh.com':
        return this.#rename(request, 'link', onWaiting);
      case 'statvfs@openssh.com':
      case 'lsetstat@openssh.com':
        return this.#onPath(request, PATH_RULES[request.extension], onWaiting);
      case 'fstatvfs@openssh.com':
      case 'fsync@openssh.com':
        return this.#onHandle(request);
      case 'expand-path@openssh.com':
        return this.#expandPath(request.path, onWaiting);
      case 'limits@openssh.com': {
        const response = await this.#target.ask(request);
        if (response.kind !== 'extended-reply') return response;
        return { kind: 'extended-reply', data: lowerLimits(response.data) };
      }
      case 'copy-data':
        return this.#copyData(request);
      case 'users-groups-by-id@openssh.com':
        return this.#target.ask(request);
      case 'unknown':
        return UNSUPPORTED;
    }
  }

  async #open(
    request: Extract<Request, { kind: 'open' }>,
    onWaiting: (message: string) => void,
  ): Promise<Response> {
    if (this.#handles.size >= HANDLES_MAX) return failure('too many files are open');
    const opened = await this.#files.open(request, onWaiting);
    if (opened.kind === 'answer') return opened.response;
    const { file } = opened;
    const { openMasker } = file;
    if (openMasker !== undefined && this.#handles.maskedCount >= MASKED_MAX) {
      await this.#target.ask({ kind: 'close', handle: file.handle });
      return failure('too many masked files are open');
    }
    const masked =
      openMasker && new MaskedFile(readAhead(this.#target, file.handle), openMasker, this.#fail);
    return { kind: 'handle', handle: this.#handles.add({ kind: 'file', file, masked }) };
  }

  async #openDirectory(bytes: Buffer, onWaiting: (message: string) => void): Promise<Response> {
    if (this.#handles.size >= HANDLES_MAX) return failure('too many files are open');
    const found = await this.#files.clearPath(bytes, { verb: 'list', last: 'follow' }, onWaiting);
    if (found.kind === 'answer') return found.response;
    const [path = ''] = found.paths;
    const rights = this.#files.holdRights({ verbs: ['list'], path });
    const response = await this.#target.ask({ kind: 'opendir', path: Buffer.from(path) });
    if (response.kind !== 'handle') return response;
    const handle = Buffer.from(response.handle);
    if (!(await this.#files.paths.isStillAt(path, undefined))) {
      await this.#target.ask({ kind: 'close', handle });
      return refuse('the path changed while it was opened').response;
    }
    return { kind: 'handle', handle: this.#handles.add({ kind: 'directory', rights, handle }) };
  }

  async #onHandle(
    request:
      | Extract<Served, { kind: 'close' | 'fstat' | 'readdir' }>
      | Extract<ExtendedRequest, { extension: 'fstatvfs@openssh.com' | 'fsync@openssh.com' }>,
  ): Promise<Response> {
    const open = this.#handles.find(request.handle);
    if (open === undefined) return BAD_HANDLE;
    if (request.kind === 'close') {
      this.#handles.remove(request.handle);
      const response = await this.#target.ask({ ...request, handle: targetHandle(open) });
      finish(open, response);
      return response;
    }
    if (open.kind === 'directory' && !open.rights.areHeld) return refuse(RIGHTS_CHANGED).response;
    const response = await this.#target.ask({ ...request, handle: targetHandle(open) });
    if (response.kind !== 'attributes' || open.kind !== 'file') return response;
    return this.#show(open.file.path, response.attributes);
  }

  async #setAttributes(
    request: Extract<OnHandle, { kind: 'fsetstat' }>,
    onWaiting: (message: string) => void,
  ): Promise<Response> {
    const open = this.#handles.find(request.handle);
    if (open?.kind !== 'file') return BAD_HANDLE;
    const { file } = open;
    if (request.attributes.size !== undefined) {
      if (!file.isWritable) return BAD_HANDLE;
      if (!file.isReplaced && !this.#files.mayResize(file.path)) return refuse(KEEPS_SIZE).response;
    }
    const found = await this.#files.clear(
      () => Promise.resolve({ kind: 'found', paths: [file.path] }),
      () => ({ verbs: ['setstat'], path: file.path }),
      onWaiting,
    );
    if (found.kind === 'answer') return found.response;
    return this.#target.ask({ ...request, handle: file.handle });
  }

  /** Where a path leads; that the home directory is the home directory is no secret. */
  async #realPath(path: Buffer, onWaiting: (message: string) => void): Promise<Response> {
    if (isHome(path)) return this.#target.ask({ kind: 'realpath', path });
    const found = await this.#files.clearPath(path, PATH_RULES.stat, onWaiting);
    return found.kind === 'answer' ? found.response : nameResponse(found.paths[0] ?? '');
  }

  /** The same for a path that may begin with somebody's home directory. */
  async #expandPath(path: Buffer, onWaiting: (message: string) => void): Promise<Response> {
    if (path[0] !== TILDE) return this.#realPath(path, onWaiting);
    const extension = 'expand-path@openssh.com';
    const response = await this.#target.ask({ kind: 'extended', extension, path });
    if (isHome(path)) return response;
    const name = response.kind === 'name' ? response.entries[0]?.name : undefined;
    // What is there and what is not, only who may ask is told.
    if (name === undefined) return failure('the path leads nowhere');
    return this.#realPath(name, onWaiting);
  }

  async #stat(
    kind: 'lstat' | 'stat',
    bytes: Buffer,
    onWaiting: (message: string) => void,
  ): Promise<Response> {
    const found = await this.#files.clearPath(bytes, PATH_RULES[kind], onWaiting);
    if (found.kind === 'answer') return found.response;
    const [path = ''] = found.paths;
    const response = await this.#target.ask({ kind, path: Buffer.from(path) });
    return response.kind === 'attributes' ? this.#show(path, response.attributes) : response;
  }

  async #show(path: string, attributes: Attributes): Promise<Response> {
    return { kind: 'attributes', attributes: await this.#files.showAttributes(path, attributes) };
  }

  async #onPath<PathRequest extends Served & { readonly path: Buffer }>(
    request: PathRequest,
    rule: PathRule,
    onWaiting: (message: string) => void,
  ): Promise<Response> {
    const found = await this.#files.clearPath(request.path, rule, onWaiting);
    if (found.kind === 'answer') return found.response;
    const [path = ''] = found.paths;
    const isResized = 'attributes' in request && request.attributes.size !== undefined;
    if (isResized && !this.#files.mayResize(path)) return refuse(KEEPS_SIZE).response;
    return this.#target.ask(at(request, path));
  }

  async #rename<TwoPaths extends Served & { readonly path: Buffer; readonly newPath: Buffer }>(
    request: TwoPaths,
    verb: 'rename' | 'link',
    onWaiting: (message: string) => void,
  ): Promise<Response> {
    const found = await this.#files.clear(
      () => this.#files.resolve([request.path, request.newPath], 'keep'),
      ([path = '', newPath = '']) => ({ verbs: [verb], path, newPath }),
      onWaiting,
    );
    if (found.kind === 'answer') return found.response;
    const [path = '', newPath = ''] = found.paths;
    const old = await this.#target.ask({ kind: 'lstat', path: Buffer.from(path) });
    if (old.kind !== 'attributes') return old;
    const isTree = isDirectory(old.attributes);
    if (this.#files.losesMasks({ path, isTree }, newPath)) {
      return refuse(`${path} holds what is masked for you: it keeps its name`).response;
    }
    return this.#target.ask({ ...at(request, path), newPath: Buffer.from(newPath) });
  }

  /** What a link leads to is decided with it, though what is opened through it is decided again. */
  async #symlink(
    request: Extract<Request, { kind: 'symlink' }>,
    onWaiting: (message: string) => void,
  ): Promise<Response> {
    if (!hasOpenSshOrder(await this.#target.version)) return UNSUPPORTED;
    const found = await this.#files.clear(
      () => this.#files.resolve([request.path], 'keep'),
      ([newPath = '']) => ({
        verbs: ['link'],
        path: posix.resolve(posix.dirname(newPath), request.linkTarget.toString('utf8')),
        newPath,
      }),
      onWaiting,
    );
    if (found.kind === 'answer') return found.response;
    return this.#target.ask(at(request, found.paths[0]));
  }

  /** Copies within the host: of what may be read and written anyway, but of nothing that is masked. */
  async #copyData(
    request: Extract<ExtendedRequest, { extension: 'copy-data' }>,
  ): Promise<Response> {
    const from = this.#handles.find(request.handle);
    const to = this.#handles.find(request.newHandle);
    if (from?.kind !== 'file' || to?.kind !== 'file') return BAD_HANDLE;
    if (!from.file.isReadable || !to.file.isWritable) return BAD_HANDLE;
    if (!from.file.isPermitted || !to.file.isPermitted) return refuse(RIGHTS_CHANGED).response;
    if (from.masked !== undefined) return refuse('what is masked cannot be copied').response;
    if (this.#files.losesMasks({ path: from.file.path, isTree: false }, to.file.path)) {
      return refuse('what is masked cannot be copied').response;
    }
    to.file.takeCopy(from.file);
    return this.#target.ask({ ...request, handle: from.file.handle, newHandle: to.file.handle });
  }
}

const TILDE = 0x7e;

function isHome(path: Buffer): boolean {
  return ['', '.', '~', '~/'].includes(path.toString('latin1'));
}

function nameResponse(path: string): Response {
  const name = Buffer.from(path);
  return { kind: 'name', entries: [{ name, longName: name, attributes: {} }] };
}

/** The same request about the path that was decided. */
function at<Asked extends Request & { readonly path: Buffer }>(
  request: Asked,
  path: string | undefined,
): Asked {
  return { ...request, path: Buffer.from(path ?? '') };
}

function targetHandle(open: OpenHandle): Buffer {
  return open.kind === 'file' ? open.file.handle : open.handle;
}

function finish(open: OpenHandle, response: Response): void {
  if (open.kind !== 'file') return;
  const isDone = response.kind === 'status' && response.code === StatusCode.ok;
  open.file.finish(isDone ? 'done' : 'failed', open.masked?.describe());
  open.masked?.close();
}

const UNSUPPORTED: Response = {
  kind: 'status',
  code: StatusCode.unsupported,
  message: 'Operation unsupported',
};

const KEEPS_SIZE = 'what is masked for you keeps its size';

const BAD_HANDLE: Response = failure('the handle is not open for that');

function failure(message: string): Response {
  return { kind: 'status', code: StatusCode.failure, message };
}
