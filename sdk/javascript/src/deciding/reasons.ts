/** Why an evaluation answered as it did; sdk/README.md has the table. */
export type Reason =
  | "ERROR"
  | "NO_CONFIG"
  | "UNKNOWN"
  | "FORCED"
  | "NO_CONSENT"
  | "NO_UNIT"
  | "NOT_RUNNING"
  | "REMOTE"
  | "AUDIENCE"
  | "LAYER"
  | "HOLDOUT"
  | "HOLDBACK"
  | "ROLLOUT"
  | "KEPT"
  | "NOT_ENROLLED"
  | "SPLIT";
