/**
 * What the first recogniser of meanings knows, as data: patterns over plain speech (`plain` in words.ts) with weights.
 * A trained classifier is to replace it. A rule's weight is evidence: the sum of a meaning's rules is its score.
 */
export interface Rule {
  pattern: RegExp;
  weight: number;
}

/** `weight`: evidence for the list's meaning, where the pattern is found. */
export const rule = (weight: number, pattern: RegExp): Rule => ({ weight, pattern });

/** Speech that is reported or about something else: it is taken out before anything is scored. */
export const ASIDE: RegExp[] = [
  /\b(told|tell|telling|say to|said to|saying to|say|said|asked|ask|answered|replied|texted|wrote|goes|went like|was like|try it on you) (him|her|them|my \w+|the \w+|me|everyone|us)?(:| that| like)? ?(sorry|look|okay|hey|listen|boss|please|no|yes|well|bye|goodbye|i|im|we|lets)\b.*$/,
  /\blet me try (it|this|that|one) (on|with) you\b.*$/,
  /\b(by then|back then|at that (point|time|moment)|in the end|end of the (day|week|month|year|quarter)|at the end of|by the end of)\b/g,
];

const SESSION = '(session|call|conversation|chat|coaching|talk|meeting with you)';
const TODAY =
  '(for (today|now|tonight|the day|this (morning|evening|session|time))|here|there|right here|at this point)';

/** Said to end the session. */
export const END: Rule[] = [
  // What recognisers make of "stop here for today".
  rule(
    2.5,
    /\b(stop|end|finish|close|pause)( it)? (hear|care|year|ear|dear|near|hair|her|fear|fair|there|clear) for (today|now|tonight)\b/,
  ),
  rule(
    2.5,
    /\b(so|sorry|and|but|now) (i|ive|we) (have|need|got|had better|must) to (stop|go|run|leave|hang up)( now| here| soon| to (a|the|my) \w+)*$/,
  ),
  rule(
    2.5,
    /^((okay|well|right|sorry|alright) )*(i|ive) (have|need|got) to (run|dash|rush|hop) to (a|the|my) \w+( now)?$/,
  ),
  rule(2.5, /\b(thats|that is) (it|all|everything) (from|on) my (side|end|part)\b/),
  rule(2.5, /\b(id like|i would like|want) to (leave|go|stop|finish|hang up) now\b/),
  rule(2, /\b(do|keep|save|leave) the rest (for )?(next time|later|tomorrow|another (day|time)|next week)\b/),
  rule(
    2.5,
    /^((okay|well|right|so|alright|coach|kuku|sorry|anyway|please) )*(im|i am|were|we are) (off|out|leaving|going|heading (off|out|home))( now| then| bye)*$/,
  ),
  rule(
    2.5,
    /\b(need|have|got|should|must|better)( to)? (get|go|head|return|be) back (to|at|in) (the |my |this )?\w+ (now|right now|soon|in a (minute|second|moment))$/,
  ),
  rule(2.5, /\b(get|hop|jump|drop) off (the|this) (phone|call|line)\b/),
  rule(
    2.5,
    /(^|\b(can you|could you|please|lets|can we|could we|will you) )(close|end|wrap|finish|shut) (this|it|us|things) ?(out|off|down|up)?( now| here| please| then)*$/,
  ),
  rule(
    2.5,
    /\bmy (\w+ )?(break|time|hour|slot|free (time|hour)) is (over|up|almost up|almost over|nearly (up|over)|ending|done)( now| sorry)*$/,
  ),
  rule(
    2.5,
    /\b(that|this|it)( |ll | will | should | would )(do|be enough|be all|be it|suffice)( it)?( for (today|now|me|tonight))+\b/,
  ),
  rule(
    2.5,
    /\b(thats|that is|thatll be) (all|everything|it) (i|we) (have|had|got|wanted|needed)( for you| for today| today| for now| now)*$/,
  ),
  rule(
    2.5,
    /^((okay|well|right|so|alright|sorry|i think|i guess|yeah) )*(im|i am) (going to|about to) (go|leave|head out|run|stop|hang up)( here| now| then| bye)*$/,
  ),
  rule(
    2.5,
    /^((okay|well|right|so|alright|sorry|oh|oh no|wait) )*(the|my) (\w+ )?(baby|kids?|daughter|son|twins|dog|doorbell|phone|alarm|children|toddler) (is|are|just|s) (crying|calling|ringing|up|awake|barking|going off|here|home|waking up|woke up)( now| again)*$/,
  ),
  rule(
    2.5,
    /\b(leave it (at that|there|here)|bring (this|it|things|our \w+) to (a|an) (close|end)|wind (things|this|it|up|down)( up| down)?|draw (this|it|things) to a close)\b/,
  ),
  rule(2.5, /\b(cut|keep) (this|it|us|our (session|call|chat)) (short|brief)\b/),
  rule(
    2,
    /\b(thats|that was|that is|we) (pretty much |about |really )?(everything|all|covered (everything|it all|all of it|a lot)|got through (everything|it all))( (i|we) (wanted|had|needed|came)( to \w+){0,2}( about| for| through)?)?( today| then| now| thanks| i think)*$/,
  ),
  rule(
    2.5,
    /\b(i|ive|weve|i ve)( got| have)? (a|my) (train|bus|flight|plane|meeting|call|taxi|ride) to (catch|get to|make|join|attend|take)\b/,
  ),
  rule(2.5, /\b(got to|have to|need to|must) (go|run|dash|leave)( now| bye| sorry)*$/),
  rule(
    2.5,
    /\bmy (\w+ )?(wife|husband|partner|mother|mom|mum|boss|daughter|son|kids|colleague|roommate|dad|father) (is|are) (calling me|waiting for me|waiting|calling|at the door|here|home|shouting for me|back)( (for|to|in|over|now|downstairs|outside)( \w+){0,2})?$/,
  ),
  rule(
    2,
    /\b(ill|i will|let me|going to|ill go) (and )?(sit with|sleep on|think about|chew on|reflect on|mull over|digest|think over|go away with) (that|it|this|all of that|all this|what \w+ said)( for a (while|bit|few days|day or two)| tonight| over| now| then| thanks| thank you)*$/,
  ),
  rule(
    3,
    new RegExp(
      `\\b(end|stop|finish|close|wrap up|conclude|leave|quit|terminate|pause) (the|this|our|todays) (coaching )?${SESSION}\\b`,
    ),
  ),
  rule(
    3,
    new RegExp(
      `\\b(lets|let us|we can|can we|could we|shall we|should we|we should|we could|id like to|i would like to|i want to|im going to|im happy to|maybe|perhaps|please|okay|happy to|may i|can i|i think we can|i need to|ready to|time to|want to|we might|i might) (just |probably |now |maybe )?(end|stop|finish|close|wrap|wrap up|wrap (it|this|that|things) up|call it|leave it|leave things|pause|conclude|finish up|close up|stop talking|end it|end things|break off) ?(it |this |things |off )*(${TODAY}|soon|now|then|please|$)`,
    ),
  ),
  rule(
    3,
    new RegExp(
      `\\b(end|stop|finish|close|wrap up|wrap it up|leave it|pause|park it|call it quits|leave it at that|leave things) ${TODAY}( please| then| thanks)?$`,
    ),
  ),
  rule(3, /\b(call it (a day|a night|quits))\b/),
  rule(
    3,
    /\b(thats|that is|thatll be|that will be|that was|this is|i think thats) (probably |about |pretty much |really |just )?(it|all|enough|everything|plenty)( (from|for) (me|us|today|now|tonight))+\b/,
  ),
  rule(
    2.5,
    /\b(thats|that is|thatll be|that will be) (probably |about |pretty much |really )?(it|all|enough|everything)( then| thanks| thank you| really| i think| i guess)*$/,
  ),
  rule(
    2.5,
    /\b(i|we) (have|ve|got|had|really|ve got|have got) ?(to|got to|need to|must|should|better) (really )?(go|run|leave|dash|head|jump|hop|get going|head out|log off|hang up|drop off|get off|sign off)( now| soon| off| out| in a (minute|second|bit|moment)| i m afraid| im afraid| sorry| though| here| then)*( because| to| for| my| so|$)/,
  ),
  rule(
    2.5,
    /\b(i|we|ive|weve|id)( really| do| think i| should| probably)* (must|got to|have to|need to|got to|have to|should|ought to|better|had better|gotta) (really |probably |now )?(go|run|leave|dash|head|jump|hop|get going|head out|head off|be going|be off|be leaving|log off|hang up|sign off|drop)( now| soon| off| out| in a (minute|second|bit|moment)| sorry| though| here| then)*$/,
  ),
  rule(
    2,
    /\b(ill|i will|im going to|going to|let me) (let you go|leave (it|you) (here|there|to it|at that)|stop here|head off( now)?|hang up( now)?|log off|sign off|hop off|jump off|drop off (now|here)|say goodbye)\b/,
  ),
  rule(
    3,
    /^(\w+ ){0,5}(goodbye|bye|bye bye|good night|see you (later|soon|next (time|week)|tomorrow|around)|talk (to you )?(later|soon|next (time|week)|tomorrow)|until next time|take care|so long|cheers bye|catch you later|speak soon)( then| now| coach| kuku| everyone| for now| and (thank you|thanks)( so much| a lot)?| thank you| thanks| bye| have a (good|nice) (day|one|evening|weekend))*$/,
  ),
  rule(
    2.5,
    /\b(im|i am|we are|were|i think im|i think we are|i think were|i feel) (all |pretty much |about |basically )?(done|finished|good|set) (here|for (today|now|tonight|the day)|with (this|the|our|todays) (session|call|conversation|chat|coaching)|talking|i think)\b/,
  ),
  rule(
    2,
    /^((okay|well|yeah|right|so|alright|i think|i guess|thanks|thank you|no|great|perfect) )*(im|i am|were|we are) (all |pretty much |about |basically )?(done|finished|all set|good to go|good now)( now| then| thanks| thank you| i think)*$/,
  ),
  rule(
    3,
    /\b(given|gave|give|gives|got|get|have|has|leaves) (me |us )?(plenty|enough|lots|a lot|loads|so much|something|much|more than enough|food|tons) (to|for) (chew|think|reflect|work|mull|digest|go|be going|sleep|sit|ponder|get on|take away|process)( (on|over|about|with|thought|it|away|for now|off|now|today|then|thanks|thank you|here))*$/,
  ),
  rule(
    1.5,
    /^((okay|well|yeah|right|so|alright|thanks|thank you|great|perfect|that) )*(i (have|ve got|got|think i have|think ive got|feel i have)|ive got|you have given me|youve given me|gave me) (what i (needed|came for|wanted)|everything i need(ed)?|all i need(ed)?|enough)\b/,
  ),
  rule(1.5, /\b(got|have|had|heard|get) what i (needed|came for|wanted|was looking for)\b/),
  rule(
    2.5,
    /\b((i )?(can |just )?(hear|heard|see)) (my|the|our) (\w+ )?(daughter|son|kid|kids|baby|child|children|wife|husband|partner|boss|colleague|colleagues|door|doorbell|bus|train|taxi|phone|guest|guests|team|toddler|twins|dog|neighbour|neighbor|roommate|visitors?) (is |are |has |at |just |now )*(waking|wake|woke|awake|crying|cry|calling|ringing|knocking|ring|arriving|arrive|coming|come|pulling|waiting|up|home|back|outside|door|barking|the door)\b/,
  ),
  rule(
    2.5,
    /\b(my|the|our) (\w+ )?(next )?(meeting|call|bus|train|flight|class|lesson|appointment|shift|lunch break|break|stop|taxi|ride|uber|battery|phone|dinner|food|oven) (is |has |just |are |will |s )*(about to|starting|starts(?! (at|every|on|late|early|too))|start|leaving|leaves(?! (at|every|on|too))|boarding|here|arrived|arriving|almost over|nearly over|over|dying|ringing|running out|almost dead|at the door|coming up|ready|begins|beginning|up next)\b(?! (in|at|next|on) (january|february|march|april|may|june|july|august|september|october|november|december|monday|tuesday|wednesday|thursday|friday|saturday|sunday|month|week|year|\\d))/,
  ),
  rule(2, /\b(someone|somebody) (is |s |just )*(at the door|calling me|knocking|waiting for me|needs me|at my door)\b/),
  rule(
    2,
    /\b(i|we|ive|weve) (have|got|need to be in|got to pick up|should be in|am due in|m due in|have to be in|need to get to|have to get to|have to pick up|need to pick up|have to get ready for|need to get ready for) (a |an |another |my |the |to )*(next )?(meeting|call|appointment|class|kids?|daughter|son|train|bus|flight|dinner|lesson|interview)( in (a|one|two|five|ten|\\d+) ?(minutes?|mins?|moment|bit|second)?| now| right now| soon| coming up| starting)\b/,
  ),
  rule(
    2,
    /\b(ran|run|running|runs|am|im|we are|were|almost|nearly) (out of|short on) time (today|now|here|for today|im afraid|i m afraid|$)/,
  ),
  rule(
    2,
    /\b(time|about time|high time|getting late|its late|quite late)( for me| for us)*( (for bed|to (go|stop|leave|head (off|out|home)|close|end|finish|wrap up|say goodbye)|i (go|went|left|stopped|should (go|stop|leave))))( here| now| then| today)*$/,
  ),
  rule(
    1.5,
    /\b(getting late|need to sleep now|off to bed|go to bed now|going to bed now|hit the hay|hit the road|head to bed)\b/,
  ),
  rule(
    2,
    /\b(can|could|may|lets|let us|shall we|we can|i want to|id like to|want to|need to|maybe) (we )?(pick|take|continue|resume|carry|do) (this|it|that|these|things)? ?(up )?(again |on )?(again|another (day|time)|next (time|week)|tomorrow|later|some other time)\b/,
  ),
  rule(
    2,
    /^((okay|well|great|right|alright|so|anyway|perfect|lovely|good) )*(thank you|thanks)( (so much|very much|a lot|again|kuku|coach|for (your|the|all|this|everything|listening|today|that)( \w+){0,3}))* ?(that (was|helped|helps)( \w+){0,4}|it (was|helped|has been|was really)( \w+){0,4}|this (was|helped|has been)( \w+){0,4}|youve been( \w+){0,4})$/,
  ),
  rule(
    1.5,
    /\b(no more (questions|for today)|nothing (else|more) (for today|from me|to add|to say|to talk about|today|to discuss)|i have nothing (else|more))\b/,
  ),
  rule(
    2,
    /^((okay|please|just|can you|could you|alright) )*(stop|end|finish|quit|hang up|end it|stop it|stop now|end now|finish now|log out|exit|disconnect|wrap up|wrap it up|lets wrap up|lets stop|lets finish|lets end|lets close|close it|were done|that is enough|thats enough|enough)( please| now| here| thanks| for today| it here)*$/,
  ),
  rule(
    2,
    /\b(enough (for|of) (today|tonight|one day|now|this)|done (enough )?for (today|one day|tonight|now)|need (a|to take a) break (now|from this|here)|(good|natural|nice|right) (place|point|moment|time|note|spot) to (stop|end|finish|pause|leave|close|wrap)|want to rest now|too tired to (go on|continue|talk|keep))\b/,
  ),
];

/** Against an end of this session: something else is meant, or the opposite is. */
export const NOT_END: Rule[] = [
  rule(2, /\b(it|that|this) (was|is not|isnt|wasnt) (\w+ )?(right|good|best|wrong|bad) (time|moment|place) to\b/),
  rule(
    2.5,
    /\b(enough|everything|all) (of|about|with|to do with) (this|my|the|that|his|her|their) (job|work|boss|company|man|situation|life|people|behaviou?r|city|place|team|project|relationship|fighting|drama)\b/,
  ),
  rule(
    4,
    /\b(end|ended|ending|finish|finished|finishing|stop|stopped|stopping|close|closed|closing|quit|quitting|leave|left|leaving|drop|dropped|wrap up|cancel|done with) (up )?(my|the|a|an|this|that|our|his|her|their|with|all|every|some|at|being|doing|working|smoking|drinking|worrying|eating|procrastinating|buying|comparing|checking|trying|saying|seeing|feeling|avoiding|thinking|overthinking|apologi[sz]ing) ?(\w+ )?(contract|job|work|course|marriage|relationship|thesis|project|company|team|deal|book|degree|school|university|class|gym|smoking|drinking|position|role|church|business|shop|store|account|report|friendship|lease|affair|chapter|paper|day|week|projects|tasks?|house|him|her|mess|habit|people|working|doing|worrying|overthinking|sugar|wine|meeting early|argument|fight|partner|husband|wife|boyfriend|girlfriend|firm|industry|industries|studies|phone|door|late)\b/,
  ),
  rule(
    3,
    /\b(quit|quitting|dropped|dropping|ended|left|leaving|finished|closed|stopped) (my|the|a|her|his|their|our|smoking|drinking|working|it (last|years|when|because|with))\b/,
  ),
  rule(
    3,
    /\b(dont|do not|didnt|not|never|wont|wouldnt|cant|cannot|no need to|without|rather not|before we|until we|not ready to|not yet) (really |even |actually |want to |wanna |have to |need to |quite |want us to |going to )*(end|stop|finish|close|wrap|go|leave|done|say goodbye|hang up)\b/,
  ),
  rule(
    2.5,
    /\b(when|whenever|if|after|once|until|before|because|every time|why|how|that) (i|we|he|she|they|it|my \w+) (\w+ )?(go|went|goes|leave|leaves|left|stop|stopped|end|ended|finish|finished|have to go|had to go|run|close|say goodbye|said goodbye)\b/,
  ),
  rule(
    2.5,
    /\b(i|we|he|she|they|you) (always|often|usually|sometimes|never|used to|had to|had|was|were|just had to|keep|kept) (\w+ )?(to )?(go|going|leave|leaving|run|running|stop|stopping|finish|end|hang up|say goodbye|say bye)\b/,
  ),
  rule(
    3,
    /\b(he|she|they|my \w+|boss|it|everyone|people|nobody|somebody) (\w+ )?(wants|wanted|has|had|needs|needed|said|says|decided|told|asked|tried|is going|was going|thinks|must|should|will|have|want|need|would)( me)?( to)? (\w+ )?(go|leave|stop|end|finish|close|quit|run|goodbye|bye|wrap)\b/,
  ),
  rule(
    3,
    /\b(was|is|were|had been|has been|got|felt) (already |finally |almost |nearly |all )?(over|finished|done|ended)\b(?! (for (today|now|me)|here))/,
  ),
  rule(
    3,
    /\b(go|run|leave|going|head|get going|jump) (back )?(to|into|for|through|over|with|without|on|after|against|deeper|further|there|about|by|in|from|abroad|away from|home early) (work|college|school|university|therapy|him|her|them|church|it|that|this|the|a|an|my|another|more|other|these|some|london|office|one|marathon|half|new|parties|events|meetings|details|something|bed early)\b/,
  ),
  rule(
    2,
    /\b(end|stop|finish|close|wrap up) (up )?(feeling|being|doing|with|like|hating|saying|alone|myself|each|every|by|before|early|late|on time)\b/,
  ),
  rule(
    2,
    /\b(goal is|want to learn|trying to|try to|struggle to|hard to|difficult to|learn to|how to|afraid to|scared to|unable to|need help) (\w+ )?(stop|end|finish|close|leave|say (no|goodbye)|quit|go)\b/,
  ),
  rule(
    2,
    /\b(lets|let us|can we|could we|shall we|i want to|id like to) (go|start|begin|talk|look|get back|stay|keep|continue(?! (this|it|that|these)? ?(another|next|tomorrow|later|some))|carry on|explore|focus|dig|move|return|come back)\b/,
  ),
];
