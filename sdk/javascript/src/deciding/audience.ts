// Who may enter: rules on the attributes of a unit, all of which must hold.
//
// What is not known (absent, null) meets no rule but `missing`: someone whose holdings are unknown must not count as
// someone who holds nothing. An empty list is known. A rule that cannot be read is met by nobody, so that a new kind of
// rule lets nobody in through an old SDK.

export type Attributes = Record<string, any>;

/** A finite number, which a boolean is not. */
export const isNumber = (value: unknown): value is number => Number.isFinite(value);

/** Comparable values of a list; an object counts as its `product`, the form of holdings in an identify call. */
const listed = (values: any[]) =>
  values
    .map((value) => (typeof value?.product === "string" ? value.product : value))
    .filter((value) => typeof value === "string" || typeof value === "boolean" || isNumber(value));

/** Whether the attributes meet one rule. */
export function meets(rule: any, attributes: Attributes): boolean {
  const { attribute, op, values = [] } = rule ?? {};
  if (typeof attribute !== "string") return false;
  const value = attributes[attribute];
  const known = listed([value].flat());
  const isKnown = Array.isArray(value) || known[0] !== undefined;
  if (op === "exists") return isKnown;
  if (op === "missing") return !isKnown;
  if (!isKnown || !Array.isArray(values)) return false;
  const bound = values[0];
  if (op === "gte" || op === "lte")
    return values.length === 1 && isNumber(bound) && isNumber(value) && (op === "gte" ? value >= bound : value <= bound);
  const match = listed(values).some((one) => known.includes(one));
  return op === "in" || op === "any_of" ? match : (op === "not_in" || op === "none_of") && !match;
}
