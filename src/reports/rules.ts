import type { Rule } from './report.ts';

/*
 * Titles are those of the regulation (eCFR, title 45, part 164). The proposal is the notice of 6 January 2025
 * (90 FR 898); what it proposes is named by subject, since its numbering may change.
 */

/** The rules that sections of reports are evidence for. */
export const RULES: Readonly<Record<RuleName, Rule>> = {
  riskAnalysis: inForce('164.308(a)(1)(ii)(A)', 'Risk analysis'),
  activityReview: inForce('164.308(a)(1)(ii)(D)', 'Information system activity review'),
  termination: inForce('164.308(a)(3)(ii)(C)', 'Termination procedures'),
  accessAuthorization: inForce('164.308(a)(4)(ii)(B)', 'Access authorization'),
  accessModification: inForce('164.308(a)(4)(ii)(C)', 'Access establishment and modification'),
  loginMonitoring: inForce('164.308(a)(5)(ii)(C)', 'Log-in monitoring'),
  evaluation: inForce('164.308(a)(8)', 'Evaluation'),
  accessControl: inForce('164.312(a)(1)', 'Access control'),
  emergencyAccess: inForce('164.312(a)(2)(ii)', 'Emergency access procedure'),
  auditControls: inForce('164.312(b)', 'Audit controls'),
  integrity: inForce('164.312(c)(1)', 'Integrity'),
  authentication: inForce('164.312(d)', 'Person or entity authentication'),
  transmission: inForce('164.312(e)(1)', 'Transmission security'),
  documentation: inForce('164.316(b)(1)', 'Documentation'),
  retention: inForce('164.316(b)(2)(i)', 'Time limit: six years'),
  minimumNecessary: inForce('164.502(b)', 'Minimum necessary'),
  deidentification: inForce(
    '164.514(b)',
    'Requirements for de-identification of protected health information',
  ),
  minimumNecessaryUses: inForce('164.514(d)', 'Minimum necessary requirements'),
  accounting: inForce('164.528', 'Accounting of disclosures of protected health information'),
  proposedInventory: proposed('Technology asset inventory and network map'),
  proposedMultiFactor: proposed('Multi-factor authentication'),
  proposedEncryption: proposed('Encryption in transit and at rest'),
};

type RuleName =
  | 'riskAnalysis'
  | 'activityReview'
  | 'termination'
  | 'accessAuthorization'
  | 'accessModification'
  | 'loginMonitoring'
  | 'evaluation'
  | 'accessControl'
  | 'emergencyAccess'
  | 'auditControls'
  | 'integrity'
  | 'authentication'
  | 'transmission'
  | 'documentation'
  | 'retention'
  | 'minimumNecessary'
  | 'deidentification'
  | 'minimumNecessaryUses'
  | 'accounting'
  | 'proposedInventory'
  | 'proposedMultiFactor'
  | 'proposedEncryption';

function inForce(section: string, title: string): Rule {
  return { citation: `45 CFR ${section}`, title, state: 'in force' };
}

function proposed(title: string): Rule {
  return { citation: '90 FR 898', title, state: 'proposed' };
}
