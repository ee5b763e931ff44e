/** English as a recogniser writes it down, and whether it sounds finished. Word lists; pure. */

export type Completeness = 'finished' | 'unclear' | 'trailing';

const words = (list: string) => new Set(list.split(/\s+/));
const lines = (list: string) => new Set(list.split('|').map((line) => line.trim()));

/** Whole answers: nothing need follow them, whatever was asked. */
const COMPLETE = lines(
  `yes | yeah | yep | yup | no | nope | nah | okay | ok | sure | right | exactly | correct | absolutely | definitely |
   totally | true | agreed | alright | all right | fine | great | perfect | never | always | stop | done | hi | hello |
   hey | hi there | hello there | hey there | good morning | good afternoon | good evening | good night | bye |
   bye bye | goodbye | see you | see you later | see you soon | see you tomorrow | take care | thanks | thank you |
   thanks a lot | thank you so much | thank you very much | no thanks | no thank you | yes please | of course |
   not really | not yet | not at all | not now | not today | me too | me neither | same here | got it | i see |
   i agree | i understand | i think so | i guess so | i hope so | i believe so | i suppose so | i don't think so |
   sounds good | that sounds good | that's it | that's all | that's right | that's true | that's enough |
   that makes sense | makes sense | makes sense to me | good question | great question | good idea | i'm good |
   i'm fine | i'm okay | i'm done | i'm ready | i'm here | i'm tired | i'm stuck | let's go | let's do it | let's start |
   let's stop | let's stop here | let's end here | go on | go ahead | please go on | never mind | no idea | nothing |
   nothing else | nothing really | say that again | what do you mean | what do you think | can you hear me |
   how are you | what's next | what now | excuse me | i do | i did | i am | i will | i can | i have | we did | it is |
   it was | it does | it did | you're welcome | a little | a little bit | a bit | a lot | both | neither | maybe later`,
);

/** Said while the thought is still being looked for. They may also be the whole answer: never fast. */
const HESITANT = lines(
  `i don't know | i dunno | not sure | i'm not sure | i am not sure | maybe | perhaps | probably | possibly | hard to say |
   it depends | that depends | i never thought about that | i don't really know | good question i don't know | really |
   i can't | i don't want to | i have to | i know`,
);

/** The person asks for time, or opens a sentence. */
const OPENINGS = lines(
  `i feel | i feel like | i think | i guess | i mean | i want | i need | i just | i suppose | i believe | i wish |
   i hope | i said | i say | i would say | i was thinking | i am thinking | i'm thinking | i keep | i keep thinking |
   i was | i've been | i have been | it feels | it feels like | it seems | it's like | it was like | maybe it's |
   you know | kind of | sort of | the thing is | the problem is | the point is | what i | trying | thinking |
   let me think | let me see | let me think about that | give me a second | give me a moment | just a second |
   one second | one moment | hold on | wait | wait a second | well | anyway | for example | for instance | such as |
   in order | even though | as if | as well as | because of | due to | instead of | other than | more than | less than |
   going | gonna | supposed | able | used to | need to | want to | have to | has to | had to | trying to | going to |
   i don't | i didn't | i wasn't | i couldn't | i haven't | i'm not | it's not | it isn't | there is | there are |
   there's | and then | but then | so then | first of all | on the other hand | at the same time | like you know`,
);

/** A last word that asks for another one. */
const TRAILING = words(
  `and but or nor so because cause cuz cos since although though if unless until while when whenever where wherever
   whether which who whose whom than as yet plus the a an my your his our their its every another such to of at for with
   from by into onto about between without through during towards toward against among upon within beyond beside
   besides except regarding despite like i i'm i've i'll i'd we we're we've we'll he he's she she's they they're they've
   it's that that's there's here's what's who's you're you've you'll am is are was were be been being has had will might
   must may shall gonna wanna gotta isn't aren't wasn't weren't hasn't haven't hadn't very quite pretty just maybe
   perhaps basically probably literally mostly especially mainly um uh er erm em hm hmm hmmm mm mmm ah eh means mean
   called named gets becomes feels seems sounds says keep keeps get let lets makes`,
);

/** A last word that may end a sentence as well as go on: neither fast nor slow. */
const EITHER = words(
  `in on out up off over down under around before after behind then also even still only always her him them you have
   do did does don't didn't doesn't can can't could couldn't should shouldn't would wouldn't won't not think feel want
   need see say said guess suppose believe try start stop thing things one two three first more most less kind sort way
   part what how why many own both either really actually almost anyway well this these those each some any other`,
);

/** "I like that", "thinking about that": here `that` is what the sentence was after. */
const BEFORE_THAT =
  words(`about of with for like do did does doing done try love loved hate change is was on at after before all than by
   want need know knew see enjoy hear mean from to help`);
/** "I think so": the whole thought. */
const BEFORE_SO = words('think guess hope believe suppose not say said do did or');

/** "yes i am", "no it isn't": a subject and its auxiliary answer a closed question. */
const ELLIPTIC =
  /^(?:(?:yes|yeah|yep|no|nope|well|oh|okay|of course|actually)\s)+(?:i|it|we|they|he|she|that|you|there)(?:\s(?:am|are|is|was|were|do|does|did|can|could|will|would|should|have|has|had)(?:n't| not)?|\scan't|\swon't|'(?:s|m|re) not)$/;
/** A whole question, which people often end on a word that would otherwise ask for more. */
const QUESTION =
  /^(?:(?:so|and|but|well|okay|um) )*(?:what|how|why|where|when|who|which|what's|how's|where's|who's|do|does|did|can|could|would|will|should|is|are|was|were|have|has) (?:\S+ )+(?:think|mean|like|about|for|with|at|from|do|say|in|on|start|suggest|recommend|know|this|that)$/;
/** "how about", "what if i": the rest is to come. */
const OPEN_QUESTION = /^(?:how|what) about$|\b(?:if|that|what|how|why) (?:i|we|you)$/;
/** "what i'm afraid of", "how it feels", "what i need": may well be all of it. */
const CLAUSE_END =
  /\b(?:what|how|who|where|why|something|anything|nothing|someone|anyone|nobody) (?:\S+ ){1,4}(?:is|are|am|was|were|feels|means|mean|seems|sounds|says|of|for|with|about|from|talk to|want|need|feel|think)$/;
/** \"what it's like\" is whole. */
const WHAT_LIKE = /\bwhat (?:\S+ ){1,3}like$/;
const THREE_WORDS = /^\S+ (?:is|are|was|were|isn't|aren't|wasn't|feels|seems|went|helps|hurts) \S+$/;
/** What a whole sentence of three words begins with. */
const SUBJECTS = words(
  `i i'm i've it it's we we're he she they they're that that's you my this there let's don't please`,
);

/** Lower-case words, without punctuation; apostrophes stay. */
export function plainWords(text: string): string[] {
  return text
    .toLowerCase()
    .replace(/[’‘`]/g, "'")
    .replace(/[^\p{L}\p{N}\p{M}']+/gu, ' ')
    .split(' ')
    .map((word) => word.replace(/^'+|'+$/g, ''))
    .filter((word) => word !== '');
}

/** A short answer that is whole in itself: yes, a greeting, a stock phrase, or two of them ("okay bye", "yes i do"). */
export function isStockPhrase(spoken: readonly string[]): boolean {
  const text = spoken.join(' ');
  if (COMPLETE.has(text) || ELLIPTIC.test(text)) return true;
  if (spoken.length > 6) return false;
  for (let i = 1; i < spoken.length; i++) {
    if (COMPLETE.has(spoken.slice(0, i).join(' ')) && isStockPhrase(spoken.slice(i))) return true;
  }
  return false;
}

/** How finished the words sound. `text` is looked at only for marks that some recognisers write. */
export function completeness(text: string): Completeness {
  const spoken = plainWords(text);
  const last = spoken.at(-1);
  if (last === undefined) return 'unclear';
  if (/(?:\.\.\.|…|,|-|–|—)\s*$/.test(text)) return 'trailing';
  if (isStockPhrase(spoken)) return 'finished';
  const joined = spoken.join(' ');
  if (HESITANT.has(joined)) return 'unclear';
  if (OPENINGS.has(joined)) return 'trailing';
  if (QUESTION.test(joined) && !OPEN_QUESTION.test(joined)) return 'finished';
  if (WHAT_LIKE.test(joined)) return 'finished';
  if (CLAUSE_END.test(joined)) return 'unclear';
  if (opensAtTheEnd(spoken)) return 'trailing';
  const before = spoken.at(-2) ?? '';
  if (last === 'that' && BEFORE_THAT.has(before)) return 'finished';
  if (last === 'so' && BEFORE_SO.has(before)) return 'finished';
  if (TRAILING.has(last)) return 'trailing';
  if (EITHER.has(last)) return 'unclear';
  if (/[.!?]["”']?\s*$/.test(text) && spoken.length >= 3) return 'finished';
  if (spoken.length >= 4) return 'finished';
  return spoken.length === 3 && (SUBJECTS.has(spoken[0] ?? '') || THREE_WORDS.test(joined)) ? 'finished' : 'unclear';
}

/** The last words open a clause: "… and i feel like", "… but the thing is". */
function opensAtTheEnd(spoken: readonly string[]): boolean {
  for (let n = 2; n <= 4 && n < spoken.length; n++) {
    if (OPENINGS.has(spoken.slice(-n).join(' '))) return true;
  }
  return false;
}

/** The question wants a thought, not a fact: what, how, why, "tell me about"; but not "what time" or "how long". */
export function isDeepQuestion(question: string): boolean {
  const sentences = question.split(/(?<=[.!?])\s+/).filter((sentence) => /\p{L}/u.test(sentence));
  const last = (sentences.at(-1) ?? '').toLowerCase().replaceAll('’', "'");
  if (
    /\b(?:what time|what day|what's your name|how old|how many|how often|how long|how much|how are you)\b/.test(last)
  ) {
    return false;
  }
  return /(?:^|\b(?:and|so|but|then) |[,;:–—-] ?)(?:what|how|why|where|tell me|say more|describe|imagine|walk me)\b/.test(
    last,
  );
}
