/** x */
export function useEvents(): void {}
