import type { OpenHandler } from './channel-handler.ts';
import { PassthroughHandler } from './passthrough-handler.ts';

/** Makes the handler for what a client started in a session channel. */
export const openHandler: OpenHandler = (operation, _context, ends) => {
  switch (operation.kind) {
    case 'exec':
    case 'shell':
    case 'subsystem':
      return new PassthroughHandler(ends);
  }
};
