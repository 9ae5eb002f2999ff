/**
 * What a resource is about, which says whose data its elements are.
 *
 * - `person`: a patient or someone around them: all that identifies anybody is hidden.
 * - `provider`: who or what gives care: it is found by name and address, and is no identifier of a patient.
 * - `definition`: what things mean, and how systems work.
 * - `record`: what was done with whom: anything else.
 */
export type ResourceKind = 'person' | 'provider' | 'definition' | 'record';

const KINDS: Readonly<Record<Exclude<ResourceKind, 'record'>, string>> = {
  person: 'Patient Person RelatedPerson',
  provider:
    'Endpoint HealthcareService InsurancePlan Location Organization OrganizationAffiliation Practitioner PractitionerRole',
  definition: [
    'ActivityDefinition CapabilityStatement CatalogEntry ChargeItemDefinition CodeSystem CompartmentDefinition ConceptMap',
    'DeviceDefinition EffectEvidenceSynthesis EventDefinition Evidence EvidenceVariable ExampleScenario GraphDefinition',
    'ImplementationGuide Library Measure MedicationKnowledge MessageDefinition NamingSystem ObservationDefinition',
    'OperationDefinition PlanDefinition Questionnaire ResearchDefinition ResearchElementDefinition RiskEvidenceSynthesis',
    'SearchParameter SpecimenDefinition StructureDefinition StructureMap TerminologyCapabilities TestScript ValueSet',
  ].join(' '),
};

const KIND_OF: ReadonlyMap<string, ResourceKind> = new Map(
  Object.entries(KINDS).flatMap(([kind, types]) =>
    types.split(' ').map((type) => [type, kind as ResourceKind]),
  ),
);

/** @param type Of a resource. */
export function kindOfResource(type: string): ResourceKind {
  return KIND_OF.get(type) ?? 'record';
}

/** Whether what a resource holds may be somebody's who is no provider. */
export function isAboutPeople(kind: ResourceKind): boolean {
  return kind === 'person' || kind === 'record';
}
