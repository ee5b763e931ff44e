/** What the safety reply says and whom it names. Plain data: to be read and corrected by people who know the field. */
export type CrisisCategory = 'self_harm' | 'harm_to_others' | 'abuse';

export interface Resource {
  name: string;
  /** Telephone number as it is dialled, or a web address. */
  contact: string;
  /** ISO 3166-1 alpha-2 code, `EU`, or `INT`. */
  region: string;
}

interface SpokenResource extends Resource {
  /** How the spoken text names it; `{number}` stands for the number said digit by digit. */
  how: string;
}

interface Region {
  crisis: Resource;
  abuse: Resource | null;
  emergency: string;
}

const resource = (name: string, contact: string, region: string): Resource => ({ name, contact, region });

/** As of 2026-11, from general knowledge; not confirmed with each service. Whoever runs this for people checks them first. */
const REGIONS: Record<string, Region> = {
  US: {
    crisis: resource('988 Suicide and Crisis Lifeline', '988', 'US'),
    abuse: resource('National Domestic Violence Hotline', '1-800-799-7233', 'US'),
    emergency: '911',
  },
  GB: {
    crisis: resource('Samaritans', '116 123', 'GB'),
    abuse: resource('National Domestic Abuse Helpline', '0808 2000 247', 'GB'),
    emergency: '999',
  },
  IE: {
    crisis: resource('Samaritans', '116 123', 'IE'),
    abuse: resource("Women's Aid Ireland", '1800 341 900', 'IE'),
    emergency: '112',
  },
  CA: { crisis: resource('988 Suicide Crisis Helpline', '988', 'CA'), abuse: null, emergency: '911' },
  AU: {
    crisis: resource('Lifeline', '13 11 14', 'AU'),
    abuse: resource('1800RESPECT', '1800 737 732', 'AU'),
    emergency: '000',
  },
  NZ: {
    crisis: resource('Need to talk', '1737', 'NZ'),
    abuse: resource('Family Violence Helpline', '0800 456 450', 'NZ'),
    emergency: '111',
  },
  IN: {
    crisis: resource('Tele-MANAS', '14416', 'IN'),
    abuse: resource('Women Helpline', '181', 'IN'),
    emergency: '112',
  },
  DE: {
    crisis: resource('TelefonSeelsorge', '0800 111 0 111', 'DE'),
    abuse: resource('Hilfetelefon', '116 016', 'DE'),
    emergency: '112',
  },
  FR: { crisis: resource('3114', '3114', 'FR'), abuse: resource('3919', '3919', 'FR'), emergency: '112' },
  ES: { crisis: resource('Línea 024', '024', 'ES'), abuse: resource('016', '016', 'ES'), emergency: '112' },
};

const EU = 'AT BE BG HR CY CZ DK EE FI GR HU IT LV LT LU MT NL PL PT RO SK SI SE'.split(' ');
/** A language that names no region most often means this one; English is spoken in too many. */
const LIKELY_REGION: Record<string, string> = { de: 'DE', fr: 'FR', es: 'ES', it: 'IT', nl: 'NL', pl: 'PL', sv: 'SE' };
const WORLD = resource('Find A Helpline', 'findahelpline.com', 'INT');

function regionOf(language: string): string | null {
  const [tongue = '', ...tags] = language.split(/[-_]/);
  const region = tags.find((tag) => /^[a-z]{2}$/i.test(tag))?.toUpperCase();
  return (region === 'UK' ? 'GB' : region) ?? LIKELY_REGION[tongue.toLowerCase()] ?? null;
}

/** Best first; the first one is what the spoken text names. Never empty. */
export function resourcesFor(category: CrisisCategory, language: string): [SpokenResource, ...Resource[]] {
  const code = regionOf(language);
  const region = code === null ? undefined : REGIONS[code];
  if (region) {
    const emergency = resource('Emergency services', region.emergency, region.crisis.region);
    const line = category === 'abuse' ? region.abuse : region.crisis;
    if (category === 'harm_to_others' || !line) {
      const first = { ...emergency, how: 'the emergency services on {number}' };
      return [first, region.crisis, WORLD];
    }
    return [{ ...line, how: `${sayable(line.name)} on {number}` }, emergency, WORLD];
  }
  const emergency = resource('Emergency services', '112', code !== null && EU.includes(code) ? 'EU' : 'INT');
  const first = { ...emergency, how: 'the emergency services, in many countries on {number}' };
  if (code !== null && EU.includes(code)) {
    return category === 'abuse' ? [first, resource('Helpline for women', '116 016', 'EU'), WORLD] : [first, WORLD];
  }
  const known = ['US', 'GB'].flatMap((key) => REGIONS[key] ?? []);
  const lines = known.flatMap((one) => (category === 'abuse' ? (one.abuse ?? []) : one.crisis));
  return code === null ? [first, ...lines, WORLD] : [first, WORLD];
}

/** A name that is its own number would be said twice. */
function sayable(name: string): string {
  return /^\d+$/.test(name) ? 'the national helpline' : name.replace(/^\d+ /, 'the ');
}

/** Digit by digit, in the groups it is written in: `116 123` is `1 1 6, 1 2 3`. */
export function spoken(contact: string): string {
  return contact
    .split(/[\s-]+/)
    .map((group) => [...group].join(' '))
    .join(', ');
}

/** One for the turn of the crisis, then one for each turn after it. No question in any: nothing is asked of the person. */
export const SAFETY_TEXTS: Record<CrisisCategory, [string, ...string[]]> = {
  self_harm: [
    "I'm really glad you told me. What you're carrying sounds very painful, and you deserve a person beside you now. " +
      'I am an AI, so please reach {call}. They listen at any hour. If you are in danger, call the emergency services.',
    "I hear you, and I'm still here. Please don't stay alone with this. Calling {call} takes one step, and someone " +
      'kind will answer. A friend or a neighbour can sit with you while you call.',
    'Thank you for staying with me. Your life matters more than anything we came here to talk about. Please put away ' +
      'whatever could hurt you, and reach {call}, or someone you trust, right now.',
    "We don't have to go on with the coaching today. What counts is that you are safe. I would feel better " +
      'knowing that you are talking with someone at this moment. You can reach {call}.',
  ],
  harm_to_others: [
    'Thank you for saying that out loud. It sounds like more than anyone should hold alone. Please step away from the ' +
      'other person for now. If anyone is in danger, call {call}. I am an AI, and you deserve real help with this.',
    'I hear how strong this is. It can pass without anyone being hurt. Please put some distance between you, and let ' +
      'someone you trust know. You can also call {call}.',
    'You did the right thing by talking about it. Please stay somewhere calm, away from anything that could be used ' +
      'to hurt, and speak with a person who is trained for this. For danger right now, that is {call}.',
    "Let's leave everything else aside. The one thing that matters is that everybody stays safe, you as well. " +
      'Help is there at any hour from {call}.',
  ],
  abuse: [
    "I'm so sorry that this is happening, and I'm glad you told me. It is not your fault. You deserve to be safe. " +
      'I am an AI, so please talk to someone who can protect you: {call}. In danger, call the emergency services.',
    'I believe you. Nobody has the right to hurt you. When it is safe for you to speak, you can reach {call}. ' +
      'They will not push you into anything.',
    'You are not alone in this, and none of it is your doing. If you can, let someone you trust know where you are. ' +
      'People who know how to help are there: {call}.',
    'Thank you for trusting me with this. Your safety comes before everything else we could talk about. You decide the ' +
      'pace, and you can reach {call}.',
  ],
};
