import t from 'tap';
import { type CrisisCategory, recogniseCrisis, safetyReply } from '../../src/coach/safety.ts';
import { wordCount } from '../../src/coach/words.ts';

const CRISES: Record<CrisisCategory, string[]> = {
  self_harm: [
    'i want to kill myself',
    'I just want to die.',
    'honestly i wanna die',
    'i have been thinking about suicide a lot lately',
    "I've been feeling suicidal since the breakup",
    'some nights i think about ending my life',
    'i want to end it all',
    "i don't want to live anymore",
    'i do not want to be alive anymore',
    'i dont want to be here anymore',
    'i wish i was dead',
    'sometimes i wish i had never been born',
    'everyone would be better off without me',
    'my kids would be happier if i was gone and they would be better off without me',
    "there's no reason to live really",
    'i have nothing left to live for',
    'i hope i go to sleep and never wake up',
    'i wish i could fall asleep and not wake up',
    'what if i just did not wake up tomorrow i would not mind not waking up again',
    "i can't go on anymore",
    'i started cutting myself again',
    'i want to hurt myself',
    'last night i took a whole bottle of pills',
    'i keep thinking about taking all my pills',
    'i stood there thinking about jumping off the bridge',
    'i thought about driving into a tree',
    'i am so tired of being alive',
    'life is not worth living',
    'i wrote my goodbye letters yesterday',
    "i don't think i'll be around much longer i wont be around much longer",
    'i am just a burden to everyone',
    'my friend says she wants to kill herself',
    'i want it all to end',
    'i hope i just die',
    'i want to disappear forever',
    'i dont see a point in living anymore',
    'i have been thinking about ending things permanently',
    'if i died nobody would notice',
    'i have a plan to take my life',
    'i bought pills so i can end it',
    'i do not see a way out anymore',
    'i have been cutting',
    'i dont deserve to live',
    'whats the point of being alive',
    'nobody would miss me if i was gone',
    'i tried to kill myself last year and it is back',
  ],
  harm_to_others: [
    'i am going to kill him',
    'i want to kill my boss and i mean it',
    "i'm going to hurt someone if this goes on",
    'i have thoughts of hurting my baby',
    "i'm scared that i will hurt my kids",
    'i am thinking of stabbing my husband',
    'i bought a gun to make him pay',
    'i want to burn down the office with all of them inside',
    'i swear i will strangle her tonight',
  ],
  abuse: [
    'my husband hits me when he drinks',
    'he hit me again last night',
    'my dad beats me',
    'my boyfriend threatened to kill me',
    'he said he will kill me if i leave he said he will kill me',
    'i was raped last month',
    'i am in an abusive relationship',
    "i'm afraid to go home",
    "i don't feel safe at home",
    'he wont let me leave the house',
    'she keeps slapping me in front of the kids',
    'he forced himself on me',
    'i have to hide the bruises',
    'he pushed me down the stairs',
    'my partner hurts me',
    'she threw a knife at me',
    'my uncle touched me when i was little',
    'my husband choked me last night',
    'i am scared of my husband',
  ],
};

const ORDINARY = [
  'my knees are killing me',
  'i could kill for a coffee',
  'this deadline is killing me',
  'i could kill him sometimes he never does the dishes',
  'we killed it in the presentation',
  'i need to kill time before the meeting',
  'i want to kill two birds with one stone',
  'they want to kill the project',
  'my wife is going to kill me if i am late again',
  'i nearly died of embarrassment',
  'i am dying to tell her',
  'that dress is to die for',
  'i was bored to death',
  'leaving now would be career suicide',
  'i shot myself in the foot with that email',
  'shoot me an email',
  'i will shoot him a message on monday',
  'i cut myself some slack',
  'i cut myself shaving this morning',
  'i hurt myself playing football',
  'i want to stop hurting her feelings',
  'i dont want to hurt anyone with this decision',
  'i dont want to hurt her',
  'she beat me to the promotion',
  'he beats me at chess every time',
  'it hit me that i never asked',
  'he hit me with a new deadline',
  'my boss hit me up about it',
  'i blew up at my team',
  'i am drowning myself in work',
  'i dont want to live in london anymore',
  'i dont want to live with my parents anymore',
  'i dont want to wake up early',
  'i want to end my contract',
  'i want to end this session',
  'i just want it to be over',
  "i can't go on like this with my manager",
  'i quit my job',
  'i want to disappear into a book for a weekend',
  'i am dead tired',
  'the dead line moved again',
  'i want to take my life in a new direction',
  'i want to change my life',
  'i am living with a very strict father',
  'i volunteer for suicide prevention',
  'i feel like a burden has been lifted',
  'there is no point in going to that meeting',
  'i am tired of this job',
  'i threw the ball and hit the fence',
  'my daughter kicked me out of bed laughing',
  'the new policy forces me to work late',
  'i want to be there for my kids',
  'i am going to beat my record',
  'the team would be better off with a second designer',
  'i am done with this report',
  'goodbye and thank you',
  'i would rather die than give that speech',
  'i was so embarrassed i wanted to die',
  'i want it all to be over this exam season',
  'my father was strict but he never hit me',
  'i am not suicidal',
  'my boss beat us to it',
  'i dont want to live like this forever in a tiny flat',
  'i am tired of life in the city',
  'i overdosed on coffee today',
  'i would love to take my life to the next level',
  'i see no way out of this contract',
  'my wife would kill me if she knew',
  'he threatened to fire me',
  'she hurt me with what she said',
  'i took my pills this morning as usual',
  'my friend committed suicide ten years ago',
  '',
];

t.test('W10 a crisis is recognised in plain and veiled words', async (t) => {
  for (const [category, sentences] of Object.entries(CRISES)) {
    for (const sentence of sentences) t.equal(recogniseCrisis(sentence)?.category, category, sentence);
  }
});

t.test('W10 figures of speech and other trouble are no crisis', async (t) => {
  for (const sentence of ORDINARY) t.equal(recogniseCrisis(sentence), null, sentence);
});

t.test(
  'W10 the safety reply is short, warm, speakable, asks nothing, and changes its words from turn to turn',
  async (t) => {
    for (const category of ['self_harm', 'harm_to_others', 'abuse'] as const) {
      for (const language of ['en-US', 'en-GB', 'en-CA', 'fr-FR', 'en', 'pl', 'en-ZA', 'sv-SE', '']) {
        const texts = [0, 1, 2, 3].map((turn) => safetyReply(category, language, turn).text);
        t.equal(new Set(texts).size, 4, `${category} ${language}: four different texts`);
        for (const text of texts) {
          t.notMatch(text, /[?*_#<>{}[\]]/, text);
          t.notMatch(text, /[,.]{2}|\{/, 'clean punctuation, every blank filled');
          t.notMatch(text, /\b(goal|wrap up|end here|takeaway|next step)/i);
          t.ok(wordCount(text) <= 75, `${wordCount(text)} words`);
        }
      }
    }
  },
);

t.test('W10 resources follow the region', async (t) => {
  const first = (language: string, category: CrisisCategory = 'self_harm') =>
    safetyReply(category, language, 0).resources[0];
  t.match(first('en-US'), { contact: '988', region: 'US' });
  t.match(first('en-GB'), { name: 'Samaritans', contact: '116 123', region: 'GB' });
  t.match(first('en-UK'), { contact: '116 123' });
  t.match(first('de'), { region: 'DE' });
  t.match(first('nl-NL'), { contact: '112', region: 'EU' });
  t.match(first('en-US', 'abuse'), { contact: '1-800-799-7233' });
  t.match(first('en-US', 'harm_to_others'), { contact: '911' });
  t.match(first('en-ZA'), { contact: '112', region: 'INT' });
  const anywhere = safetyReply('self_harm', 'en', 0).resources;
  t.same(
    anywhere.map(({ region }) => region),
    ['INT', 'US', 'GB', 'INT'],
  );
  for (const one of anywhere) t.same(Object.keys(one).sort(), ['contact', 'name', 'region']);
  t.match(safetyReply('self_harm', 'en-US', 0).text, /Lifeline on 9 8 8\b/);
  t.match(safetyReply('self_harm', 'en-GB', 0).text, /Samaritans on 1 1 6, 1 2 3/);
});
