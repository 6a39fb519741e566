// Asks the stand-alone JavaScript verifier about many files in one process.
// Argument: where it is. Standard input: [[base64 of the file, keys, text of what was kept or null, witnesses]...].
// Standard output: for each [exit status, what it said].
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const { verify } = await import(pathToFileURL(process.argv[2]));
const verdicts = [];
for (const [file, keys, kept, by] of JSON.parse(readFileSync(0, "utf8"))) {
  try {
    const before = kept === null ? null : new TextEncoder().encode(kept);
    const said = await verify(new Uint8Array(Buffer.from(file, "base64")), keys, before, by);
    verdicts.push([0, ["The file holds.", ...said].join("\n")]);
  } catch (error) {
    if (error.status === undefined) throw error;
    verdicts.push([error.status, error.message]);
  }
}
process.stdout.write(JSON.stringify(verdicts));
