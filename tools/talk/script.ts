/** What the person of a session says: lines and directives, as text. */
import { UsageError } from './errors.ts';

export interface Step {
  how: 'spoken' | 'typed';
  text: string;
  /** Silence before it, beyond the usual pause for thought, seconds. */
  wait_s: number;
  /** Said this far into the reply before it, seconds of what was heard; null: after that reply. */
  interrupt_s: number | null;
}

/** Longest `!wait` and `!interrupt`, seconds. */
const MAX_SECONDS = 600;
/** Longest line, characters: what the protocol allows of a typed message. */
const MAX_CHARS = 4000;

/** Six turns that come to the session's goodbye, in words that the embedded recogniser hears well from every voice. */
export const DEFAULT_LINES: readonly string[] = [
  'I feel stressed because I have too much work to do.',
  'I often work late in the evening and then I do not sleep well.',
  'I want to have more time for my family and my friends.',
  'I will talk to my manager on Monday and ask for more time.',
  "Let's finish here for today.",
  'Yes, please.',
];

/**
 * One turn a line. Empty lines and those that begin with `#` are passed over. `!wait S`, `!interrupt S` belong to the
 * next line; `!text WORDS` is a typed turn. `name` stands in errors. @throws UsageError naming the line.
 */
export function parseScript(lines: readonly string[], name: string): Step[] {
  const steps: Step[] = [];
  let wait_s = 0;
  let interrupt_s: number | null = null;
  for (const [index, raw] of lines.entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const wrong = (why: string) => new UsageError(`${name}, line ${index + 1}: ${why}`);
    const { directive, rest } = split(line);
    if (line.length > MAX_CHARS) throw wrong(`longer than ${MAX_CHARS} characters`);
    if (directive === 'wait') wait_s += seconds(rest, '!wait', wrong);
    else if (directive === 'interrupt') interrupt_s = seconds(rest, '!interrupt', wrong);
    else if (directive === 'text' && rest === '') throw wrong('!text needs the words to type');
    else if (directive === null || directive === 'text') {
      steps.push({ how: directive === null ? 'spoken' : 'typed', text: rest, wait_s, interrupt_s });
      wait_s = 0;
      interrupt_s = null;
    } else throw wrong(`!${directive} is not known; there are !wait, !interrupt and !text`);
  }
  if (steps.length === 0) throw new UsageError(`${name}: nothing to say in it`);
  if (wait_s > 0 || interrupt_s !== null) throw new UsageError(`${name}: a directive at its end has no line after it`);
  return steps;
}

function split(line: string): { directive: string | null; rest: string } {
  const found = /^!(\S*)\s*(.*)$/.exec(line);
  return found === null ? { directive: null, rest: line } : { directive: found[1] ?? '', rest: found[2] ?? '' };
}

function seconds(text: string, directive: string, wrong: (why: string) => UsageError): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= MAX_SECONDS)) throw wrong(`${directive} needs seconds, 0 to ${MAX_SECONDS}, such as ${directive} 1.5`);
  return value;
}
