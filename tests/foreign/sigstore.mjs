// Asks Sigstore's verifier about checkpoints and inclusion proofs of our log.
// Standard input: {"key": JWK, "id": base64 of the key id, "origin", "asked": [{"entry", "index",
// "path", "checkpoint"}...]}. Standard output: for each, "holds" or the code of the refusal.
// The two functions are below dist/, which is not a promise of theirs: the version is pinned.
import { createPublicKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { verifyCheckpoint } from "@sigstore/verify/dist/tlog/checkpoint.js";
import { verifyMerkleInclusion } from "@sigstore/verify/dist/tlog/merkle.js";

const { key, id, origin, asked } = JSON.parse(readFileSync(0, "utf8"));
const log = {
  logID: Buffer.from(id, "base64"),
  baseURL: origin,
  publicKey: createPublicKey({ key, format: "jwk" }),
};
const answers = asked.map(({ entry, index, path, checkpoint }) => {
  const inclusionProof = {
    logIndex: String(index),
    hashes: path.map((one) => Buffer.from(one, "base64")),
    checkpoint: { envelope: checkpoint },
  };
  try {
    const signed = verifyCheckpoint({ inclusionProof }, [log]);
    verifyMerkleInclusion({ inclusionProof, canonicalizedBody: Buffer.from(entry) }, signed);
    return "holds";
  } catch (error) {
    if (error.code === undefined) throw error;
    return error.code;
  }
});
process.stdout.write(JSON.stringify(answers));
