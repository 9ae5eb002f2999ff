/** The gateway that a log is of: `gw-1` of `gw-1.0`. */
export function ownerOf(logName: string): string {
  return logName.slice(0, Math.max(0, logName.lastIndexOf('.')));
}

/** Whether a log is of a gateway. */
export function belongsTo(logName: string, gateway: string): boolean {
  return ownerOf(logName) === gateway;
}
