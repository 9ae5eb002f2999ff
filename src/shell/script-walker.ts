import {
  type Assignment,
  forEachChild,
  type Redirection as RedirectionNode,
  type SyntaxNode,
  type Word,
} from 'unbash';
import { evaluateAssignment, evaluateWord } from './evaluate-word.ts';
import type { OpaqueReason } from './opaque-reason.ts';
import { parseScript } from './parse-script.ts';
import { literalWord, type ShellWord } from './shell-word.ts';
import type { Redirection, SimpleCommand } from './simple-command.ts';
import { findSyntaxReason } from './syntax-notes.ts';

/** What stands in one text. */
export interface Script {
  /** All of its simple commands, those in substitutions and conditions too, in the order of the text. */
  readonly commands: readonly SimpleCommand[];
  readonly reasons: ReadonlySet<OpaqueReason>;
  /** The output of one command is the input of another. */
  readonly hasPipeline: boolean;
}

/** More than that is a script, which nobody can review. */
const COMMANDS_MAX = 1_000;

/** Reads every simple command of a text, whether it would be reached or not. */
export function readScript(text: string): Script {
  const walker = new ScriptWalker();
  try {
    const parsed = parseScript(text);
    if (parsed === 'too-large') walker.reasons.add('too-large');
    else walker.visit(parsed);
  } catch (error) {
    // The parser and we go down as deep as the text does.
    if (!(error instanceof RangeError)) throw error;
    walker.reasons.add('too-large');
  }
  return walker;
}

class ScriptWalker implements Script {
  readonly commands: SimpleCommand[] = [];
  readonly reasons = new Set<OpaqueReason>();
  hasPipeline = false;
  #loops = 0;

  readonly visit = (node: SyntaxNode): void => {
    if (this.commands.length > COMMANDS_MAX) {
      this.reasons.add('too-large');
      return;
    }
    const isLoop = node.type === 'While' || node.type === 'For' || node.type === 'Select';
    if (isLoop) this.#loops += 1;
    const reason = findSyntaxReason(node);
    if (reason !== undefined) this.reasons.add(reason);
    if (node.type === 'Command') {
      const { name, args, redirects } = node;
      const words = name === undefined ? [] : [evaluateWord(name), ...args.map(evaluateArgument)];
      this.#add(words, redirects);
    }
    if (node.type === 'Redirected') this.#add([], node.redirects);
    // A keyword in bash, a program elsewhere.
    if (node.type === 'Time') this.#add([literalWord('time')], []);
    if (node.type === 'Pipeline' && node.commands.length > 1) this.hasPipeline = true;
    forEachChild(node, this.visit);
    if (isLoop) this.#loops -= 1;
  };

  #add(words: readonly ShellWord[], redirects: readonly RedirectionNode[]): void {
    const redirections = redirects.flatMap(readRedirection);
    const input = redirects.map(readInput).findLast((text) => text !== undefined);
    this.commands.push({ words, redirections, input, isRepeated: this.#loops > 0 });
  }
}

function evaluateArgument(argument: Word | Assignment): ShellWord {
  return argument.type === 'Word' ? evaluateWord(argument) : evaluateAssignment(argument);
}

function readRedirection(redirect: RedirectionNode): readonly Redirection[] {
  if (redirect.type !== 'Redirect' || redirect.target === undefined) return [];
  const target = evaluateWord(redirect.target);
  switch (redirect.operator) {
    case '<':
      return [{ access: 'read', target }];
    case '<>':
      return [{ access: 'both', target }];
    case '<&':
      return [];
    case '>&':
      return /^(?:\d+-?|-)$/.test(target.text) ? [] : [{ access: 'write', target }];
    case '>':
    case '>>':
    case '>|':
    case '&>':
    case '&>>':
      return [{ access: 'write', target }];
  }
}

/** What a command is given on standard input, where the text says it. */
function readInput(redirect: RedirectionNode): string | undefined {
  if (redirect.type === 'HereString' && redirect.target !== undefined) {
    const { kind, text } = evaluateWord(redirect.target);
    return kind === 'literal' ? text : undefined;
  }
  if (redirect.type !== 'HereDoc') return undefined;
  const isLiteral = redirect.delimiter?.quoted === true || redirect.body.parts === undefined;
  return isLiteral ? redirect.body.text : undefined;
}
