import t from 'tap';
import { addressesListener, toSecondPerson } from '../../src/coach/person.ts';

const PAIRS: [string, string][] = [
  ['i am tired of my job', 'you are tired of your job'],
  ['I am tired. I was late.', 'You are tired. You were late.'],
  ["i'm not sure i can do this myself", "you're not sure you can do this yourself"],
  ['i was really nervous and was late', 'you were really nervous and were late'],
  ['my boss was angry and was loud', 'your boss was angry and was loud'],
  ['i told her and she was angry', 'you told her and she was angry'],
  ['i told my boss that he was wrong', 'you told your boss that he was wrong'],
  ['i really was proud of me', 'you really were proud of you'],
  ['i never was good at it', 'you never were good at it'],
  ['why was i so angry', 'why were you so angry'],
  ['am i too old for this', 'are you too old for this'],
  ['the problem was i never asked', 'the problem was you never asked'],
  ['we decided to sell our house', 'you decided to sell your house'],
  ["we're moving and my wife says she is with me", "you're moving and your wife says she is with you"],
  ['i get up at six am and i am tired', 'you get up at six am and you are tired'],
  ['i get up at 6 am', 'you get up at 6 am'],
  ['that idea was mine', 'that idea was yours'],
  ['he works in a mine', 'he works in a mine'],
  ['i wasnt ready', 'you werent ready'],
  ["i wasn't ready", "you weren't ready"],
  ['ill call her on monday', "you'll call her on monday"],
  ['my mother is ill and weak', 'your mother is ill and weak'],
  ['i think id like a break', "you think you'd like a break"],
  ['i lost my id card', 'you lost your id card'],
  ['i’ve had it with my team', "you've had it with your team"],
  ['she gave me the work because i was free', 'she gave you the work because you were free'],
  ['what i learned is that i am good at this', 'what you learned is that you are good at this'],
  ['the US market', 'the US market'],
  ['it was hard for me', 'it was hard for you'],
];

t.test('a person is spoken to in the second person, with the verbs that go with it', async (t) => {
  for (const [said, shifted] of PAIRS) t.equal(toSecondPerson(said), shifted, said);
});

t.test('speech to the coach is told apart', async (t) => {
  t.equal(addressesListener('you asked me that'), true);
  t.equal(addressesListener('i asked my youngest'), false);
});
