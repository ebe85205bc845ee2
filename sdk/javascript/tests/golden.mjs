// Runs sdk/cases.json; the same code in node and in a browser.

const same = (left, right) => JSON.stringify(sorted(left)) === JSON.stringify(sorted(right));
const sorted = (value) =>
  value === null || typeof value !== "object"
    ? value
    : Array.isArray(value)
      ? value.map(sorted)
      : Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])]));

/** The experiments that a config decides. */
export const keysOf = (config) => [...new Set(config.experiments.map(({ key }) => key))];

/** A result with the names of the wire. */
export const onWire = ({ configVersion, suppressed: _, ...result }) => ({ ...result, config_version: configVersion });

/** How often each group was run, and every case that came out otherwise than expected. */
export function runCases({ meets, choose, parseConfig, evaluate, draw, hash32, normaliseUnit }, cases) {
  const configs = Object.fromEntries(Object.entries(cases.configs).map(([name, document]) => [name, parseConfig(document)]));
  const answers = {
    hash32: ({ text }) => hash32(text),
    unit_hash: ({ salt, unit }) => draw(salt + ":", unit),
    normalise: ({ unit }) => normaliseUnit(unit),
    buckets: ({ weights, u }) => choose(weights.map((weight, index) => ({ weight, index })), u).index,
    audience: ({ rules, attributes }) => rules.every((rule) => meets(rule, attributes)),
    documents: ({ document }) => {
      const config = parseConfig(document);
      return config && keysOf(config);
    },
    evaluate: ({ config, key, unit, attributes, forced, consent, facts }) =>
      onWire(evaluate(configs[config] ?? null, key, unit, attributes, { forced, consent, facts })),
  };
  const counts = {};
  const failures = [];
  for (const [group, answer] of Object.entries(answers)) {
    for (const item of cases[group]) {
      const expected = group === "documents" ? (item.readable ? item.experiments : null) : item.in_page ?? item.expected;
      const got = answer(item);
      counts[group] = (counts[group] ?? 0) + 1;
      if (!same(got, expected)) failures.push({ group, item, got });
    }
  }
  return { counts, failures };
}
