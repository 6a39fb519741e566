// Opens a package as a recipient with Node and npm `jose` would, following keys/FORMAT.md.
// Standard input: {"package", "broker_public_jwk", "recipient_private_jwk"} or, instead of the
// last, {"recipient_pem", "passphrase"}. Standard output: the plaintext, or exit status 1.
import { createPrivateKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { calculateJwkThumbprint, compactVerify, generalDecrypt, importJWK } from "jose";

const asked = JSON.parse(readFileSync(0, "utf8"));
const brokerKey = await importJWK(asked.broker_public_jwk, "Ed25519");
const { payload, protectedHeader } = await compactVerify(asked.package, brokerKey, {
  algorithms: ["Ed25519"],
});
if (protectedHeader.typ !== "marac-package+jws") throw new Error("typ");

const key = asked.recipient_pem
  ? createPrivateKey({ key: asked.recipient_pem, passphrase: asked.passphrase })
  : createPrivateKey({ key: asked.recipient_private_jwk, format: "jwk" });
const kid = await calculateJwkThumbprint(key.export({ format: "jwk" }));
const envelope = JSON.parse(new TextDecoder().decode(payload));
envelope.recipients = envelope.recipients.filter((one) => one.header.kid === kid);
const { plaintext } = await generalDecrypt(envelope, key, {
  keyManagementAlgorithms: ["ECDH-ES+A256KW"],
  contentEncryptionAlgorithms: ["A256GCM"],
});
process.stdout.write(plaintext);
