import fc from 'fast-check';
import t from 'tap';
import { CloseCode, encodeFrame } from '../../protocol/index.ts';
import { pcm, SocketClient } from '../support/client.ts';
import { VOICE } from '../support/scripted-engines.ts';
import { startServer, type TestServer } from '../support/server.ts';

/** Found something once? Its seed stays here. */
const SEEDS = [20_260_105, 7];
const RUNS_A_SEED = 150;

const item_id = fc.constantFrom('item_1', 'item_2', 'item_none', '');
const ms = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(0, -1, 20, Number.MAX_VALUE, 86_400_000, 86_400_001));
const words = fc.constantFrom(
  'My mornings are chaos.',
  "Let's stop here for today.",
  'Yes.',
  'No, not yet.',
  '',
  'x'.repeat(4_001),
);
const base64 = fc.oneof(
  fc.uint8Array({ maxLength: 2_000 }).map((bytes) => Buffer.from(bytes).toString('base64')),
  fc.constant(Buffer.from(pcm(100, VOICE)).toString('base64')),
  fc.string(),
);
const format = fc.oneof(
  fc.record({
    type: fc.constantFrom('audio/pcm', 'audio/pcmu', 'audio/pcma', 'audio/opus', 'audio/mp3'),
    rate: fc.constantFrom(16_000, 24_000, 48_000, 8_000, 0),
  }),
  fc.jsonValue(),
);

/** Events as clients send them, with odd values in them. */
const event = fc.oneof(
  fc.record({ type: fc.constant('input_audio_buffer.append'), audio: base64 }),
  fc.record({
    type: fc.constant('session.update'),
    session: fc.record({
      audio: fc.record({
        input: fc.record({
          format,
          turn_detection: fc.constantFrom(
            null,
            { type: 'server_vad' },
            { type: 'semantic_vad', eagerness: 'high' },
            {},
          ),
        }),
        output: fc.record({ format, voice: fc.constantFrom('slt', 'other', '', 7) }),
      }),
    }),
  }),
  fc.record({
    type: fc.constant('conversation.item.create'),
    item: fc.record({
      id: item_id,
      type: fc.constantFrom('message', 'function_call_output'),
      role: fc.constantFrom('user', 'system'),
      content: fc.array(fc.record({ type: fc.constantFrom('input_text', 'input_audio'), text: words }), {
        maxLength: 3,
      }),
    }),
  }),
  fc.record({ type: fc.constantFrom('conversation.item.retrieve', 'conversation.item.delete'), item_id }),
  fc.record({ type: fc.constant('conversation.item.truncate'), item_id, content_index: ms, audio_end_ms: ms }),
  fc.record({ type: fc.constant('coach.playout'), item_id, audio_ms: ms, done: fc.boolean() }),
  fc.record({
    type: fc.constantFrom(
      'input_audio_buffer.commit',
      'input_audio_buffer.clear',
      'response.create',
      'response.cancel',
      'coach.wrap_up.request',
      'coach.wrap_up.confirm',
      'coach.wrap_up.decline',
      'nonsense',
    ),
    event_id: fc.oneof(fc.string(), fc.jsonValue()),
  }),
);

/** Cuts, repeats or overwrites somewhere in a text. */
const mangled = fc
  .tuple(event, fc.nat(), fc.string({ maxLength: 5 }), fc.constantFrom('cut', 'put', 'over'))
  .map(([from, at, put, how]) => {
    const text = JSON.stringify(from);
    const where = at % (text.length + 1);
    if (how === 'cut') return text.slice(0, where);
    return text.slice(0, where) + put + text.slice(how === 'put' ? where : where + put.length);
  });

const frame = fc
  .record({
    stream: fc.constantFrom(0, 0, 0, 1, 0xffff_ffff),
    start_ms: fc.oneof(fc.nat(5_000), fc.nat(0xffff_ffff)),
    last: fc.boolean(),
    level: fc.constantFrom(0, VOICE),
    ms: fc.constantFrom(0, 1, 20, 60),
  })
  .map(({ level, ms: length, ...rest }) => encodeFrame({ ...rest, payload: pcm(length, level) }));

type Message = string | Uint8Array;
const message: fc.Arbitrary<Message> = fc.oneof(
  { arbitrary: event.map((one) => JSON.stringify(one)), weight: 6 },
  { arbitrary: mangled, weight: 1 },
  { arbitrary: fc.json(), weight: 1 },
  { arbitrary: fc.string(), weight: 1 },
  { arbitrary: frame, weight: 4 },
  { arbitrary: fc.uint8Array({ maxLength: 64 }), weight: 1 },
);

const DOCUMENTED = new Set<number>(Object.values(CloseCode));

/** Sends it all and waits until the server has read it, or closed. */
async function play(server: TestServer, protocol: string, messages: Message[]): Promise<number | null> {
  const { id, token } = await server.create();
  const client = await SocketClient.open(`${server.wsUrl}/api/sessions/${id}/stream`, { token, protocols: [protocol] });
  for (const one of messages) client.ws.send(one, { binary: typeof one !== 'string' });
  let pong = false;
  client.ws.once('pong', () => {
    pong = true;
    client.ws.terminate();
  });
  client.ws.ping();
  const { code } = await client.closed();
  // What came is held against the contract by the client: this throws where it was not.
  if (client.violation !== null) throw client.violation;
  return pong && code === 1006 ? null : code;
}

t.test('whatever is sent, the server lives, closes by the book, and says only what the contract has', async (t) => {
  const server = await startServer(t, { limits: { rate_limits: false } });
  const seen = new Map<number | null, number>();
  for (const seed of SEEDS) {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('kuku.v1', 'realtime'),
        fc.array(message, { minLength: 1, maxLength: 25 }),
        async (protocol, messages) => {
          const code = await play(server, protocol, messages);
          seen.set(code, (seen.get(code) ?? 0) + 1);
          if (code !== null && !DOCUMENTED.has(code)) throw new Error(`closed with ${code}`);
          if (code === CloseCode.INTERNAL) throw new Error('our fault');
        },
      ),
      { seed, numRuns: RUNS_A_SEED, interruptAfterTimeLimit: 60_000, markInterruptAsFailure: false },
    );
  }
  t.same(server.faults, [], 'no session failed');
  t.ok((seen.get(null) ?? 0) > 100, `most survive: ${JSON.stringify([...seen])}`);

  const { id, token } = await server.create();
  const healthy = await SocketClient.open(`${server.wsUrl}/api/sessions/${id}/stream`, {
    token,
    protocols: ['kuku.v1'],
  });
  const content = [{ type: 'input_text' as const, text: 'My mornings are chaos.' }];
  healthy.send({ type: 'conversation.item.create', item: { type: 'message', role: 'user', content } });
  healthy.send({ type: 'response.create' });
  t.equal((await healthy.next('response.done')).response.status, 'completed', 'and a healthy session works');
  t.equal(server.engines.open.get('detector'), 1, 'of all those only its own ears are open');
});
