/** Data of the first recogniser: answers to the question whether to end here. Patterns read plain speech, as in intent-rules.ts. */
import { type Rule, rule } from './intent-rules.ts';

/** To the question whether to end here. */
export const YES: Rule[] = [
  rule(
    2,
    /\b((that|it) (would|will) be (good|great|fine|nice|best|okay|perfect|lovely)|no problem( at all)?|no (objection|objections|worries))\b/,
  ),
  rule(
    3,
    /\b(no need (to|for)( us to)? (go on|continue|keep|carry|more|stay|anything)|that (was|is) (everything|all|it|enough)|thats everything)\b/,
  ),
  rule(3, /^(mm|m|uh|mhm|mmm|hm) ?(hm|hmm|huh)( yes| yeah)?$/),
  rule(
    2,
    /^((oh|um|uh|hm|mm|well|okay|so|i guess|i think) )*(yes|yeah|yep|yup|sure|absolutely|definitely|certainly|of course|correct|exactly|right|please|fine|great|perfect|alright|agreed|indeed|gladly|affirmative|aye|totally|uh huh|mm hm|mhm|mm hmm|mmhm|yea|ya|why not|sounds (good|great|fine|right|perfect)|good idea|works for me|fine by me|thats (right|fine|good|correct|great|perfect)|go ahead|please do|lets do (that|it)|i am|im|i would|i do|we can|it is|okay|i think so|i guess so|i suppose so|i believe so)\b/,
  ),
  rule(
    2,
    /\b(yes|yeah|yep|yup|sure|absolutely|definitely) (please|thanks|thank you|lets|we can|i am|im|i think|i do|i would|that|it|you can|do|go|end|stop|finish|close|wrap)\b/,
  ),
  rule(
    2.5,
    /\b(i|ive) (have|got|ve got|had)? ?(all|everything|what|enough) (that )?(i )?(need|needed|wanted|came for|to)\b/,
  ),
  rule(
    2.5,
    /\b(lets|we can|you can|go ahead and|please|happy to|ready to|id like to|i want to|want to|okay to|good to|fine to|i would like to) (just |now )?(end|stop|finish|close|wrap|wrap up|wrap (it|this|that|things) up|call it|leave it|be done|do that|do it|do so)\b/,
  ),
  rule(
    2,
    /\b(im|i am|were|we are) (all |pretty much |about )?(done|finished|good|ready|set|fine|happy with (that|this)|happy to)\b(?! to (go on|continue|keep|carry on|talk))/,
  ),
  rule(2, /\b(thats|that is|that will be|thatll be) (it|all|enough|everything)\b/),
  rule(
    1.5,
    /\b(nothing (else|more)|no more|nope nothing|no thats (it|all)|no im (good|done|fine|okay|all set)|nah im (good|done|fine|okay|all set))\b/,
  ),
  rule(1.5, /\b(thank you|thanks|goodbye|bye|see you|good night)\b/),
];

export const NO: Rule[] = [
  rule(
    3,
    /\b(have|got|had|ive) (a lot |lots |much |plenty |some |so much )?more to (say|tell|ask|share|discuss|add|talk about)\b/,
  ),
  rule(3, /\bnot (at the moment|right now|for now|so fast|so soon|before)\b/),
  rule(
    3,
    /\b(let me|can i|may i|could i|i want to|need to) (just |quickly )?(finish|complete|get out|say|add|explain|tell) (my|this|that|what|one|something|you|it)\b/,
  ),
  rule(3, /\bnot (yet|just yet|quite yet|now)\b/),
  rule(
    2,
    /^((oh|um|uh|hm|mm|well|okay|so|actually|wait) )*(no|nope|nah|not (yet|now|quite|really|just yet|at all|right now)|never|dont|negative|no way|wait|hold on|hang on|one (more|last) (thing|question|second|minute)|actually|not so fast|please dont)\b/,
  ),
  rule(
    3,
    /\b(id|i would|i might|we could|lets|can we|could we|can i|could i|i want to|want to|i wanted to|like to|rather|i need to|prefer to|happy to|we can|id like us to|rather we|hoping to|i was hoping to) (rather |like to |love to |prefer to |just |also |still |maybe |please |want to )*(stay|keep|continue|carry on|go on|talk|do|discuss|look|go over|ask|cover|finish (this|that|the|my)|have|hear|add|mention|say|bring|get to|explore|spend|work on|go through|go into|speak|try|figure|think through)\b(?! (it there|that$|it$|so$|it here|off here))/,
  ),
  rule(
    3,
    /\b(stay on|keep going|keep talking|carry on|go on a (bit|little)|continue (a|for|please|talking|with)|bit more|bit longer|little more|little longer|some more|few more|another (minute|few|five|ten|question|thing|topic)|one more|not done|not finished|more time|still (have|want|need|got)|not ready)\b/,
  ),
  rule(3, /\b(first|before (we|i|that|you|you go|ending|closing|stopping|the end))\b(?! (time|of all thank))/),
  rule(
    4,
    /\b(dont|do not|not|never|wouldnt|would not|cant) (want to |wanna |think so|like to |yet |think (i|we|it|this) |go|stop|end|finish|close|hang up|leave)/,
  ),
  rule(
    2,
    /\b(no|nope|nah) (not|lets|i want|id|we|dont|please|wait|i still|i would|keep|go on|continue|theres|there is|i have (a|one|another|more|some|still))\b/,
  ),
  rule(
    2,
    /\b(theres|there is|there are|i have|ive got|i had|i got|just|got|still) (still )?(one|another|something|a|more|some) (more |other |last |quick |final )?(thing|things|question|questions|topic|something|point|points|issue|thought|matter)\b/,
  ),
];

export const UNCLEAR: Rule[] = [
  rule(3, /\b(i )?(dont|do not|didnt|not) (really )?(know|sure|certain|understand|get (that|it)|hear|catch)\b/),
  rule(
    3,
    /\b(im not sure|not sure|no idea|maybe|perhaps|possibly|depends|hard to say|kind of|sort of|unsure|undecided|good question|what do you think|up to you|you (decide|choose|tell me)|whatever|i guess maybe|could be|either|both|yes and no|yes no|let me think|cant decide|torn)\b/,
  ),
  rule(
    2,
    /^((um|uh|hm|hmm|mm|mmm|er|erm|ah|oh|huh|well|so|like|the|a|and|what|sorry|pardon|eh|ahem|hello|say again|come again|what did you say|can you repeat( that)?|could you repeat( that)?) ?)+$/,
  ),
];

/** Words that carry no meaning of their own; an answer of nothing else is unclear. */
export const FILLERS = new Set('um uh hm hmm mm mmm er erm ah oh huh well so like the a and it is that'.split(' '));
