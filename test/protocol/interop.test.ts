import { once } from 'node:events';
import { OpenAIRealtimeWebSocket } from '@openai/agents-realtime';
import t from 'tap';
import { WebSocketServer } from 'ws';
import { type ParsedClientEvent, parseClientEvent } from '../../protocol/index.ts';
import { serverSamples } from './samples.ts';

t.test("the agents SDK's own parser takes every event of OpenAI's vocabulary, and we take what it sends", async (t) => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no address');
  const received: ParsedClientEvent[] = [];
  const wanted = Object.entries(serverSamples).filter(([type]) => !type.startsWith('coach.'));
  server.on('connection', (socket) => {
    socket.on('message', (data) => received.push(parseClientEvent(JSON.parse(String(data)))));
    for (const [type, { good }] of wanted) socket.send(JSON.stringify({ type, event_id: 'evt_1', ...good }));
    socket.send(JSON.stringify({ type: 'end.of.samples' }));
  });

  const transport = new OpenAIRealtimeWebSocket({ url: `ws://127.0.0.1:${address.port}` });
  t.teardown(() => {
    transport.close();
    server.close();
  });
  const typed = new Set<string>();
  for (const [type] of wanted) transport.on(type, () => typed.add(type));
  const finished = new Promise<void>((resolve) => {
    transport.on('*', (event) => event.type === 'end.of.samples' && resolve());
  });
  await transport.connect({ apiKey: 'ek_x', initialSessionConfig: { instructions: 'be kind' } });
  await finished;
  t.same(
    wanted.map(([type]) => type).filter((type) => !typed.has(type)),
    [],
    'none of them is unknown or malformed to it',
  );

  transport.sendMessage('hello', {});
  transport.sendAudio(new ArrayBuffer(960), { commit: true });
  transport.interrupt();
  const last = once(server.clients.values().next().value ?? server, 'close');
  transport.close();
  await last;
  t.same(
    received.filter((parsed) => !parsed.ok),
    [],
  );
  const types = new Set<string>(received.map((parsed) => (parsed.ok ? parsed.event.type : '')));
  for (const type of ['session.update', 'conversation.item.create', 'conversation.item.retrieve', 'response.create']) {
    t.ok(types.has(type), type);
  }
});
