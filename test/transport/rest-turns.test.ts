import t from 'tap';
import { itemList, messageResponse, session as sessionSchema } from '../../protocol/index.ts';
import { SocketClient } from '../support/client.ts';
import { startServer, type TestServer } from '../support/server.ts';

const say = (server: TestServer, { id, token }: { id: string; token: string }, text: string) =>
  server.call('POST', `/api/sessions/${id}/messages`, { token, json: { text } });

t.test(
  'a whole session by REST alone: request, yes, and the end with its summary in the same call (W1, W2)',
  async (t) => {
    const server = await startServer(t);
    const mine = await server.create();
    server.engines.script.replies = ['What makes the mornings hard?'];
    const first = messageResponse.parse((await say(server, mine, '  My mornings are chaos.  ')).body);
    t.match(first, {
      user: { text: 'My mornings are chaos.' },
      coach: { text: 'What makes the mornings hard?' },
      session: { phase: 'coaching', message_count: 2 },
    });
    const asked = messageResponse.parse((await say(server, mine, "Let's stop here for today.")).body);
    t.match(asked.session, { phase: 'confirming', status: 'active', wrap_up: { requested_by: 'user', prompts: 1 } });
    t.match(asked.coach.text, /\?/, 'asks whether to end here');
    const closed = messageResponse.parse((await say(server, mine, 'Yes.')).body);
    t.match(closed.session, { phase: 'ended', status: 'ended', end_reason: 'user_confirmed', message_count: 6 });
    t.match(closed.session.summary, { action_items: [{ title: 'Call your boss' }] });
    t.ok(closed.coach.text.length > 0, 'with the spoken close');

    t.match((await say(server, mine, 'One more thing')).problem(), { status: 409, code: 'session_ended' });
    const { body } = await server.call('GET', `/api/sessions/${mine.id}/items`, { token: mine.token });
    const { data, has_more } = itemList.parse(body);
    t.same(
      data.map(({ id, role, text }) => [id, role, text]),
      [first, asked, closed].flatMap(({ user, coach }) => [
        [user.item_id, 'user', user.text],
        [coach.item_id, 'assistant', coach.text],
      ]),
      'the transcript has it all, in order, under the same ids',
    );
    t.equal(has_more, false);
    t.match((await server.call('GET', `/api/sessions/${mine.id}`, { token: mine.token })).body, closed.session);
  },
);

t.test('a no goes on with the coaching (W3); a button-less second request is a yes (W5)', async (t) => {
  const server = await startServer(t);
  const one = await server.create();
  await say(server, one, "Let's stop here for today.");
  const declined = messageResponse.parse((await say(server, one, 'No, not yet.')).body);
  t.match(declined.session, { phase: 'coaching', status: 'active', wrap_up: { declined_at: String } });
  const two = await server.create();
  await say(server, two, "Let's stop here for today.");
  const again = messageResponse.parse((await say(server, two, "I said let's stop here.")).body);
  t.equal(again.session.end_reason, 'user_confirmed');
});

t.test('POST …/end ends it once, however often it is called (W7)', async (t) => {
  const server = await startServer(t);
  const mine = await server.create();
  await say(server, mine, 'My mornings are chaos.');
  const end = () => server.call('POST', `/api/sessions/${mine.id}/end`, { token: mine.token });
  const both = await Promise.all([end(), end()]);
  const ended = both.map(({ body }) => sessionSchema.parse(body));
  t.match(ended[0], { status: 'ended', phase: 'ended', end_reason: 'forced', summary: { text: String } });
  for (const other of [ended[1], sessionSchema.parse((await end()).body)]) t.same(other, ended[0]);
  t.match((await say(server, mine, 'hello?')).problem(), { status: 409, code: 'session_ended' }, 'W11');
  const empty = await server.create();
  const { body } = await server.call('POST', `/api/sessions/${empty.id}/end`, {
    token: empty.token,
    headers: { 'content-type': 'application/json' },
  });
  t.match(body, { status: 'ended', message_count: 0 }, 'a session in which nothing was said ends too');
});

t.test('a REST message is seen on the socket, and an end by REST closes it (W7)', async (t) => {
  const server = await startServer(t);
  const mine = await server.create();
  const socket = await SocketClient.open(`${server.wsUrl}/api/sessions/${mine.id}/stream`, { token: mine.token });
  await socket.next('session.created');
  const { user, coach } = messageResponse.parse((await say(server, mine, 'My mornings are chaos.')).body);
  t.match(await socket.next('conversation.item.done'), {
    item: { id: user.item_id, role: 'user', content: [{ type: 'input_text', text: 'My mornings are chaos.' }] },
  });
  t.match(await socket.next('conversation.item.done'), {
    item: { id: coach.item_id, role: 'assistant', content: [{ type: 'output_audio', transcript: coach.text }] },
  });
  t.ok(socket.types().includes('response.output_audio.delta'), 'whoever listens hears the answer');
  await server.call('POST', `/api/sessions/${mine.id}/end`, { token: mine.token });
  const { reason, session } = await socket.next('coach.session.ended');
  t.match([reason, session.status], ['forced', 'ended']);
  t.equal((await socket.closed()).code, 1000);
  t.equal(socket.types().at(-1), 'coach.session.ended', 'the last event');
});
