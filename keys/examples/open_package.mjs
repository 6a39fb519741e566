// Open a package without marac-broker: WebCrypto only, so it runs in Node 20 or later and, from
// `openPackage` on, in a browser. Follows keys/FORMAT.md, section "Opening".
//
//     node open_package.mjs PACKAGE YOUR-PRIVATE-KEY.jwk BROKER.jwk
//
// Shows the content and writes nothing to disk.
const text = new TextEncoder();
const LARGEST = 8 * 1024 * 1024;
const VERSIONS = ["marac-package/1", "marac-package/2"];
const P256 = { name: "ECDH", namedCurve: "P-256" };

export async function openPackage(bytes, privateJwk, brokerJwk, now = new Date()) {
  // 1. Size, three parts. 2. The one header of a key we trust, and its signature over everything.
  check(bytes.length <= LARGEST, "it is larger than any package");
  const parts = new TextDecoder("utf-8", { fatal: true }).decode(bytes).split(".");
  check(parts.length === 3, "it is not a package");
  const [header, payload, signature] = parts;
  const broker = { crv: "Ed25519", kty: "OKP", x: brokerJwk.x };
  const expected = { alg: "Ed25519", kid: await thumbprint(broker), typ: "marac-package+jws" };
  check(header === encode(text.encode(JSON.stringify(expected))), "it is not signed by this broker");
  const trusted = await crypto.subtle.importKey("jwk", broker, "Ed25519", false, ["verify"]);
  const signed = text.encode(`${header}.${payload}`);
  const holds = await crypto.subtle.verify("Ed25519", trusted, decode(signature), signed);
  check(holds, "it was changed after it was signed");
  // 3. The shape of the encryption, and our entry in it exactly once.
  const jwe = read(decode(payload));
  check(Object.keys(jwe).sort().join() === "ciphertext,iv,protected,recipients,tag", "its shape");
  const suite = JSON.stringify({ enc: "A256GCM", typ: "marac-package+jwe" });
  check(jwe.protected === encode(text.encode(suite)), "its encryption is of another kind");
  const { x, y, d } = privateJwk;
  const own = await thumbprint({ crv: "P-256", kty: "EC", x, y });
  const entries = jwe.recipients.filter((one) => one.header.kid === own);
  check(entries.length === 1, "it is not for this key");
  // 4. Agree on a key (RFC 7518 section 4.6), unwrap the content's key with it, decrypt.
  const key = { kty: "EC", crv: "P-256", x, y, d };
  const mine = await crypto.subtle.importKey("jwk", key, P256, false, ["deriveBits"]);
  const wrapping = await agreed(mine, entries[0].header);
  const wrapped = decode(entries[0].encrypted_key);
  const gcm = { name: "AES-GCM", iv: decode(jwe.iv), additionalData: text.encode(jwe.protected) };
  const contentKey = await crypto.subtle.unwrapKey(
    "raw", wrapped, wrapping, "AES-KW", "AES-GCM", false, ["decrypt"],
  );
  const sealed = join(decode(jwe.ciphertext), decode(jwe.tag));
  const content = read(new Uint8Array(await crypto.subtle.decrypt(gcm, contentKey, sealed)));
  // 5. The same keys and the same disclosure, inside and outside. 6. Still to be kept.
  check(VERSIONS.includes(content.version), "its content is of another version");
  const outside = jwe.recipients.map(({ header: { kid, apv } }) => [kid, apv]);
  const bound = (kid) => [kid, encode(text.encode(`${content.disclosure_id}|${kid}`))];
  const agree = JSON.stringify(content.recipient.keys.map(bound)) === JSON.stringify(outside);
  check(agree, "it is addressed differently inside and outside");
  check(now < new Date(content.expires_at), "it has expired: delete it");
  return content;
}

async function agreed(mine, { alg, apu, apv, epk: { kty, crv, x, y } }) {
  check(alg === "ECDH-ES+A256KW", "its key is wrapped in another way");
  const theirs = await crypto.subtle.importKey("jwk", { kty, crv, x, y }, P256, false, []);
  const secret = await crypto.subtle.deriveBits({ name: "ECDH", public: theirs }, mine, 256);
  const parties = [text.encode(alg), decode(apu), decode(apv)];
  const info = parties.flatMap((one) => [number(one.length), one]);
  const derived = await sha256(join(number(1), new Uint8Array(secret), ...info, number(256)));
  return crypto.subtle.importKey("raw", derived, "AES-KW", false, ["unwrapKey"]);
}

const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
const thumbprint = async (jwk) => encode(await sha256(text.encode(JSON.stringify(jwk))));
const number = (value) => new Uint8Array([0, 0, value >> 8, value & 255]);
const join = (...parts) => Uint8Array.from(parts.flatMap((one) => [...one]));
const parse = (bytes) => JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
const spelt = { "+": "-", "/": "_", "=": "" };

// What is in a package is canonical, so that it reads in one way only: no member given twice.
function read(bytes) {
  const value = parse(bytes);
  check(encode(text.encode(JSON.stringify(value))) === encode(bytes), "it is not canonical");
  return value;
}

function encode(bytes) {
  const binary = Array.from(bytes, (one) => String.fromCharCode(one)).join("");
  return btoa(binary).replace(/[+/=]/g, (one) => spelt[one]);
}

function decode(value) {
  const binary = atob(value.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = Uint8Array.from(binary, (one) => one.charCodeAt(0));
  check(encode(bytes) === value, "it is not base64url");
  return bytes;
}

function check(holds, fault) {
  if (!holds) throw new Error(fault);
}

if (globalThis.process?.argv[1]?.endsWith("open_package.mjs")) {
  const { readFileSync } = await import("node:fs");
  try {
    const [bytes, key, broker] = process.argv.slice(2, 5).map((one) => readFileSync(one));
    const content = await openPackage(bytes, parse(key), parse(broker));
    console.log(JSON.stringify(content, null, 2));
  } catch (fault) {
    console.error(`This package does not open: ${fault.message || "it was changed"}.`);
    process.exitCode = 1;
  }
}
