import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { readCommandLine } from '../../tools/talk/options.ts';
import { report } from '../../tools/talk/report.ts';
import { DEFAULT_LINES, parseScript } from '../../tools/talk/script.ts';
import { Show } from '../../tools/talk/show.ts';
import { errorRate, median, wordErrors } from '../../tools/talk/word-errors.ts';

t.test('a script: lines, comments and directives', async (t) => {
  const steps = parseScript(
    ['# hello', '', 'First line.', '!wait 2', '!wait 1.5', '!interrupt 0.5', ' Second line. ', '!text typed words'],
    'script',
  );
  t.strictSame(steps, [
    { how: 'spoken', text: 'First line.', wait_s: 0, interrupt_s: null },
    { how: 'spoken', text: 'Second line.', wait_s: 3.5, interrupt_s: 0.5 },
    { how: 'typed', text: 'typed words', wait_s: 0, interrupt_s: null },
  ]);
  t.equal(parseScript(DEFAULT_LINES, 'the default').length, 6, 'the built-in conversation has six turns');

  const wrong: [string[], RegExp][] = [
    [['# nothing'], /^s: nothing to say/],
    [['Hello.', '!shout now'], /^s, line 2: !shout is not known/],
    [['!wait soon', 'Hello.'], /^s, line 1: !wait needs seconds/],
    [['!wait 601', 'Hello.'], /^s, line 1: !wait needs seconds, 0 to 600/],
    [['!interrupt', 'Hello.'], /^s, line 1: !interrupt needs seconds/],
    [['!interrupt -1', 'Hello.'], /^s, line 1: !interrupt needs seconds/],
    [['!text'], /^s, line 1: !text needs the words/],
    [['Hello.', '!wait 1'], /^s: a directive at its end/],
    [['x'.repeat(4001)], /^s, line 1: longer than 4000/],
  ];
  for (const [lines, message] of wrong) {
    t.throws(() => parseScript(lines, 's'), { name: 'UsageError', message }, String(message));
  }
});

t.test('a command line: what is given, and what is wrong with it', async (t) => {
  t.match(readCommandLine([]), { url: null, script: null, wav: null, voice: 'slt', max_seconds: 300, json: false });
  t.match(readCommandLine(['--url', 'http://h:1', '--voice', 'awb', '--greeting', '--goal', 'sleep', '--json']), {
    url: 'http://h:1',
    voice: 'awb',
    greeting: true,
    goal: 'sleep',
    json: true,
  });
  const wrong: [string[], RegExp][] = [
    [['--shout'], /--shout/],
    [['hello'], /hello/],
    [['--out'], /--out/],
    [['--out', ''], /^--out is empty/],
    [['--url', 'localhost:3000'], /^--url needs an address/],
    [['--voice', 'bob'], /^--voice knows slt, rms, awb/],
    [['--max-seconds', '0'], /^--max-seconds needs a whole number/],
    [['--max-seconds', '1.5'], /^--max-seconds needs a whole number/],
    [['--wav', 'a', '--script', 'b'], /^--wav and --script/],
    [['--goal', 'x'.repeat(501)], /^--goal has more than 500/],
  ];
  for (const [args, message] of wrong) {
    t.throws(() => readCommandLine(args), { name: 'UsageError', message }, args.join(' ').slice(0, 40));
  }
});

t.test('word errors', async (t) => {
  t.strictSame(wordErrors("I'd like to stop here.", 'id like to stop here'), { errors: 0, words: 5 });
  t.strictSame(wordErrors('one two three four', 'one too three four'), { errors: 1, words: 4 }, 'replaced');
  t.strictSame(wordErrors('one two three four', 'two three four'), { errors: 1, words: 4 }, 'missing');
  t.strictSame(wordErrors('one two', 'one and a two'), { errors: 2, words: 2 }, 'too many');
  t.strictSame(wordErrors('one two', ''), { errors: 2, words: 2 }, 'nothing heard');
  t.strictSame(wordErrors('', 'noise'), { errors: 1, words: 0 }, 'nothing said');
  t.equal(errorRate([wordErrors('a b c', 'a b c'), wordErrors('d', 'e')]), 0.25, 'every word counts the same');
  t.equal(errorRate([]), null);
  t.equal(median([30, 10, 20]), 20);
  t.equal(median([4, 3, 2, 1]), 2);
  t.equal(median([]), null);
});

t.test('the screen: control codes only on a terminal', async (t) => {
  const partial = (text: string, at_ms: number) => ({
    at_ms,
    type: 'talk.event' as const,
    event: { type: 'coach.input.partial' as const, event_id: 'evt_1', item_id: 'i', text },
  });
  const says = { at_ms: 900, type: 'talk.says' as const, how: 'spoken' as const, text: 'next', over: false };
  const run = (columns: number | null) => {
    let out = '';
    const write = (text: string) => {
      out += text;
    };
    const show = new Show({ columns, write });
    show.event(partial('i want', 100));
    show.event(partial(`${'i want to talk '.repeat(6)}today`, 200));
    show.event(says);
    return out;
  };
  const plain = run(null);
  t.notOk(plain.includes('\r') || plain.includes('\u001b'));
  t.equal(plain.split('\n').length, 4);
  const overwritten = run(40).split('\r\u001b[K');
  t.equal(overwritten.length, 4, 'two partials and a clean line');
  t.ok((overwritten[2] ?? '').length < 40, 'a partial never wraps');
  t.ok((overwritten[2] ?? '').endsWith('today'), 'its newest words are shown');
});

t.test('the report names what was said, heard and how long it took', async (t) => {
  const text = report({
    session_id: 'sess_1',
    greeting: '',
    turns: [
      {
        how: 'spoken',
        said: 'hello there',
        heard: 'hello',
        reply: 'Hi.',
        metrics: {
          end_of_turn_delay_ms: 400,
          transcription_ms: 120.4,
          llm_ttft_ms: 2,
          tts_ttfb_ms: null,
          e2e_latency_ms: 600,
        },
        phase_after: 'coaching',
        wer: 0.5,
        cut_ms: 1500,
        waited_ms: 640,
        gaps_ms: 30,
      },
    ],
    phases: ['coaching'],
    end_reason: null,
    audio: { rate: 24_000, samples: new Int16Array(0) },
    summary: { text: 'You said hello.', takeaways: ['Hello.'], action_items: [{ title: 'Wave', due: 'today' }] },
    wer: 0.5,
    e2e_p50_ms: 600,
    errors: [],
  });
  t.match(text, /1 +50 % +400 +120 +2 +- +- +600 +640\n +said +hello there\n +heard +hello\n +reply +Hi\. \[cut/);
  t.match(text, /\[30 ms of holes\]/);
  t.match(text, /word error rate 50 %, p50 of total 600 ms/);
  t.match(text, /to do: Wave \(today\)/);
});

t.test('the command: exit codes', async (t) => {
  const dir = t.testdir({ 'typed.txt': '!text hello\n' });
  const typed = join(dir, 'typed.txt');
  const cases: [string[], number, RegExp][] = [
    [['--help'], 0, /--max-seconds/],
    [['--shout'], 2, /^talk: .*--shout/],
    [['--script', join(dir, 'none.txt')], 2, /^talk: --script .*none\.txt: there is no such file/],
    [['--wav', typed], 2, /^talk: --wav .*: not a WAV file/],
    // A low port that nobody has, and that fetch does not refuse to try.
    [['--url', 'http://127.0.0.1:2', '--script', typed], 1, /^talk: no session at .*: nobody listens there/],
  ];
  for (const [args, code, said] of cases) {
    const result = await run(args);
    t.equal(result.code, code, args.join(' '));
    t.match(result.said, said);
    t.notMatch(result.said, / at .*\.ts:\d/, 'no stack');
  }
});

async function run(args: string[]): Promise<{ code: number | null; said: string }> {
  const main = fileURLToPath(new URL('../../tools/talk/main.ts', import.meta.url));
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...args]);
  let said = '';
  const hear = (data: Buffer) => {
    said += data.toString();
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, said };
}
