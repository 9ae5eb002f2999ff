import { CLOCK_FAULTS } from './clock-faults.ts';
import { CONNECTOR_FAULTS } from './connector-faults.ts';
import { GATEWAY_FAULTS } from './gateway-faults.ts';
import type { NemesisFault } from './nemesis-fault.ts';

/** All faults, in the order of the table. */
export const NEMESIS_FAULTS: readonly NemesisFault[] = [
  ...GATEWAY_FAULTS,
  ...CONNECTOR_FAULTS,
  ...CLOCK_FAULTS,
];
