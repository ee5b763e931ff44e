/**
 * Hears a crisis in what the user said (W10), in plain and in veiled words, English only. Rules rather than a model:
 * it must work offline, at once, and be read by whoever answers for it. Where it is in doubt it errs on the side of care.
 */
import { type CrisisCategory, type Resource, resourcesFor, SAFETY_TEXTS, spoken } from './safety-lines.ts';
import { plain } from './words.ts';

export type { CrisisCategory, Resource } from './safety-lines.ts';

/** Figures of speech and mishaps; taken out before anything else is looked for. */
const IDIOMS: RegExp[] = [
  /\b(rather|sooner) die than\b/,
  /\b(embarrass\w+|ashamed|awkward|mortified|shy|humiliat\w+)( that)? i (just )?(want|wanted) to die\b/,
  /\b(is|are|am|was|were|been|absolutely|just|really|its|theyre) killing (me|us|it)\b/,
  /\bkill(ed|ing|s)? (it|time|the (mood|vibe|deal|project|feature|process|idea|budget|lights?|engine)|two birds)\b/,
  /\b(could|would|id|can|might) (just |honestly |literally |happily )?(kill|murder|strangle|die) (for|him|her|them|my|you|someone|somebody)\b/,
  /\b(to die for|dying (to|for)|dead (tired|line|lines|end|serious|set|beat|on my feet))\b/,
  /\b(die|dying|died|death) (of|from) (embarrassment|shame|boredom|laughter|laughing|hunger|curiosity|heat)\b/,
  /\b(bored|scared|worked|starved|frozen|thrilled|tickled|worried|embarrassed) (myself )?to death\b/,
  /\bwanted to die (when|laughing|inside when)\b/,
  /\b(is|are|will|would|was|were|hes|shes|theyre|going to|gonna) ((be|going) (to )?)?kill me (if|when|for|because|unless)\b/,
  /\b(career|political|commercial|social|professional|financial|business) suicide\b/,
  /\bsuicide (squad|mission|prevention|awareness|hotline volunteer|research|door)\b/,
  /\b(shoot|shot|shooting) (myself|himself|herself|ourselves|themselves|yourself) in the foot\b/,
  /\b(shoot|shot|shooting) (him|her|them|me|you|everyone|somebody|someone|my \w+) (a|an|some|over|the|another) \w+/,
  /\b(cut|cutting|cuts) myself (some|a|any|off|out|short|shaving|cooking|chopping|while|when|on|in the kitchen)\b/,
  /\b(hurt|injured|hurting) myself (at|in|on|while|when|playing|running|skiing|lifting|training|during|doing)\b/,
  /\b(hang|hanged|hanging) myself (out|up)\b/,
  /\b(drown|drowning|bury|burying|kill|killing) (myself|me) (in|with|over|at) (work|emails?|paperwork|debt|meetings|tasks|training|the gym)\b/,
  /\b(beat|beats|beating) (me|us) (to|at|by|in|on) \w+/,
  /\bhit(s)? me (up|that|then|later|suddenly)\b/,
  /\bhit(s)? me with (a |an |the |another |this |that |some |more |his |her |their )?(new |big |long |huge |tough |hard )?(questions?|ideas?|deadlines?|news|requests?|proposals?|lists?|bills?|numbers?|feedback|surprises?|comments?|tasks?|emails?|work|complaints?)\b/,
  /\b(blow|blew|blowing) up (at|on) (him|her|them|me|my \w+|everyone|people|the team)\b/,
  /\bhurt(ing)? (anyones|someones|somebodys|peoples|his|her|their|my \w+) (feelings|pride|ego|chances|career|reputation|business)\b/,
];

const WHOM =
  '(him|her|them|someone|somebody|people|everyone|everybody|(my|the) (\\w+ )?\\w+|\\w+s (husband|wife|boss))';
const WILL =
  '(want|wants|wanted|going|need|plan|planning|intend|about|ready|tempted|urge|thinking of|thinking about|thoughts of|thoughts about|feel like|dream of|dreaming of|fantasi[sz]e about|fantasi[sz]ing about)( to)?( really| just| actually)?';
const CLOSE_ONE =
  '(he|she|they|(my |her |his )?(husband|wife|partner|boyfriend|girlfriend|ex|dad|father|stepdad|stepfather|mom|mum|mother|stepmother|brother|uncle|fiance|fiancee|boss|coach))';

const SELF_HARM: RegExp[] = [
  /\b(end|ending) (things|it|everything|this) (permanently|forever|once and for all)\b/,
  /\b(plan|going|want|ready|way|need|decided|thinking of|thinking about) (to )?(take|taking) my life\b(?! (in|to|back|seriously|somewhere|into|forward|as|on|apart))/,
  /\b(nobody|no one|noone) would (even |really )?(miss me|notice|care)( much)? if i (died|was dead|were dead|was gone|were gone|disappeared|was not here anymore|wasnt here anymore|killed)\b/,
  /\bif i (died|was dead|were dead|was gone|were gone|disappeared|wasnt here anymore)( tomorrow| today| tonight)? (nobody|no one|noone|they|everyone|it) (would|wouldnt|might)\b/,
  /\b(pills|gun|rope|razor|blade|knife)\b.*\b(end it|end myself|finish it|on myself|end everything)\b/,
  /\b(dont|do not|cant|see|there is|theres) (see )?(a|any|no) (other )?way out( anymore| of this life)?$/,
  /\b(been|started|keep|back to) cutting( again| more| at night)?$/,
  /\b(dont|do not|never) deserve to (live|be alive|be here|exist)\b/,
  /\b(kill|killing|hang|hanging|drown|drowning|shoot|shooting|harming|harm|poison|poisoning) myself\b/,
  /\b(kill|harm|hang|hurt) (himself|herself|themself|themselves)\b/,
  /\b((end|ending) (my|his|her|their) (own )?life|(take|taking|took) (my|his|her|their) own life)\b/,
  /\b(end|ending) it all\b/,
  /\b(thinking|thought|think|thoughts|considering|considered|talking|planning|planned|attempt|attempted|commit|committing|contemplating) (about |of |on )?(committing )?suicide\b/,
  /\b(im|i am|i feel|feel|feeling|been|so|was|are|shes|hes|is) (?!not |never )(\w+ )?suicidal\b/,
  /\bsuicidal (thoughts?|feelings?|ideas?|ideation|again)\b/,
  new RegExp(`\\b${WILL} (hurt|hurting|cut|cutting|burn|burning|injure|injuring|harm|harming) myself\\b`),
  /\b(been|started|keep|still|kept|im|i am) (cutting|hurting|harming|burning|starving) myself\b/,
  /\b(cut|slit|slitting|cutting) my (wrists?|arms?|veins)\b/,
  /\bself harm(ing|ed)?\b/,
  /\b(overdose|overdosed|overdosing)\b(?! on (coffee|caffeine|sugar|chocolate|news|work|meetings|social media|vitamins|screens|tv|sports?))/,
  /\b(take|took|swallow|swallowed|taken|taking|swallowing) (all|a whole bottle of|the whole bottle of|a bottle of|too many of|a handful of|every one of) (of )?(my |the |those |these )?(sleeping )?(pills|tablets|meds|medication)\b/,
  /\b(jump|jumping|step|stepping|walk|walking|drive|driving|throw myself|throwing myself) (off (a|the|that|this) (bridge|roof|building|balcony|cliff)|(in front of|under|into) (a|the|that) (train|bus|truck|car|traffic|tree|tracks))\b/,
  /\b(i )?(want|wants|wish|wishing|wanted|ready|deserve|rather|going|hope|hoping|pray|praying) (to |id |i |i could |i would )?(just )?(die|be dead)\b/,
  /\bwish(ed)? (that )?i (was|were) (dead|never born|not alive|not here anymore|gone)\b/,
  /\bwish(ed)? (that )?(i (wasnt|werent) (alive|here|around)|id never been born|i had never been born|i didnt exist|i could (just )?disappear)\b/,
  /\b(dont|do not|didnt|not|cant|no longer|stopped|never) (really |even )?(want|wanting|wanted|wish|care) (to )?(be )?(alive|exist|existing|living|live)( like this)?( anymore| at all| any longer|$)/,
  /\b(dont|do not|no longer) (really |even )?want to (live|be alive|exist|wake up|be here anymore|be around anymore|be in this world)\b(?! (in|at|with|here|there|on|so|that|by|early|alone|near|next|late|before|again to|like (this forever|that|a)|off|up|under|through|for))/,
  /\b(not|never|didnt|wouldnt|dont|wont) (ever )?(wake|waking) up (again|anymore|tomorrow|in the morning|one day)\b/,
  /\b(sleep|asleep) (forever|and (just )?(never|not|dont) (ever )?(wake|waking|have to wake))\b/,
  /\b(better off|happier|easier|be fine) (if i (was|were|wasnt|werent|am|died|just died|disappeared|didnt exist)|without me (here|around|in)|without me$|dead)\b/,
  /\b(everyone|everybody|they|family|kids|children|people|world|wife|husband|all)( (would|will|are|is|probably|all|just|really|honestly|be))* better off without me\b/,
  /\b(no|any|a|a single|the|whats the|what is the|much) (reason|point|sense|use) (to|in|of|for) (live|living|me to live|going on living|be alive|being alive|staying alive|existing|carrying on living|me being here)\b/,
  /\b(nothing|nobody|no one) (left )?to live for\b/,
  /\blife (is not|isnt|isn t|doesnt feel|does not feel|is no longer|just isnt) worth (living|it anymore)\b/,
  /\b(tired|sick|done) (of|with) (living|being alive|life|existing|this life)\b(?! (in|at|as|on|with|here|there|out|alone|from))/,
  /\b(cant|dont want to|dont think i can|not sure i can) (go on|carry on|keep going|do this) (living|anymore with life|with life|another day|one more day)\b/,
  /\bcant (go|carry) on anymore\b/,
  /\b(not|wont|might not|may not) be (around|here|alive) (for )?(much longer|next (week|month|year)|tomorrow|anymore|after (today|tonight|this))\b/,
  /\b(want|wanted|need) (it|everything|all of it|this) (all )?to (just )?(be over forever|end for good|stop forever|all end)\b/,
  /\bwant it all to (end|stop|be over)( now| forever)?$/,
  /\b(want|wanted|going) to (just )?disappear (forever|for good|and never come back|from this world|completely)\b/,
  /\b(written|wrote|writing|leave|left) (my |a |the |some )?(goodbye|suicide) (notes?|letters?)\b/,
  /\b(just|only|such|nothing but|am|im|being) a burden (to|on) (everyone|everybody|my family|all of them|them all|the people)\b/,
  /\b(im|i am|been|started) giving away (all )?my (things|stuff|belongings)\b/,
];

const HARM_TO_OTHERS: RegExp[] = [
  new RegExp(
    `\\bi?m? ?(${WILL}) (kill|killing|murder|murdering|stab|stabbing|shoot|shooting|poison|poisoning|strangle|strangling) ${WHOM}\\b`,
  ),
  new RegExp(`\\b(ill|i will|i swear ill|i swear i will) (kill|murder|stab|shoot|poison|strangle) ${WHOM}\\b`),
  /(?<!\b(dont|not|never|didnt|wouldnt) (really |ever )?)\b(want|wants|going|need|planning|urge|about|tempted) to (really |physically |seriously )?(hurt|harm|beat up|attack) (him|her|them|someone|somebody|people|everyone|my \w+|the kids|the baby)\b(?! (feelings|career|chances))/,
  /\b(thinking (of|about)|thoughts (of|about)|afraid of|scared of|close to|fantasi[sz]ing about|feel like) (physically )?(hurting|harming|attacking|shaking) (him|her|them|someone|somebody|people|everyone|my \w+|the (kids|baby))\b/,
  /\b(afraid|scared|worried) (that )?i (will|might|could|may|am going to) (hurt|harm|kill) (him|her|them|someone|somebody|my (\w+ )?(\w+)|the (kids|baby))\b/,
  /\b(shoot|shooting|blow|blowing|burn|burning) (up|down) (the|my|this|that|our) (\w+ )?(school|office|building|place|house|church|company|mall|campus)\b/,
  /\b(bring|bringing|take|taking|get|getting|buy|buying|bought) (a|my|the) (gun|knife|rifle) (to|and|so|for) (work|school|the|him|her|them|make|end|finish|use|kill)\b/,
];

const ABUSE: RegExp[] = [
  new RegExp(
    `\\b${CLOSE_ONE} (\\w+ )?(pushes|pushed|shoves|shoved|throws|threw|slams|slammed|drags|dragged) me (down|against|into|onto|across|to the (floor|ground|wall)|by (my|the) hair)\\b`,
  ),
  new RegExp(
    `\\b${CLOSE_ONE} (\\w+ )?(throws|threw) (a |an |the |his |her |my )?(knife|plates?|bottles?|glass|chairs?|things|stuff|phone|dishes|cup) at me\\b`,
  ),
  /\b(husband|wife|partner|boyfriend|girlfriend|dad|father|stepdad|mother) (always |often |sometimes |still |physically )*hurts me( physically| when (he|she) (is|gets|drinks|comes).*| again| at night| and .*)?$/,
  /\b(touched|touches) me (when i was (little|small|young|a (child|kid|girl|boy|teenager))|inappropriately|sexually|where (he|she) should)\b/,
  new RegExp(
    `\\b${CLOSE_ONE} (has |have |had |just |always |sometimes |often |still |even |once |keeps |kept |started |only |really |then |also |actually |already |regularly )*(hits|hit|hitting|beats|beat|beating|punches|punched|punching|chokes|choked|choking|kicks|kicked|kicking|slaps|slapped|slapping|strangles|strangled|abuses|abused|abusing|rapes|raped|burned|burns) (me|us|my kids|the kids|my son|my daughter|my mother|my mom)\\b`,
  ),
  new RegExp(
    `\\b${CLOSE_ONE} (\\w+ )?(threaten|threatens|threatened|threatening) (to (kill|hurt|hit|beat)|me with a (knife|gun))\\b`,
  ),
  new RegExp(
    `\\b${CLOSE_ONE} (says|said|says that|said that|told me|tells me) (hell|shell|he will|she will|he would|she would|hed|shed|he was going to|she was going to|hes going to) (kill|hurt) (me|us|the kids)\\b`,
  ),
  new RegExp(
    `\\b(afraid|scared|terrified|fear) (that )?${CLOSE_ONE} (will|might|is going to|could|may|would) (kill|hurt|hit|beat) (me|us|the kids|my kids)\\b`,
  ),
  /\bi (was|am|have been|ive been|got|keep getting|keep being|keep) (being |getting )?(raped|molested|sexually (assaulted|abused)|beaten( up)? by|abused|physically abused)\b/,
  /\b(im|ive been|being|get|getting) (being |getting )?(raped|molested|sexually (assaulted|abused)|beaten( up)? by|abused by|hit by my|physically abused|abused at home)\b/,
  /\b(am|im|still|trapped|stuck|living) (in|with) (an|a|my) (very |really )?(physically |emotionally )?(abusive|violent) (relationship|marriage|partner|husband|wife|boyfriend|girlfriend|father|mother|home|household|man|family)\b/,
  /\b(afraid|scared|terrified|frightened) (to (go|come|be at) (back )?home|of (my|him at|her at) (husband|wife|partner|boyfriend|girlfriend|father|dad|stepdad|stepfather|mother|home))\b/,
  /\b(dont|not|never|no longer|do not) (really )?(feel |feeling )?safe (at home|in my (own )?(house|home)|around (him|my (husband|partner|boyfriend|father|dad|wife|stepdad))|with (him|my (husband|partner|boyfriend|father|dad|wife)))\b/,
  /\b(wont|doesnt|does not|never|will not) lets? me (leave the house|go out|see my (friends|family)|have (my own )?money|out of the house)\b/,
  /\block(s|ed) me (in|up|out of (the|our) house at night)\b(?! (to|a|as))/,
  /\b(forces|forced|makes|made|forcing) (me to have sex|himself on me|herself on me|me into sex|me to sleep with)\b/,
  /\b(leaves|left|covered in|hide the|hiding the) bruises\b/,
];

const RULES: [CrisisCategory, RegExp[]][] = [
  ['self_harm', SELF_HARM],
  ['abuse', ABUSE],
  ['harm_to_others', HARM_TO_OTHERS],
];

/** What kind of crisis the words tell of, or null. Self-harm comes first when there are several. */
export function recogniseCrisis(text: string): { category: CrisisCategory } | null {
  let words = plain(text);
  for (const idiom of IDIOMS) words = words.replace(new RegExp(idiom, 'g'), ' , ');
  for (const [category, patterns] of RULES) {
    if (patterns.some((pattern) => pattern.test(words))) return { category };
  }
  return null;
}

/**
 * What to say, and whom to call. `language`: BCP 47; its region chooses the resources (the words are English).
 * `turn`: 0 for the turn with the crisis, then 1, 2, ... while the safety reply stays in force: other words each time.
 */
export function safetyReply(
  category: CrisisCategory,
  language: string,
  turn: number,
): { text: string; resources: Resource[] } {
  const resources = resourcesFor(category, language);
  const texts = SAFETY_TEXTS[category];
  const text = texts[Math.max(0, Math.trunc(turn)) % texts.length] ?? texts[0];
  const [line] = resources;
  return {
    text: text.replace('{call}', line.how).replace('{number}', spoken(line.contact)),
    resources: resources.map(({ name, contact, region }) => ({ name, contact, region })),
  };
}
