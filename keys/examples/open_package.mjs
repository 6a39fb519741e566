// Open a package without marac-broker: Node 20 or later and nothing else. Follows keys/FORMAT.md,
// section "Opening", by its numbers. Shows the content and writes nothing to disk.
//
//     node open_package.mjs PACKAGE YOUR-PRIVATE-KEY.jwk BROKER.jwk
import { createDecipheriv, createHash, createPrivateKey, createPublicKey, diffieHellman, verify } from "node:crypto";
import { readFileSync } from "node:fs";

const sha256 = (...parts) => createHash("sha256").update(Buffer.concat(parts)).digest();
const encode = (value) => Buffer.from(value).toString("base64url");
const thumbprint = (jwk) => encode(sha256(Buffer.from(JSON.stringify(jwk))));
const number = (value) => Buffer.from([0, 0, value >> 8, value & 255]);
const parse = (bytes) => JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));

function check(holds, fault) {
  if (!holds) throw new Error(fault);
}

function decode(value) {
  check(encode(Buffer.from(value, "base64url")) === value, "it is not base64url");
  return Buffer.from(value, "base64url");
}

// What is in a package is canonical, so that it reads in one way only: no member given twice.
function read(bytes) {
  check(Buffer.from(JSON.stringify(parse(bytes))).equals(bytes), "it is not canonical");
  return parse(bytes);
}

// RFC 7518 section 4.6: agree on a key, and unwrap the content's key with it (RFC 3394).
function contentKey(mine, { header: { alg, apu, apv, epk: { kty, crv, x, y } }, encrypted_key }) {
  check(alg === "ECDH-ES+A256KW", "its key is wrapped in another way");
  const publicKey = createPublicKey({ key: { kty, crv, x, y }, format: "jwk" });
  const parties = [Buffer.from(alg), decode(apu), decode(apv)].flatMap((one) => [number(one.length), one]);
  const agreed = sha256(number(1), diffieHellman({ privateKey: mine, publicKey }), ...parties, number(256));
  const unwrap = createDecipheriv("id-aes256-wrap", agreed, Buffer.alloc(8, 0xa6));
  return Buffer.concat([unwrap.update(decode(encrypted_key)), unwrap.final()]);
}

export function openPackage(bytes, privateJwk, brokerJwk, now = new Date()) {
  check(bytes.length <= 8 * 1024 * 1024, "it is larger than any package"); // 1
  const [header, payload, signature, ...more] = Buffer.from(bytes).toString("latin1").split(".");
  check(signature !== undefined && more.length === 0, "it is not a package");
  const broker = { crv: "Ed25519", kty: "OKP", x: brokerJwk.x }; // 2
  const expected = JSON.stringify({ alg: "Ed25519", kid: thumbprint(broker), typ: "marac-package+jws" });
  check(header === encode(expected), "it is not signed by this broker");
  const trusted = createPublicKey({ key: broker, format: "jwk" });
  check(verify(null, Buffer.from(`${header}.${payload}`), trusted, decode(signature)), "it was changed");
  const jwe = read(decode(payload)); // 3
  check(Object.keys(jwe).sort().join() === "ciphertext,iv,protected,recipients,tag", "its shape");
  const suite = encode(JSON.stringify({ enc: "A256GCM", typ: "marac-package+jwe" }));
  check(jwe.protected === suite && decode(jwe.tag).length === 16, "it is encrypted in another way");
  const own = thumbprint({ crv: "P-256", kty: "EC", x: privateJwk.x, y: privateJwk.y });
  const [entry, ...others] = jwe.recipients.filter((one) => one.header.kid === own);
  check(entry && others.length === 0, "it is not for this key");
  const mine = createPrivateKey({ key: privateJwk, format: "jwk" }); // 4
  const sealed = createDecipheriv("aes-256-gcm", contentKey(mine, entry), decode(jwe.iv));
  sealed.setAAD(Buffer.from(jwe.protected)).setAuthTag(decode(jwe.tag));
  const content = read(Buffer.concat([sealed.update(decode(jwe.ciphertext)), sealed.final()]));
  check(["marac-package/1", "marac-package/2"].includes(content.version), "its version is another"); // 5
  const inside = content.recipient.keys.map((kid) => [kid, encode(`${content.disclosure_id}|${kid}`)]);
  const outside = jwe.recipients.map((one) => [one.header.kid, one.header.apv]);
  check(JSON.stringify(inside) === JSON.stringify(outside), "it is addressed differently inside");
  check(now < new Date(content.expires_at), "it has expired: delete it"); // 6
  return content;
}

if (process.argv[1]?.endsWith("open_package.mjs")) {
  try {
    const [bytes, key, broker] = process.argv.slice(2, 5).map((one) => readFileSync(one));
    console.log(JSON.stringify(openPackage(bytes, parse(key), parse(broker)), null, 2));
  } catch (fault) {
    console.error(`This package does not open: ${fault.message.split("\n")[0] || "it was changed"}.`);
    process.exitCode = 1;
  }
}
