import type { Rule } from './report.ts';

/*
 * Titles are those of the regulation (eCFR, title 45, part 164). The proposal is the notice of 6 January 2025
 * (90 FR 898); what it proposes is named by subject, since its numbering may change.
 */

export const RISK_ANALYSIS: Rule = inForce('164.308(a)(1)(ii)(A)', 'Risk analysis');
export const ACTIVITY_REVIEW: Rule = inForce(
  '164.308(a)(1)(ii)(D)',
  'Information system activity review',
);
export const TERMINATION: Rule = inForce('164.308(a)(3)(ii)(C)', 'Termination procedures');
export const ACCESS_AUTHORIZATION: Rule = inForce('164.308(a)(4)(ii)(B)', 'Access authorization');
export const ACCESS_MODIFICATION: Rule = inForce(
  '164.308(a)(4)(ii)(C)',
  'Access establishment and modification',
);
export const LOGIN_MONITORING: Rule = inForce('164.308(a)(5)(ii)(C)', 'Log-in monitoring');
export const EVALUATION: Rule = inForce('164.308(a)(8)', 'Evaluation');
export const ACCESS_CONTROL: Rule = inForce('164.312(a)(1)', 'Access control');
export const EMERGENCY_ACCESS: Rule = inForce('164.312(a)(2)(ii)', 'Emergency access procedure');
export const AUDIT_CONTROLS: Rule = inForce('164.312(b)', 'Audit controls');
export const INTEGRITY: Rule = inForce('164.312(c)(1)', 'Integrity');
export const AUTHENTICATION: Rule = inForce('164.312(d)', 'Person or entity authentication');
export const TRANSMISSION: Rule = inForce('164.312(e)(1)', 'Transmission security');
export const DOCUMENTATION: Rule = inForce('164.316(b)(1)', 'Documentation');
export const RETENTION: Rule = inForce('164.316(b)(2)(i)', 'Time limit: six years');
export const MINIMUM_NECESSARY: Rule = inForce('164.502(b)', 'Minimum necessary');
export const DEIDENTIFICATION: Rule = inForce(
  '164.514(b)',
  'Requirements for de-identification of protected health information',
);
export const MINIMUM_NECESSARY_USES: Rule = inForce('164.514(d)', 'Minimum necessary requirements');
export const ACCOUNTING: Rule = inForce(
  '164.528',
  'Accounting of disclosures of protected health information',
);

export const PROPOSED_INVENTORY: Rule = proposed('Technology asset inventory and network map');
export const PROPOSED_MULTI_FACTOR: Rule = proposed('Multi-factor authentication');
export const PROPOSED_ENCRYPTION: Rule = proposed('Encryption in transit and at rest');

function inForce(section: string, title: string): Rule {
  return { citation: `45 CFR ${section}`, title, state: 'in force' };
}

function proposed(title: string): Rule {
  return { citation: '90 FR 898', title, state: 'proposed' };
}
