// Words for what the contracts' types say.
import type { Admission, ContributionKind } from "../../../schema/datanet";

/** Who may contribute, in words. */
export function admissionName(admission: Admission): string {
  if ("open" in admission) return "everybody";
  if ("allowlist" in admission) return `${admission.allowlist.accounts.length} listed accounts`;
  return `everybody, with ${admission.reviewed.threshold} of ${admission.reviewed.reviewers.length} reviewers`;
}

/** Reviewers of a DataNet; none unless it is reviewed. */
export function reviewersOf(admission: Admission): readonly string[] {
  return "reviewed" in admission ? admission.reviewed.reviewers : [];
}

/** Kinds of contributions, as they are chosen from. */
export const kinds: readonly (readonly [ContributionKind, string])[] = [
  ["data", "Data"],
  ["annotation", "Annotation: labels or notes on data"],
  ["correction", "Correction: better answers"],
  ["evaluation", "Evaluation: tests"],
];

/** Addresses that were typed with spaces, commas or lines between them. */
export function addresses(text: string): string[] {
  return text.split(/[\s,]+/).filter((one) => one !== "");
}
