import type { OpenHandler } from './channel-handler.ts';
import { openExecChannel } from './exec-channel.ts';
import { openCopyChannel } from './scp/copy-channel.ts';
import { openScpChannel } from './scp/scp-channel.ts';
import { ScriptChannel } from './script-channel.ts';
import { openSftpChannel } from './sftp/sftp-channel.ts';
import { ShellChannel } from './shell-channel.ts';

/** Makes the handler for what a client started in a session channel. */
export const openHandler: OpenHandler = (operation, context, ends) => {
  switch (operation.kind) {
    case 'exec':
      return openExecChannel(operation.command, context, ends);
    case 'shell':
      return context.terminal === undefined
        ? new ScriptChannel(context, ends)
        : new ShellChannel(context, context.terminal, ends);
    case 'scp':
      return openScpChannel(operation.scp, context, ends);
    case 'copy':
      return openCopyChannel(operation.copy, context, ends);
    case 'subsystem':
      return openSftpChannel(operation, context, ends);
  }
};
