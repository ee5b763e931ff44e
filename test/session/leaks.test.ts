import t from 'tap';
import { Rig } from '../support/rig.ts';

t.test('killing a client at any moment leaves no timer, stream, synthesis or session behind', async (t) => {
  const rig = await Rig.open(t);
  for (let moment = 0; moment <= 7_000; moment += 140) {
    const id = await rig.create({ greeting: moment % 280 === 0 });
    const { actor, client } = await rig.attach(id);
    rig.engines.script.hear = ['i would like to talk about my work', 'and something more'];
    const spoken = Math.min(moment, 1_000);
    await rig.speak(actor, spoken);
    await rig.silence(actor, Math.max(0, Math.min(moment - 1_000, 3_500)));
    await rig.speak(actor, Math.max(0, moment - 4_500));
    actor.detach(client);
    // Words that were taken are still transcribed and stored; that is over soon.
    await rig.clock.advance(1_000);
    await rig.settle();
    t.same(rig.leftOpen(), {}, `killed at ${moment} ms: nothing is open in an engine`);
    t.equal(rig.clock.pending(), 0, `killed at ${moment} ms: no timer is left`);
    t.equal(rig.registry.live, 0, `killed at ${moment} ms: the session is unloaded`);
  }
  t.same(rig.faults, []);
});

t.test('a client killed in the goodbye: the session ends 5 s after the goodbye would have, and is gone', async (t) => {
  const rig = await Rig.open(t);
  const id = await rig.create();
  const { actor, client } = await rig.attach(id);
  actor.event({ type: 'coach.wrap_up.request' });
  actor.event({ type: 'coach.wrap_up.confirm' });
  await rig.silence(actor, 1_000);
  t.equal(actor.view().phase, 'closing');
  actor.detach(client);
  await rig.clock.advance(30_000);
  await rig.settle();
  t.equal((await rig.registry.view(id)).end_reason, 'user_confirmed');
  t.equal(rig.clock.pending(), 0);
  t.equal(rig.registry.live, 0);
  t.same(rig.leftOpen(), {});
});

t.test('a session that ended leaves nothing behind', async (t) => {
  const rig = await Rig.open(t);
  const id = await rig.create();
  const { client } = await rig.attach(id);
  await Promise.all([rig.registry.end(id), rig.clock.advance(1_000).then(() => rig.settle())]);
  t.equal(client.closed?.code, 1000);
  t.equal(client.types().at(-1), 'coach.session.ended');
  t.equal(rig.clock.pending(), 0);
  t.same(rig.leftOpen(), {});
});
