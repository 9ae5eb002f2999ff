import type { SeededRandom } from './seeded-random.ts';
import { type Department, FIRST_NAMES } from './vocabulary.ts';

/** What a note can mention of the person it is about. */
export interface NoteSubject {
  readonly firstName: string;
  readonly lastName: string;
  readonly mrn: string;
  /** `YYYY-MM-DD`. */
  readonly birthDate: string;
  readonly ssn: string;
  readonly phone: string;
  readonly email: string;
  readonly city: string;
}

/** What a note can mention of the visit. */
export interface NoteVisit {
  readonly department: Department;
  readonly reason: string;
  readonly provider: string;
  /** `YYYY-MM-DD`. */
  readonly date: string;
}

const RELATIVES = ['daughter', 'son', 'wife', 'husband', 'sister', 'brother', 'neighbour'] as const;

/**
 * Makes up a clinical note as staff write them: identifiers stand in the middle of the prose, in
 * several spellings, which is what makes free text hard to protect.
 */
export function writeNote(random: SeededRandom, subject: NoteSubject, visit: NoteVisit): string {
  const { department, reason, provider, date } = visit;
  const years = Number(date.slice(0, 4)) - Number(subject.birthDate.slice(0, 4));
  const lines = [
    random.pick([
      `${subject.firstName} ${subject.lastName} (MRN ${subject.mrn}) is a ${years} year old seen in ${department.name} on ${date} for ${reason}.`,
      `Pt ${subject.lastName}, ${subject.firstName}, DOB ${americanDate(subject.birthDate)}, presents with ${reason}.`,
      `${date}: ${reason}. Known to us as ${subject.firstName} ${subject.lastName}, record ${subject.mrn}.`,
    ]),
    `${random.pick(department.findings)}.`,
    `${random.pick(department.plans)}.`,
  ];
  if (random.chance(45)) lines.push(contactSentence(random, subject));
  if (random.chance(8)) {
    lines.push(`Eligibility confirmed by telephone, SSN ${subject.ssn} on the card.`);
  }
  if (random.chance(25)) {
    const spelled = subject.lastName.toUpperCase();
    lines.push(`Mr./Ms. ${spelled} understands and agrees; lives in ${subject.city}.`);
  }
  lines.push(`-- ${provider}`);
  return lines.join('\n');
}

function contactSentence(random: SeededRandom, { phone, email, lastName }: NoteSubject): string {
  const relative = `${random.pick(RELATIVES)} ${random.pick(FIRST_NAMES)} ${lastName}`;
  return random.pick([
    `Results to be called to ${phone}; the ${relative} may take the message.`,
    `Letter sent to ${email}.`,
    `Discussed with the ${relative} (tel. ${phone.replaceAll(/[() -]/g, '')}).`,
  ]);
}

function americanDate(isoDate: string): string {
  const [year, month, day] = isoDate.split('-');
  return `${month}/${day}/${year}`;
}
