/** What a column's name, or what people wrote about it, says of its values. */
export interface NamedClass {
  readonly dataClass: string;
  /** The words that say so. */
  readonly words: string;
}

/** Words that name a class, over the words of a name with single spaces between them. The first match wins. */
const RULES: readonly (readonly [dataClass: string, words: RegExp])[] = [
  // Names of things, which bear the words of people's.
  [
    'none',
    /\b(?:file|table|column|field|test|drug|product|brand|generic|device|model|department|dept|ward|unit|facility|hospital|clinic|organi[sz]ation|org|payer|plan|class|role|group|event|job|gene|panel|procedure|diagnosis|status|type|code|category|month|day|queue|host|server|app|schema|event) names?\b/,
  ],
  [
    'none',
    /\b(?:loinc|snomed|cpt|icd ?(?:9|10)?|ndc|hcpcs|rxnorm|atc|cvx|drg|sku|upc|lot|batch|sha|hash|md5|checksum|etag|version|revision|epoch|currency|unit|units|qty|quantity|dose|dosage|ratio|gene|gender|sex|race|ethnicity|marital|language|prefix|suffix|salutation|status|state|priority|severity|flags?|active|enabled|deleted|is|has|specialty|speciality|ward|department|dept|organi[sz]ation|month|weekday|temp|bp|pulse|weight|height|bmi|income|expenses?|salary|\w*costs?|\w*price|amount|total|balance|bal|charge|paid|score|tier|rank|count|position|sort|los|step|stage|phase|result|results|ref|range|encounterclass|dispenses|drug)\b(?! (?:id|number|no|date|at|of)\b)/,
  ],
  ['ssn', /\b(?:ssn|ssns|ss number|social security(?: number| no)?|sin|tin|itin|taxpayer id)\b/],
  [
    'health-plan-id',
    /\b(?:member (?:id|number|no)|memberid|subscriber (?:id|number|no)|mbi|hicn|medicare (?:id|number|no)|medicaid (?:id|number|no)|policy (?:id|number|no)|insurance (?:id|number|no)|beneficiary (?:id|number|no))\b/,
  ],
  [
    'mrn',
    /\b(?:mrn|medical record(?: number| no)?|chart (?:number|no|id)|record number|patient (?:number|no|nbr|identifier)|pat (?:no|nbr))\b/,
  ],
  [
    'license-number',
    /\b(?:drivers?|drivers? licen[cs]e(?: number| no)?|licen[cs]e(?: number| no)?|passport(?: number| no)?|dea(?: number| no)?|npi|certificate (?:number|no))\b/,
  ],
  ['vehicle-id', /\b(?:vin|licen[cs]e plate|plate(?: number| no)?|registration plate)\b/],
  [
    'device-id',
    /\b(?:udi|serial(?: number| no)?|device (?:id|identifier|serial)|imei|mac(?: address| addr)?|implant (?:id|serial))\b/,
  ],
  [
    'account-number',
    /\b(?:account(?: number| no| id)?|acct(?: number| no)?|iban|routing(?: number| no)?|card (?:number|no)|credit card(?: number| no)?|bank account)\b/,
  ],
  ['email', /\b(?:e ?mails?|email address|mail address|mail)\b/],
  ['fax', /\bfax(?: number| no)?\b/],
  [
    'phone',
    /\b(?:phones?|phone number|telephone|tel|mobile|cell|cellphone|homephone|workphone|pager)\b/,
  ],
  ['ip-address', /\b(?:ip|ipv4|ipv6|ip address|ipaddr|client address|remote addr)\b/],
  ['url', /\b(?:urls?|uri|website|homepage|web page|portal link)\b/],
  [
    'birth-date',
    /\b(?:dob|birth ?dates?|date of birth|born|born (?:on|at)|birthday|birthdt|birth dt|birth)\b(?! (?:place|weight|sex|order))/,
  ],
  [
    'death-date',
    /\b(?:death ?dates?|date of death|deceased (?:on|at|date)|died(?: on| at)?|dod)\b/,
  ],
  ['age', /\b(?:age|ages|age (?:years|in years)|patient age)\b(?! (?:group|range|band))/],
  ['zip', /\b(?:zip|zips|zip ?code|zipcode|zip4|zip5|postal ?code|postcode|plz)\b/],
  ['county', /\b(?:county|parish|borough)\b/],
  ['city', /\b(?:city|town|municipality|birth ?place|place of birth|village|locality)\b/],
  [
    'geo-coordinates',
    /\b(?:lat|latitude|lon|long|lng|longitude|geo|geom|geocode|geohash|coordinates?|location point)\b/,
  ],
  [
    'address',
    /\b(?:address|addr|street|street address|address ?line ?\d?|line ?[12]|addr ?\d|house number|apartment|apt)\b/,
  ],
  ['photo', /\b(?:photos?|portrait|headshot|face image|mugshot|picture|image|avatar)\b/],
  ['biometric', /\b(?:fingerprint|voice ?print|retina|iris scan|biometrics?|face embedding)\b/],
  [
    'name',
    /\b(?:(?:first|last|middle|maiden|given|family|full|display|legal|preferred|patient|person|contact|guardian|mother|father|spouse|provider|physician|doctor|nurse|user|customer|guarantor|subscriber|insured) ?names?|fname|lname|mname|surname|forename|next of kin|nok|physician|attending|guardian|signature|signed by|author)\b/,
  ],
  ['name', /^(?:first|middle|last|maiden|given|family)$|\bnames?\b/],
  [
    'free-text',
    /\b(?:notes?|comments?|narrative|memo|remarks?|free ?text|impression|findings|history|hpi|summary|message|body|transcript|instructions|complaint|observations?)\b/,
  ],
  [
    'date',
    /\b(?:admit|admitted|admission|discharge|discharged|visit|encounter|service|appointment|procedure|surgery|onset|diagnosed|collected|performed) ?(?:date|dt|ts|tstz|time|at|on|rng|range)?\b/,
  ],
];

/** Words of a name that refers to a person's record. */
const PERSON_REFERENCE =
  /^(?:(?:patient|person|subject|pat|pt|beneficiary)(?: (?:id|key|ref|uuid|guid|fk))?|pid(?: \w+)?)$/;

/** What the words say; undefined if they say nothing. */
export function classOfWords(words: string): NamedClass | undefined {
  for (const [dataClass, rule] of RULES) {
    const match = rule.exec(words);
    if (match !== null) return { dataClass, words: match[0] };
  }
  return undefined;
}

/** Whether the words name a reference to a person's record, or the record's own key. */
export function isPersonReference(words: string): boolean {
  return PERSON_REFERENCE.test(words);
}

/** `patientBirthDate`, `PATIENT_BIRTH_DATE` and `patient-birth-date` are `patient birth date`. */
export function wordsOf(name: string): string {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}
