import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { asksForName } from './asks-for-name.ts';

describe('asksForName', () => {
  it('knows questions for the name of somebody, however they are put', () => {
    for (const question of [
      ...['Name', 'NAME:', 'Last name', "Patient's last name", 'What is your full legal name?'],
      ...["Mother's maiden name", 'Name of emergency contact', 'Name (last, first)', 'Surname'],
      ...['lastName', 'patient-name', '1.2 First name', 'Next of kin: name', 'Preferred name'],
    ]) {
      assert(asksForName(question), question);
    }
  });

  it('takes no other questions for such', () => {
    for (const question of [
      ...['', 'Name of medication', 'Drug name', 'Brand name', 'How do you feel?', '/54126-8'],
      ...['Hospital name', 'Do you know your name and address?', 'Username', 'Patient'],
    ]) {
      assert(!asksForName(question), question);
    }
  });
});
