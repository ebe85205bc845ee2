// Runs sdk/cases.json on the documents that pages get, sdk/compiled.json; the same code in node and in a browser.

const same = (left, right) => JSON.stringify(sorted(left)) === JSON.stringify(sorted(right));
const sorted = (value) =>
  value === null || typeof value !== "object"
    ? value
    : Array.isArray(value)
      ? value.map(sorted)
      : Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])]));

/** The experiments that a config decides. */
export const keysOf = (config) => config.experiments.map(({ key }) => key);

/** What the whole client answers to one question, with the names of the wire. */
export const answerTo = ({ evaluate, experimentOf, force }, config, { key, unit, attributes, forced, consent = true }) => {
  const experiment = experimentOf(config, key);
  const answered = force(config, experiment, forced) || evaluate(config, experiment, unit, attributes ?? {}, consent);
  const { configVersion, ...result } = answered;
  return { ...result, config_version: configVersion };
};

/** How often each group was run, and every case that came out otherwise than expected. */
export function runCases(internals, cases, compiled) {
  const { meets, readConfig, draw, hash32, normaliseUnit } = internals;
  const configs = Object.fromEntries(Object.entries(compiled.configs).map(([name, document]) => [name, readConfig(document)]));
  const answers = {
    hash32: ({ text }) => hash32(text),
    unit_hash: ({ salt, unit }) => draw(salt + ":", unit),
    normalise: ({ unit }) => normaliseUnit(unit),
    // A rule that nobody can meet is not compiled.
    audience: ({ attributes }, at) => compiled.audience[at].every((rule) => rule !== null && meets(rule, attributes)),
    documents: (_, at) => (compiled.documents[at] ? keysOf(readConfig(compiled.documents[at])) : null),
    evaluate: ({ config, ...question }) => answerTo(internals, configs[config], question),
  };
  const counts = {};
  const failures = [];
  for (const [group, answer] of Object.entries(answers)) {
    cases[group].forEach((item, at) => {
      const got = answer(item, at);
      counts[group] = (counts[group] ?? 0) + 1;
      const expected = group === "documents" ? (item.readable ? item.experiments : null) : (item.in_page ?? item.expected);
      if (!same(got, expected)) failures.push({ group, item, got });
    });
  }
  return { counts, failures };
}
