import t from 'tap';
import { encodeFrame } from '../../protocol/index.ts';
import { pcm, SocketClient } from '../support/client.ts';
import { startServer, type TestServer } from '../support/server.ts';

type Protocol = 'kuku.v1' | 'realtime';

async function open(server: TestServer, protocol: Protocol): Promise<SocketClient> {
  const { id, token } = await server.create();
  const client = await SocketClient.open(`${server.wsUrl}/api/sessions/${id}/stream`, { token, protocols: [protocol] });
  await client.next('session.created');
  return client;
}

/** It still answers. */
async function lives(client: SocketClient): Promise<boolean> {
  client.send({ type: 'session.update', session: {} });
  return (await client.next('session.updated')).type === 'session.updated';
}

const text = (value: unknown) => JSON.stringify(value);
const update = (session: unknown) => text({ type: 'session.update', event_id: 'mine', session });
const append = (audio: unknown) => text({ type: 'input_audio_buffer.append', event_id: 'mine', audio });

/** What is sent, and the code and field of its refusal. */
const TEXTS: [string, string, string | null][] = [
  ['', 'invalid_json', null],
  ['{', 'invalid_json', null],
  ['hello', 'invalid_json', null],
  ['{"type":"session.update"', 'invalid_json', null],
  ['{"type":"coach.playout","item_id":"a","audio_ms":NaN}', 'invalid_json', null],
  ['\u0000', 'invalid_json', null],
  ['['.repeat(100_000), 'invalid_json', null],
  ['null', 'invalid_value', null],
  ['[]', 'invalid_value', null],
  ['7', 'invalid_value', null],
  ['{}', 'missing_required_parameter', 'type'],
  [text({ type: 7 }), 'unknown_event_type', 'type'],
  [text({ type: 'toString' }), 'unknown_event_type', 'type'],
  [text({ type: 'session.created' }), 'unknown_event_type', 'type'],
  ['{"__proto__":{"type":"session.update"}}', 'missing_required_parameter', 'type'],
  [text({ type: 'session.update' }), 'missing_required_parameter', 'session'],
  [update({ audio: { input: { format: { type: 'audio/mp3' } } } }), 'invalid_value', 'session.audio.input.format.type'],
  [
    update({ audio: { input: { format: { type: 'audio/pcm', rate: 8000 } } } }),
    'invalid_value',
    'session.audio.input.format.rate',
  ],
  [update({ audio: { output: { speed: 99 } } }), 'invalid_value', 'session.audio.output.speed'],
  [
    update({ audio: { input: { turn_detection: { type: 'server_vad', silence_duration_ms: -1 } } } }),
    'invalid_value',
    'session.audio.input.turn_detection.silence_duration_ms',
  ],
  ['{"type":"coach.playout","item_id":"a","audio_ms":1e999}', 'invalid_value', 'audio_ms'],
  [text({ type: 'coach.playout', item_id: 'a', audio_ms: -1 }), 'invalid_value', 'audio_ms'],
  [text({ type: 'coach.playout', item_id: 'a', audio_ms: 1e300 }), 'invalid_value', 'audio_ms'],
  [text({ type: 'coach.playout', item_id: 'a', audio_ms: '5' }), 'invalid_value', 'audio_ms'],
  [
    '{"type":"conversation.item.truncate","item_id":"a","content_index":1e999,"audio_end_ms":0}',
    'invalid_value',
    'content_index',
  ],
  [text({ type: 'conversation.item.retrieve', item_id: '../x' }), 'invalid_value', 'item_id'],
  [text({ type: 'conversation.item.retrieve', item_id: 'item_none' }), 'item_not_found', 'item_id'],
  [
    text({ type: 'conversation.item.create', item: { type: 'function_call_output', output: 'x' } }),
    'unsupported_item',
    'item.type',
  ],
  [
    text({ type: 'conversation.item.create', item: { type: 'message', role: 'system', content: [] } }),
    'unsupported_item',
    'item.role',
  ],
  [
    text({
      type: 'conversation.item.create',
      item: { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'x'.repeat(4001) }] },
    }),
    'invalid_value',
    'item.content[0].text',
  ],
  [append(7), 'invalid_value', 'audio'],
  [append(undefined), 'missing_required_parameter', 'audio'],
  [append('this is text, not audio!'), 'invalid_value', 'audio'],
  [append('AAA'), 'invalid_value', 'audio'],
  [append(Buffer.alloc(3).toString('base64')), 'invalid_value', 'audio'],
  [append(Buffer.alloc(4).toString('base64url').replace(/A/g, '_')), 'invalid_value', 'audio'],
];

t.test('row 23: text that is no event is an error that names the field; the session survives', async (t) => {
  const server = await startServer(t);
  for (const protocol of ['realtime', 'kuku.v1'] as const) {
    const client = await open(server, protocol);
    for (const [sent, code, param] of TEXTS) {
      client.raw(sent);
      const { error } = await client.next('error');
      const event_id = sent.includes('"mine"') ? 'mine' : null;
      t.match(
        error,
        { type: 'invalid_request_error', code, param, event_id },
        `${protocol}: ${text(sent.slice(0, 100))}`,
      );
      t.ok(error.message.length < 250, 'in few words');
      await lives(client);
    }
  }
  t.same(server.faults, []);
});

const header = (bytes: number[], payload: Uint8Array = pcm(20, 0)) => Buffer.concat([Buffer.from(bytes), payload]);
const ZEROS = [0, 0, 0, 0, 0, 0, 0, 0];

const FRAMES: [string, Uint8Array, string][] = [
  ['an empty message', new Uint8Array(), 'frame'],
  ['half a header', Buffer.from([1, 0, 0, 0, 0]), 'frame'],
  ['an unknown kind', header([2, 0, 0, 0, ...ZEROS]), 'kind'],
  ['kind 0', header([0, 0, 0, 0, ...ZEROS]), 'kind'],
  ['reserved flags', header([1, 2, 0, 0, ...ZEROS]), 'flags'],
  ['the reserved field', header([1, 0, 0, 1, ...ZEROS]), 'zero'],
  ['a stream of the server', header([1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]), 'stream'],
  ['half a sample', encodeFrame({ stream: 0, start_ms: 0, last: false, payload: new Uint8Array(961) }), 'audio'],
  ['one byte of audio', encodeFrame({ stream: 0, start_ms: 0, last: false, payload: new Uint8Array(1) }), 'audio'],
  [
    'a capture time past a day',
    encodeFrame({ stream: 0, start_ms: 86_400_001, last: false, payload: pcm(20, 0) }),
    'start_ms',
  ],
  [
    'the last moment of u32',
    encodeFrame({ stream: 0, start_ms: 0xffff_ffff, last: false, payload: pcm(20, 0) }),
    'start_ms',
  ],
  ['text where a frame should be', Buffer.from('{"type":"session.update","session":{}}'), 'kind'],
];

t.test('row 23: binary that is no frame is an error that names the field; the session survives', async (t) => {
  const server = await startServer(t);
  const client = await open(server, 'kuku.v1');
  for (const [what, bytes, param] of FRAMES) {
    client.binary(bytes);
    t.match((await client.next('error')).error, { type: 'invalid_request_error', param }, what);
    await lives(client);
  }
  client.audio(0, new Uint8Array());
  client.audio(86_000_000, pcm(20, 0));
  t.ok(await lives(client), 'an empty frame and a long hole are no faults');
  const other = await open(server, 'realtime');
  other.audio(0, pcm(20, 0));
  t.match(await other.error(), { code: 'binary_not_supported', param: 'frame' }, 'binary in the realtime dialect');
  await lives(other);
  t.same(server.faults, []);
});

t.test('row 23: what comes before the session is there is handled once it is', async (t) => {
  const server = await startServer(t);
  const { id, token } = await server.create();
  const early = (protocol: Protocol) =>
    SocketClient.open(`${server.wsUrl}/api/sessions/${id}/stream`, { token, protocols: [protocol] });
  const mixed = await early('realtime');
  mixed.audio(0, pcm(20, 0));
  mixed.raw('{');
  mixed.send({ type: 'session.update', session: {} });
  await mixed.next('session.created');
  t.equal((await mixed.error()).param, 'frame', 'binary');
  t.equal((await mixed.error()).code, 'invalid_json');
  await mixed.next('session.updated');
  const eager = await early('kuku.v1');
  for (let i = 0; i < 600; i += 1) eager.audio(i * 20, pcm(20, 0));
  eager.send({ type: 'session.update', session: {} });
  await eager.next('session.updated');
  t.match(eager.types(), ['session.created']);
  const acks = eager.events.flatMap((event) => (event.type === 'coach.input.ack' ? [event.audio_ms] : []));
  t.ok((acks.at(-1) ?? 0) > 10_000, `nothing of a backlog is lost: ${acks.at(-1)} of 12,000 ms`);
});

t.test('row 23: ten broken messages in a row close with 4400; a good one starts the count again', async (t) => {
  const server = await startServer(t);
  for (const protocol of ['realtime', 'kuku.v1'] as const) {
    const client = await open(server, protocol);
    const good = [
      () => client.send({ type: 'session.update', session: {} }),
      () => client.send({ type: 'input_audio_buffer.append', audio: Buffer.from(pcm(20, 0)).toString('base64') }),
      ...(protocol === 'kuku.v1' ? [() => client.audio(20, pcm(20, 0))] : []),
    ];
    for (const one of good) {
      for (let i = 0; i < 9; i += 1) client.raw(i % 2 === 0 ? '{' : '{"type":"nonsense"}');
      one();
    }
    for (let i = 0; i < 9; i += 1) client.binary(new Uint8Array(3));
    t.ok(await lives(client), `${protocol}: nine are forgiven, as often as need be`);
    for (let i = 0; i < 10; i += 1) client.raw('{');
    t.equal((await client.closed()).code, 4400);
    t.equal(
      client.events.filter(({ type }) => type === 'error').length,
      (good.length + 1) * 9 + 10,
      'each one was named',
    );
  }
});

t.test('row 23: refusals by rule, not by form, are errors too, and are not counted', async (t) => {
  const server = await startServer(t);
  const client = await open(server, 'realtime');
  for (let i = 0; i < 20; i += 1) client.send({ type: 'conversation.item.retrieve', item_id: 'item_none' });
  for (let i = 0; i < 20; i += 1) t.equal((await client.error()).code, 'item_not_found');
  t.ok(await lives(client));
  client.send({ type: 'response.cancel' });
  client.send({ type: 'coach.playout', item_id: 'item_none', audio_ms: 5 });
  t.ok(await lives(client), 'what comes late is harmless');
  t.equal(client.events.filter(({ type }) => type === 'error').length, 20);
});
