import t from 'tap';
import { isBackchannel } from '../../src/conversation/backchannel.ts';

const YES = [
  ...[
    'mm-hm',
    'Mm-hmm.',
    'mhm',
    'mhmm',
    'mmhm',
    'hm hm',
    'hm',
    'hmm',
    'hmmm',
    'mm',
    'mmm',
    'uh-huh',
    'uh huh',
    'uhhuh',
  ],
  ...['huh', 'uh', 'um', 'ah', 'aha', 'oh', 'ooh', 'wow', 'Oh, wow!', 'haha', 'ha ha ha', 'hehe'],
  ...['yeah', 'yeah yeah', 'yep', 'right', 'right right', 'okay', 'OK.', 'ok ok', 'oh okay', 'alright', 'all right'],
  ...[
    'i see',
    'I see.',
    'oh i see',
    'yeah i see',
    'got it',
    'okay got it',
    'sure',
    'exactly',
    'of course',
    'mm yeah right',
  ],
  ...['', '   ', '...', '-'],
];

const NO = [
  ...['no', 'No.', 'nope', 'stop', 'wait', 'hold on', 'what', 'what?', 'sorry', 'yes but', 'yeah but', 'okay stop'],
  ...['yeah no', 'right wait', 'i', 'see', 'i see you', 'got', 'all', 'of', 'course of', 'hello', 'bye', 'okay bye'],
  ...['mm hm mm hm', 'yeah yeah yeah yeah', 'home', 'hum a song', 'mother', 'her', 'him', 'uhuru', 'oho no', 'i see i'],
  ...['can you repeat that', 'i want to stop', 'yeah i think so', 'oh my god'],
];

for (const text of YES) t.test(`"${text}" is a backchannel`, async (t) => t.equal(isBackchannel(text), true));
for (const text of NO) t.test(`"${text}" is not`, async (t) => t.equal(isBackchannel(text), false));
