import { analyzeCommand } from '../shell/analyze-command.ts';
import { describeCommand } from './describe-command.ts';
import type { AnalyseCommand } from './run-policy-tests.ts';

/** Analyses the commands of policy tests as the gateway would. */
export const analyseTestCommand: AnalyseCommand = (command) => [
  {
    action: 'ssh.exec',
    facts: { ...describeCommand(command, analyzeCommand(command)), observed: false },
  },
];
