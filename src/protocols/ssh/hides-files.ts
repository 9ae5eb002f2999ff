import type { ChannelContext } from './channel-handler.ts';

/** Whether anything of the target's files is masked for the principal. */
export function hidesFiles(context: ChannelContext): boolean {
  const files = context.masking()?.files;
  if (files === undefined) return false;
  return files.hidesAny(context.session.guard.reveal(files.classNames).shown);
}
