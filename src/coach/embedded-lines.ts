/** Everything the embedded coach can say: plain data. `{topic}` is a noun phrase of the user's, `{said}` a clause of theirs, both in the second person. */
export type Stage = 'goal' | 'reality' | 'options' | 'way';

/** Open questions, one at a time. Those with `{topic}` are only used when there is a topic. */
export const QUESTIONS: Record<Stage, readonly string[]> = {
  goal: [
    'What would you like to be different at the end of our talk?',
    'What would a good outcome look like for you?',
    'If this went the way you wish, what would you notice first?',
    'What makes this important to you right now?',
    'What do you want more of here?',
    'What would you like to change about {topic}?',
    'How would you know that you got where you want to be?',
    'What is the part of this that you most want to move?',
    'What would it give you if this were solved?',
    'Which piece of this shall we look at first?',
    'What do you hope for with {topic}?',
    'If you could have one thing settled by next month, what would it be?',
    'What would make you say that this time was well spent?',
    'How would a good day look once this has changed?',
    'What are you really after in this?',
    'Whose wish is this, when you are honest with yourself?',
    'What would be enough for now?',
  ],
  reality: [
    'What happens, step by step, when it comes up?',
    'How long has it been like this?',
    'What have you tried so far?',
    'What has not worked so far?',
    'What part of this is in your own hands?',
    'When is it a little better than usual?',
    'What does it cost you to leave it as it is?',
    'How do you feel in those moments?',
    'What is it about {topic} that touches you most?',
    'Who else is part of this, and what do they see?',
    'What do you tell yourself when it happens?',
    'What is getting in your way the most?',
    'How does {topic} show up in an ordinary week?',
    'On a scale from one to ten, where are you with this today?',
    'What already keeps it from being worse?',
    'What are you assuming here that you have not checked?',
    'What would somebody who likes you say about this situation?',
    'What do you need that you do not get at the moment?',
    'What is working already, even a little?',
    'What do you fear might happen?',
    'Which of your strengths have you not used here yet?',
    'What have you not said out loud so far?',
  ],
  options: [
    'What could you do about it?',
    'What else might be possible?',
    'If nothing could go wrong, what would you try?',
    'What has helped you in a similar situation before?',
    'What would you suggest to a good friend in your place?',
    'Who could support you in this?',
    'What would the smallest useful change be?',
    'What could you stop doing that would help?',
    'Which idea so far gives you the most energy?',
    'What would you try with {topic} if you felt brave?',
    'What would be a quite different way to look at it?',
    'What speaks against the idea that is closest to you?',
    'What would you do if you had twice the time?',
    'How could you make this easier for yourself?',
    'What could you ask for that you have not asked for yet?',
    'What might your older, wiser self do here?',
    'What is one thing you could try with {topic} this week?',
    'Which option would you regret not having tried?',
    'What would a first draft of a solution look like?',
  ],
  way: [
    'What will you do first, then?',
    'When could you begin?',
    'What might get in the way, and how will you handle that?',
    'How will you notice that it worked?',
    'Who will you tell about your plan?',
    'On a scale from one to ten, how sure are you that you will do it?',
    'What would make you a little surer of it?',
    'What do you need to prepare before you start?',
    'How will you remind yourself?',
    'What is the very first small move?',
    'What will you say, in your own words, when the moment comes?',
    'What will you do if the first try does not go well?',
    'How will you treat yourself kindly while you do this?',
    'What comes after that first step?',
    'What will be different for {topic} once you have done it?',
    'How does it feel to think of a first step?',
    'What will help you to stick with it?',
    'What are you taking with you from what we found so far?',
  ],
};

/** After a plan without a time, and after one with a time. */
export const WHEN_QUESTIONS = [
  'When will you do that?',
  'What would be a good day for it?',
  'How soon could that be?',
  'At what time of day would it be easiest?',
] as const;
/** When the person does not know. */
export const UNSURE_QUESTIONS = [
  'If you did know, what would your first guess be?',
  'What is the first thing that comes to mind, even if it seems odd?',
  'What would have to be true for the answer to be easy?',
  'Which part of it is already clear?',
  'What would you like to know that you do not know yet?',
  'Who might see it more clearly, and what would they say?',
] as const;
/** After very few words, or none that make sense. The ones that are no question may come again. */
export const MORE_QUESTIONS = [
  'Could you tell me a little more?',
  'What goes with that for you?',
  'Could you say that in a few more words?',
  'What is behind that?',
  'How do you mean that?',
  'What else belongs to it?',
  'Where does that leave you?',
  'What makes you say so?',
] as const;
export const MORE_INVITATIONS = [
  'Take your time, and tell me a little more whenever you like.',
  'Please go on, in your own words.',
  'I would like to hear more about that.',
  'Say a bit more, and I will follow you.',
] as const;

export const REFLECTIONS = [
  'So {said}.',
  'I hear that {said}.',
  'It sounds as if {said}.',
  'If I follow you, {said}.',
  'You are telling me that {said}.',
  'What I hear is that {said}.',
  'Let me see if I have that: {said}.',
] as const;
export const TOPIC_REFLECTIONS = [
  'I hear that {topic} is on your mind.',
  'So this is about {topic}.',
  '{Topic} seems to matter here.',
  'You are thinking about {topic}.',
] as const;
/** When nothing can be said back well. */
export const ACKNOWLEDGEMENTS = [
  'Thank you for sharing that.',
  'I am following you.',
  'I hear you.',
  'Thank you, that helps me to understand.',
  'All right, I am with you.',
] as const;
export const SHORT_ACKNOWLEDGEMENTS = ['All right.', 'Mm-hm.', 'I see.', 'Okay, thank you.'] as const;
export const GARBLED_ACKNOWLEDGEMENTS = [
  "I'm not sure I caught that.",
  'I did not quite get that, sorry.',
  'That came through a little unclear.',
  'I may have missed a word or two.',
] as const;
export const PLAN_REFLECTIONS = [
  'That is a clear step: {plan}.',
  'So your plan is this: {plan}.',
  'I hear a decision: {plan}.',
  'You have something concrete now: {plan}.',
] as const;

export const CONTINUES = [
  "Good, then let's go on.",
  'Of course, we stay with it.',
  'Gladly, there is time.',
  'All right, we keep going.',
] as const;
export const NEW_TOPICS = [
  "Let's take that up.",
  "Good, let's turn to that.",
  'All right, there is room for this.',
  'Then let us look at this together.',
] as const;

/** The user asks for the coach's opinion: no advice is given. */
export const NO_ADVICE = [
  'You know this far better than I do, so I would rather help you find your own answer.',
  'I could only guess, and you have been living with it.',
  'A quick tip from me would not do it justice.',
  'I trust your own sense of this more than my opinion.',
] as const;
export const WHO_I_AM = "I'm Kuku, an AI coach, not a person. I listen and ask, and the answers are yours.";
/** Beyond coaching. */
export const OUT_OF_SCOPE: readonly { pattern: RegExp; text: string }[] = [
  {
    pattern:
      /\b(should i (take|stop taking|change)|which|what) (my |the |more |fewer )?(medication|medicine|pills|dose|dosage|antidepressants)\b|\b(diagnose|diagnosis for) me\b/,
    text: 'Anything about medicine or a diagnosis belongs with a doctor, so I will leave that part to one.',
  },
  {
    pattern:
      /\b(can i sue|is it legal|should i sue|legal advice|which (stocks?|shares?|crypto)|should i (buy|sell) (stocks?|shares?|crypto|bitcoin))\b/,
    text: 'Legal and money advice is beyond what a coach can give, and an expert will serve you better there.',
  },
];
/** When every question has been asked. */
export const LISTENING = [
  'I am curious where this takes you next.',
  'Stay with that thought, and tell me what comes.',
  'Let that sink in, and go on where you like.',
] as const;
export const FIRST_QUESTION = 'What would you like to talk about today?';
