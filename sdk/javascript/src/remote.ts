// Experiments whose audience needs what a browser must not hold: the server evaluates them, in one call per page view.

import type { Core } from "./assemble.js";
import { attempt } from "./attempt.js";
import { within } from "./delivery/request.js";

/** Ask, and wait no longer than `patience`: an answer that comes later must not change what is on the page. */
export async function ask(core: Core, patience: number): Promise<void> {
  const { visitorId_: anonymousId, userId_: userId, identity_: identity, attributes_: attributes, config_ } = core;
  // Nobody may be asked for, nobody is there to ask for, or nothing has to be asked.
  if (
    !core.store_.open_ ||
    !(anonymousId || userId) ||
    !config_?.experiments.some((experiment) => experiment.tree[0] === "REMOTE")
  )
    return;
  const asking = (core.asking_ = core.ask_("evaluate", JSON.stringify({ anonymousId, userId, identity, attributes })));
  const text = await within(patience, asking);
  if (asking !== core.asking_) return;
  core.answers_ = attempt(() => JSON.parse(text!).experiments);
  core.changed_();
}
