import fc from 'fast-check';
import t from 'tap';
import { dotted, parseClientEvent } from '../../protocol/index.ts';

const SECRET = 'do-not-repeat-me';
const item = (over: object) => ({
  type: 'conversation.item.create',
  item: { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hi' }], ...over },
});
const input = (over: object) => ({ type: 'session.update', session: { audio: { input: over } } });
const output = (over: object) => ({ type: 'session.update', session: { audio: { output: over } } });
const vad = (over: object) => input({ turn_detection: over });

/** What is wrong -> code and param that the client gets. */
const REFUSED: [string, unknown, string, string | null][] = [
  ['null', null, 'invalid_value', null],
  ['an array', [{ type: 'response.create' }], 'invalid_value', null],
  ['text', 'response.create', 'invalid_value', null],
  ['no type', { audio: 'AAA=' }, 'missing_required_parameter', 'type'],
  ['a type that is no string', { type: 7 }, 'unknown_event_type', 'type'],
  ['a type of nobody', { type: SECRET }, 'unknown_event_type', 'type'],
  ['a type that objects have', { type: '__proto__' }, 'unknown_event_type', 'type'],
  ['a server event', { type: 'session.created' }, 'unknown_event_type', 'type'],
  ['append without audio', { type: 'input_audio_buffer.append' }, 'missing_required_parameter', 'audio'],
  [
    'append with a bad id',
    { type: 'input_audio_buffer.append', audio: 'AA==', event_id: 1 },
    'invalid_value',
    'event_id',
  ],
  ['session.update of nothing', { type: 'session.update' }, 'missing_required_parameter', 'session'],
  ['a transcription session', { type: 'session.update', session: { type: SECRET } }, 'invalid_value', 'session.type'],
  ['a format of nobody', input({ format: { type: SECRET } }), 'invalid_value', 'session.audio.input.format.type'],
  ['a format without type', input({ format: {} }), 'missing_required_parameter', 'session.audio.input.format.type'],
  ['a legacy format', input({ format: SECRET }), 'invalid_value', 'session.audio.input.format'],
  [
    'a NaN rate',
    input({ format: { type: 'audio/pcm', rate: Number.NaN } }),
    'invalid_value',
    'session.audio.input.format.rate',
  ],
  ['an infinite speed', output({ speed: Number.POSITIVE_INFINITY }), 'invalid_value', 'session.audio.output.speed'],
  ['a voice that is a number', output({ voice: 1 }), 'invalid_value', 'session.audio.output.voice'],
  ['a voice too long', output({ voice: SECRET.repeat(5) }), 'invalid_value', 'session.audio.output.voice'],
  ['an unknown vad', vad({ type: SECRET }), 'invalid_value', 'session.audio.input.turn_detection.type'],
  [
    'a threshold of 2',
    vad({ type: 'server_vad', threshold: 2 }),
    'invalid_value',
    'session.audio.input.turn_detection.threshold',
  ],
  [
    'unknown eagerness',
    vad({ type: 'semantic_vad', eagerness: SECRET }),
    'invalid_value',
    'session.audio.input.turn_detection.eagerness',
  ],
  [
    'a language of nobody',
    input({ transcription: { language: SECRET + SECRET } }),
    'invalid_value',
    'session.audio.input.transcription.language',
  ],
  [
    'three modalities',
    { type: 'session.update', session: { output_modalities: [1, 1, 1] } },
    'invalid_value',
    'session.output_modalities',
  ],
  ['no item', { type: 'conversation.item.create' }, 'missing_required_parameter', 'item'],
  ['an item without type', item({ type: undefined }), 'missing_required_parameter', 'item.type'],
  [
    'a tool output',
    { type: 'conversation.item.create', item: { type: 'function_call_output' } },
    'unsupported_item',
    'item.type',
  ],
  ['an assistant message', item({ role: 'assistant' }), 'unsupported_item', 'item.role'],
  ['a system message', item({ role: 'system' }), 'unsupported_item', 'item.role'],
  ['a role that is no string', item({ role: 1 }), 'invalid_value', 'item.role'],
  ['no content', item({ content: [] }), 'invalid_value', 'item.content'],
  [
    'an image',
    item({ content: [{ type: 'input_image', image_url: SECRET }] }),
    'invalid_value',
    'item.content[0].type',
  ],
  ['text missing', item({ content: [{ type: 'input_text' }] }), 'missing_required_parameter', 'item.content[0].text'],
  [
    'the second part is bad',
    item({
      content: [
        { type: 'input_text', text: 'a' },
        { type: 'input_audio', audio: {} },
      ],
    }),
    'invalid_value',
    'item.content[1].audio',
  ],
  ['a huge content list', item({ content: new Array(100_000).fill(1) }), 'invalid_value', 'item.content'],
];

for (const [what, value, code, param] of REFUSED) {
  t.test(`refused: ${what}`, (t) => {
    const parsed = parseClientEvent(value);
    const error = parsed.ok ? null : parsed.error;
    t.match(error, { code, param });
    t.notMatch(JSON.stringify(error), SECRET, 'the value is not repeated');
    t.match(error?.message, /^.{1,200}$/);
    t.end();
  });
}

t.test("the error carries the client's own event_id, when it is usable", (t) => {
  const idOf = (event_id: unknown) => {
    const parsed = parseClientEvent({ type: 'nope', event_id });
    return parsed.ok ? 'ok' : parsed.error.event_id;
  };
  t.equal(idOf('mine'), 'mine');
  t.equal(idOf('x'.repeat(513)), null);
  t.equal(idOf(7), null);
  t.equal(idOf(undefined), null);
  t.end();
});

t.test("settings that are not the client's to set are taken and left alone", (t) => {
  const parsed = parseClientEvent({
    type: 'session.update',
    session: { tracing: null, tools: [{ anything: 1 }], temperature: 'hot', max_output_tokens: {}, made_up: 1 },
  });
  t.match(parsed, { ok: true, event: { session: { tracing: null } } });
  t.end();
});

t.test('pcm without a rate has 24000', (t) => {
  const parsed = parseClientEvent(input({ format: { type: 'audio/pcm' } }));
  t.match(parsed, { ok: true, event: { session: { audio: { input: { format: { rate: 24_000 } } } } } });
  t.end();
});

t.test('append is taken as it is, without other keys', (t) => {
  const audio = 'A'.repeat(1280);
  t.same(parseClientEvent({ type: 'input_audio_buffer.append', audio, x: 1 }), {
    ok: true,
    event: { type: 'input_audio_buffer.append', audio },
  });
  t.end();
});

t.test('nothing that JSON can say makes it throw', (t) => {
  const types = ['session.update', 'conversation.item.create', 'coach.playout', 'response.create', 'nope'];
  fc.assert(
    fc.property(fc.constantFrom(...types), fc.jsonValue(), fc.jsonValue(), (type, session, other) => {
      const parsed = parseClientEvent({ type, session, item: other, item_id: other, audio_ms: session });
      if (parsed.ok) return parsed.event.type === type;
      return parsed.error.message.length <= 200 && (parsed.error.param ?? '').length <= 128;
    }),
    { seed: 20_260_105, numRuns: 500 },
  );
  fc.assert(
    fc.property(fc.anything(), (value) => !parseClientEvent(value).ok),
    { seed: 7, numRuns: 300 },
  );
  t.end();
});

t.test('paths are dotted, with indices in brackets', (t) => {
  t.equal(dotted(['content', 0, 'text']), 'content[0].text');
  t.equal(dotted([]), '');
  t.end();
});
