// Who may enter: rules on the attributes of a unit, all of which must hold.
//
// What is not known (absent, null) meets no rule but "missing": someone whose holdings are unknown must not count as
// someone who holds nothing. An empty list is known.

export type Attributes = Record<string, any>;

/** An attribute, what is asked of it, and the values of the question: two bounds of a range, else those looked for. */
export type Rule = readonly [attribute: string, op: "range" | "in" | "not_in" | "missing", ...values: any[]];

/** Whether the attributes meet one rule. */
export function meets([attribute, op, ...values]: Rule, attributes: Attributes): boolean {
  const value = attributes[attribute];
  if (op === "range") return typeof value === "number" && value >= values[0] && value <= values[1];
  // An object counts as its `product`, the form of holdings in an identify call.
  const known = [value].flat().map((one) => (typeof one?.product === "string" ? one.product : one));
  const isKnown = Array.isArray(value) || /^[^nu{]/.test(JSON.stringify(known[0]));
  return op === "missing" ? !isKnown : isKnown && values.some((one) => known.includes(one)) === (op === "in");
}
