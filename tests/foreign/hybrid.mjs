// Opens a package of the hybrid suite with npm's HPKE and Node's own cryptography, following
// keys/FORMAT.md. Standard input: {"package", "broker_public_jwk", "recipient_seed", "kid"}.
import { readFileSync } from "node:fs";
import { Aes256Gcm, CipherSuite, HkdfSha256 } from "@hpke/core";
import { XWing } from "@hpke/hybridkem-x-wing";
import { compactVerify, importJWK } from "jose";

const asked = JSON.parse(readFileSync(0, "utf8"));
const bytes = (text) => Uint8Array.from(Buffer.from(text, "base64url"));
const broker = await importJWK(asked.broker_public_jwk, "Ed25519");
const { payload, protectedHeader } = await compactVerify(asked.package, broker, {
  algorithms: ["Ed25519"],
});
if (protectedHeader.typ !== "marac-package-hybrid+jws") throw new Error("typ");

const sealed = JSON.parse(new TextDecoder().decode(payload));
if (sealed.suite !== "marac-hybrid/1") throw new Error("suite");
const [own] = sealed.recipients.filter((one) => one.kid === asked.kid);
const kem = new XWing();
const suite = new CipherSuite({ kem, kdf: new HkdfSha256(), aead: new Aes256Gcm() });
const wrapped = bytes(own.wrapped);
const recipient = await suite.createRecipientContext({
  recipientKey: await kem.importKey("raw", bytes(asked.recipient_seed).buffer, false),
  enc: wrapped.slice(0, kem.encSize).buffer,
  info: new TextEncoder().encode(`marac-hybrid/1|${sealed.disclosure}|${own.kid}`),
});
const raw = await recipient.open(wrapped.slice(kem.encSize).buffer);
const key = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["decrypt"]);
const additionalData = new TextEncoder().encode("marac-hybrid/1");
const gcm = { name: "AES-GCM", iv: bytes(sealed.iv), additionalData };
const plain = await crypto.subtle.decrypt(gcm, key, bytes(sealed.ciphertext));
process.stdout.write(Buffer.from(plain));
