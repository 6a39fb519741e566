// Asks Node's casbin what a pack means, from the files that anybody would give it.
// Standard input: {"model", "policy", "asked": [[words in the order of the model's request]...],
// "outcomes": [widest first]}. Standard output: for each, the widest outcome that Casbin allows.
import { readFileSync } from "node:fs";
import { newEnforcer, newModelFromString, StringAdapter } from "casbin";

const { model, policy, asked, outcomes } = JSON.parse(readFileSync(0, "utf8"));
const enforcer = await newEnforcer(newModelFromString(model), new StringAdapter(policy));
const answers = asked.map(
  (words) => outcomes.find((one) => enforcer.enforceSync(one, ...words)) ?? "deny",
);
const held = (await enforcer.getPolicy()).length;
process.stdout.write(JSON.stringify({ answers, held }));
