import { builtInScripts, isBuiltIn } from './built-in-scripts.ts';
import type { Conversation } from './conversation.ts';
import type { Rule } from './rule.ts';
import { readDirective } from './script-directive.ts';
import { script as scriptSchema, type Script } from './script.ts';

/**
 * The script that answers a prompt: its own `!script` or `!play` line, else the first rule that matches it, else an echo.
 * What cannot be played becomes a script that says why. `prompt` is the prompt without its line.
 */
export function chooseScript(conversation: Conversation, rules: readonly Rule[]): { script: Script; prompt: string } {
  const { directive, rest: prompt } = readDirective(conversation.prompt);
  switch (directive?.kind) {
    case 'script': {
      const { parsed } = directive;
      return { prompt, script: parsed.ok ? parsed.script : saying(`This script cannot be played: ${parsed.problem}`) };
    }
    case 'play':
      return { prompt, script: named(directive.name, conversation) };
    case undefined: {
      const rule = rules.find(({ match }) => match.test(prompt));
      if (rule === undefined) return { prompt, script: echo };
      return { prompt, script: typeof rule.script === 'string' ? named(rule.script, conversation) : rule.script };
    }
    default: {
      const unreachable: never = directive;
      return unreachable;
    }
  }
}

const echo = saying('I am the scripted model, not Claude. You wrote: {{prompt}}');

function named(name: string, conversation: Conversation): Script {
  if (isBuiltIn(name)) return builtInScripts[name](conversation);
  return saying(`There is no built-in script “${name}”. There are: ${Object.keys(builtInScripts).join(', ')}.`);
}

function saying(text: string): Script {
  return scriptSchema.parse({ steps: [{ text }] });
}
