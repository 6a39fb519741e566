#!/usr/bin/env node
/*
 * Check a file of a disclosure log without the broker and without its software.
 *
 * Needs Node 20 or later, or a browser, and nothing else: copy this one file. README.md beside it
 * says what a pass proves and what it does not; FORMAT.md one folder up is what is checked here.
 *
 *     node verify_log.mjs FILE --key NAME+ID+KEY [--kept FILE] [--witness NAME+ID+KEY ...]
 *
 * Give --key once for each key that the log had. Exit status 0: the file holds. 1: it does not,
 * and the sentence says where. 2: no such file.
 * In a page: import { verify } from "./verify_log.mjs"; await verify(bytes, keys, kept, witnesses).
 */

const VERSION = 1;
const MAX_ENTRY_BYTES = 65_536;
const MAX_NOTE_CHARACTERS = 16_384;
const MAX_PROOF_BYTES = 1_048_576;
const BEGINS = 68; // characters of a line before the entry's own bytes: [" hash ",
const MAX_LINE_BYTES = MAX_ENTRY_BYTES + BEGINS + 2;
const MAP_LINE = "marac-map-v1 "; // how the line begins that commits to the map of cases
const EMPTY = new Uint8Array(32); // of a part of the map without a case
const MAX_DEPTH = 256;
const LATE_MILLISECONDS = 120_000; // clocks of two brokers, and an entry that waited
const LAST_SECOND = 253_402_300_799n; // of the year 9999
const AT_ONCE = 4_096; // hashes asked of WebCrypto together

// What other software calls white space, written out: JavaScript's own \s is another set.
const SPACE = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const NOTE = new RegExp(
  "^([^\\n]+)\\n([1-9][0-9]{0,17})\\n([A-Za-z0-9+/]{43}=)\\n((?:[^\\n]+\\n)*)\\n" +
    `((?:\u2014 [^${SPACE}+]+ [A-Za-z0-9+/]+={0,2}\\n)+)$`,
  "u",
);
const NAME = new RegExp(`^[^${SPACE}\\x00-\\x1f\\x7f]{1,255}$`, "u");
const LINE = /^\["([0-9a-f]{64})",$/;
const TIME = /^[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z$/;
const WORD = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const ENTRY = "at,case_number,case_previous,case_tag,detail,index,kind,version";
const PROOF = "checkpoint,entry,index,leaf_hash,path,size,version";
const GROWTH = "checkpoint,path,since,size,version";
const RECEIPT = "checkpoint,entry,proof";
const EXPORT = "checkpoint,newest_at,version";
const CASE_FILE = "case_tag,checkpoint,count,map,since,version";

/** The file does not hold (status 1), or is no such file (status 2). */
export class Refused extends Error {
  constructor(said, status = 1) {
    super(said);
    this.status = status;
  }
}

/** Refuse with this sentence where something does not hold. */
function check(holds, said, status = 1) {
  if (!holds) throw new Refused(said, status);
}

/** Take what is written in another way than FORMAT.md says as not readable. */
function readable(holds) {
  if (!holds) throw new TypeError("not as FORMAT.md says");
}

/** Refuse with this sentence where something cannot be read. */
async function orRefuse(said, read, status = 1) {
  try {
    return await read();
  } catch (error) {
    throw error instanceof Refused ? error : new Refused(said, status);
  }
}

// --- Bytes, text and JSON.

const bytesOf = (text) => new TextEncoder().encode(text);
const textOf = (raw) => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(raw);
const HEX = Array.from({ length: 256 }, (_, one) => one.toString(16).padStart(2, "0"));
const hexOf = (raw) => raw.reduce((made, one) => made + HEX[one], "");
const base64Of = (raw) => btoa(Array.from(raw, (one) => String.fromCharCode(one)).join(""));
const same = (one, two) => one.length === two.length && one.every((byte, at) => byte === two[at]);

/** Decode base64 that is written as it would be written again. */
function unpadded(text) {
  readable(typeof text === "string");
  const raw = Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
  readable(base64Of(raw) === text);
  return raw;
}

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const membersOf = (value) => Object.keys(value).sort().join(",");

/** Read a JSON object of text, whole numbers, lists and objects. */
function objectOf(text) {
  const found = JSON.parse(text);
  const outside = text.replace(/"(?:[^"\\]|\\.)*"/g, "");
  readable(isObject(found) && !/[0-9][.eE]/.test(outside)); // Whole numbers only.
  return found;
}

/** Write JSON as RFC 8785 does: members in UTF-16 order, no spaces, nothing escaped in vain. */
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (isObject(value)) {
    const names = Object.keys(value).sort();
    return `{${names.map((one) => `${canonical(one)}:${canonical(value[one])}`).join(",")}}`;
  }
  readable(typeof value !== "number" || Number.isSafeInteger(value)); // Others would round it.
  readable(typeof value !== "string" || !/\p{Surrogate}/u.test(value)); // Half a character.
  return JSON.stringify(value);
}

/** Read an object that has these members and is written in the one way there is. */
function inOneForm(raw, names, end = "") {
  const text = textOf(raw);
  const found = objectOf(text);
  readable(`${canonical(found)}${end}` === text && membersOf(found) === names);
  readable(!("version" in found) || found.version === VERSION);
  return found;
}

/** Whether it is a moment in UTC with six decimals. */
function isTime(value) {
  if (typeof value !== "string" || !TIME.test(value)) return false;
  const moment = new Date(`${value.slice(0, 23)}Z`);
  return !Number.isNaN(moment.getTime()) && moment.toISOString().startsWith(value.slice(0, 19));
}

// --- The tree, RFC 6962 section 2.1, and proofs in it, RFC 9162 sections 2.1.3.2 and 2.1.4.2.

let digest = async (whole) => new Uint8Array(await crypto.subtle.digest("SHA-256", whole));

/** SHA-256 of the parts, one after the other. */
async function sha256(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, one) => sum + one.length, 0));
  let at = 0;
  for (const one of parts) {
    whole.set(one, at);
    at += one.length;
  }
  return digest(whole);
}

const leafHash = (entry) => sha256([0], entry);
const nodeHash = (left, right) => sha256([1], left, right);

/** Ask for many hashes, some at a time. */
async function each(items, hash) {
  const made = [];
  for (let at = 0; at < items.length; at += AT_ONCE) {
    made.push(...(await Promise.all(items.slice(at, at + AT_ONCE).map(hash))));
  }
  return made;
}

/** Hash neighbours together, level by level; who has none goes up as they are. */
async function rootOf(hashes) {
  let level = hashes;
  while (level.length > 1) {
    const pairs = [];
    for (let at = 0; at + 1 < level.length; at += 2) pairs.push([level[at], level[at + 1]]);
    const rest = level.slice(pairs.length * 2);
    level = [...(await each(pairs, ([left, right]) => nodeHash(left, right))), ...rest];
  }
  return level[0];
}

/** Follow a proof to the root; also return the hash without what stands to the right. */
async function climb(node, last, proof) {
  let [older, newer] = [proof[0], proof[0]];
  for (const beside of proof.slice(1)) {
    if (last === 0n) return null;
    if (node & 1n || node === last) {
      [older, newer] = [await nodeHash(beside, older), await nodeHash(beside, newer)];
      while (node && !(node & 1n)) [node, last] = [node >> 1n, last >> 1n];
    } else {
      newer = await nodeHash(newer, beside);
    }
    [node, last] = [node >> 1n, last >> 1n];
  }
  return last === 0n ? [older, newer] : null;
}

/** Whether the path leads from the entry to the root. */
async function isIncluded(leaf, index, signed, path) {
  if (index < 0n || index >= signed.size) return false;
  const found = await climb(index, signed.size - 1n, [leaf, ...path]);
  return found !== null && same(found[1], signed.root);
}

/** Whether the newer tree begins with the older. */
async function isConsistent(older, newer, path) {
  if (older.size >= newer.size) {
    return older.size === newer.size && same(older.root, newer.root) && path.length === 0;
  }
  let [node, last] = [older.size - 1n, newer.size - 1n];
  while (node & 1n) [node, last] = [node >> 1n, last >> 1n];
  // The older tree's root opens the proof where that tree is one complete subtree.
  const proof = node ? path : [older.root, ...path];
  const found = path.length > 0 ? await climb(node, last, proof) : null;
  return found !== null && same(found[0], older.root) && same(found[1], newer.root);
}

// --- The log's key and its checkpoints: C2SP signed-note and tlog-checkpoint, Ed25519.

/** Read `name+key id+base64`, from somebody you trust; kind 1 is a log's, 4 a witness's (C2SP). */
async function readKey(text, kind = 1, whose = "log's key as its operator does") {
  return orRefuse(
    `Give the ${whose}: name+key id+base64.`,
    async () => {
      const [origin, written, ...rest] = text.split("+");
      const raw = unpadded(rest.join("+"));
      const id = (await sha256(bytesOf(`${origin}\n`), raw)).slice(0, 4);
      readable(NAME.test(origin) && raw.length === 33 && raw[0] === kind && hexOf(id) === written);
      return { origin, id, public: raw.slice(1) };
    },
    2,
  );
}

/** Read every key that one log had: whichever of them signed, it is the log's word. */
async function readKeys(texts) {
  const keys = await Promise.all(texts.map((one) => readKey(one)));
  const one = new Set(keys.map(({ origin }) => origin)).size === 1;
  check(one, "Give the keys of one log, not of several.", 2);
  return keys;
}

/** Whether the key made this signature of this message. */
async function signatureHolds(key, message, signature) {
  try {
    const read = await crypto.subtle.importKey("raw", key.public, "Ed25519", false, ["verify"]);
    return await crypto.subtle.verify("Ed25519", read, signature, message);
  } catch (error) {
    if (error?.name === "NotSupportedError") {
      throw new Refused("This browser cannot check Ed25519: use a newer one, or the Python file.", 2);
    }
    return false;
  }
}

const isNote = (one) => typeof one === "string" && NOTE.test(one) && [...one].length <= MAX_NOTE_CHARACTERS;

/** Return a note's origin, size, root, extension lines and signatures, if it is a note. */
function partsOf(note) {
  check(isNote(note), "The checkpoint is not a C2SP signed note.");
  return NOTE.exec(note).slice(1);
}

/** Return what one key made of a note's signatures; every one must be plain base64. */
async function signaturesBy(key, lines) {
  const read = ([, name, encoded]) => [name, unpadded(encoded)];
  const split = lines.split("\n").slice(0, -1).map((line) => line.split(" "));
  const said = "A signature on the checkpoint is not plain base64.";
  const named = await orRefuse(said, () => split.map(read));
  return named
    .filter(([name, blob]) => name === key.origin && same(blob.slice(0, 4), key.id))
    .map(([, blob]) => blob.slice(4));
}

/** Return what a note says, once the signatures on it that name the log's keys hold. */
async function checkpointOf(note, keys) {
  const [origin, size, root, more, lines] = partsOf(note);
  const message = bytesOf(`${origin}\n${size}\n${root}\n${more}`);
  const made = [];
  for (const key of keys) {
    for (const one of await signaturesBy(key, lines)) made.push([key, one]);
  }
  const ours = origin === keys[0].origin && made.length > 0;
  check(ours, "The checkpoint is not signed by this log's key.");
  for (const [key, one] of made) {
    const holds = await signatureHolds(key, message, one);
    check(holds, "The checkpoint's signature does not hold.");
  }
  return { size: BigInt(size), root: unpadded(root), mapRoot: await mapRootIn(more) };
}

/** Return what the extension lines commit to as the map of cases; null for no such line. */
async function mapRootIn(lines) {
  const ours = lines.split("\n").filter((line) => `${line} `.startsWith(MAP_LINE));
  if (ours.length === 0) return null;
  return orRefuse("The checkpoint commits to the map of cases in no known way.", () => {
    const root = unpadded(ours[0].slice(MAP_LINE.length));
    readable(ours.length === 1 && root.length === EMPTY.length);
    return root;
  });
}

/** Say which of several keys of the log signed a note that holds. */
async function signedBy(note, keys) {
  const said = [];
  for (const key of keys.length > 1 ? keys : []) {
    const made = await signaturesBy(key, partsOf(note).at(-1));
    if (made.length > 0) said.push(`It is signed by the log's key ${key.origin}+${hexOf(key.id)}.`);
  }
  return said;
}

/** Say of each witness when it cosigned a note that holds (C2SP tlog-cosignature). */
async function cosigned(note, witnesses) {
  const [origin, size, root, more, lines] = partsOf(note);
  const said = [];
  for (const witness of witnesses) {
    const name = witness.origin;
    let newest = null;
    for (const one of await signaturesBy(witness, lines)) {
      const seconds = BigInt(`0x${hexOf(one.slice(0, 8)) || "0"}`);
      const text = `cosignature/v1\ntime ${seconds}\n${origin}\n${size}\n${root}\n${more}`;
      const holds = await signatureHolds(witness, bytesOf(text), one.slice(8));
      check(holds && seconds <= LAST_SECOND, `The cosignature of ${name} does not hold.`);
      if (newest === null || seconds > newest) newest = seconds;
    }
    const when = new Date(Number(newest ?? 0n) * 1000).toISOString().slice(0, 19);
    said.push(newest === null ? `Not cosigned by ${name}.` : `Cosigned by ${name} at ${when}Z.`);
  }
  const nobody = said.length > 0 && said.every((one) => one.startsWith("Not"));
  check(!nobody, "None of the witnesses that you named cosigned the checkpoint.");
  return said;
}

// --- The map of cases: a sparse Merkle tree, FORMAT.md. The bits of a case's key lead to its place.

const caseKey = (tag) => sha256(bytesOf(tag));
const mapNode = (left, right) => sha256([3], left, right);
const bitOf = (key, depth) => (key[depth >> 3] >> (7 - (depth & 7))) & 1;
const bytesOfHex = (text) => Uint8Array.from(text.match(/../g) ?? [], (one) => parseInt(one, 16));

/** Hash what the map says of one case: how many entries it has, and the newest of them. */
async function caseLeaf(key, count, newest) {
  const number = new Uint8Array(8);
  new DataView(number.buffer).setBigUint64(0, BigInt(count));
  return sha256([2], key, await sha256([4], number, newest));
}

/** Hash the map over leaves: [key, hash] each. */
async function mapRootOf(leaves, depth = 0) {
  if (leaves.length < 2) return leaves.length === 0 ? EMPTY : leaves[0][1];
  const left = leaves.filter(([key]) => !bitOf(key, depth));
  const right = leaves.filter(([key]) => bitOf(key, depth));
  return mapNode(await mapRootOf(left, depth + 1), await mapRootOf(right, depth + 1));
}

/** Hash the map of these cases and no others. */
async function mapRootOver(heads) {
  const leaf = async ([tag, [count, newest]]) => {
    const key = await caseKey(tag);
    return [key, await caseLeaf(key, count, bytesOfHex(newest))];
  };
  return mapRootOf(await each([...heads], leaf));
}

/** Whether the path leads from what stands in the case's place to the root. */
async function isMapped(root, key, leaf, path) {
  if (path.length > MAX_DEPTH || [key, ...path].some((one) => one.length !== 32)) return false;
  let made = leaf;
  for (const [at, beside] of path.entries()) {
    const right = bitOf(key, path.length - 1 - at);
    made = right ? await mapNode(beside, made) : await mapNode(made, beside);
  }
  return same(made, root);
}

// --- Entries: one JSON object each, in the one form that RFC 8785 gives it.

/** Read an entry from its bytes; anything thrown means that they are not one. */
function entryOf(raw) {
  const said = inOneForm(raw, ENTRY);
  readable(
    raw.length <= MAX_ENTRY_BYTES &&
      (typeof said.kind === "string" && WORD.test(said.kind)) &&
      (Number.isSafeInteger(said.index) && Number.isSafeInteger(said.case_number)) &&
      (isTime(said.at) && (said.case_tag === null || typeof said.case_tag === "string")) &&
      (typeof said.case_previous === "string" && isObject(said.detail)),
  );
  return said;
}

/** Read the hashes of a proof. */
function pathOf(found) {
  readable(Array.isArray(found));
  return found.map(unpadded);
}

const NOT_SHOWN = [
  "Not shown: that no newer entry was left off. Compare a later file with this checkpoint.",
  "Not shown: that everybody is shown this log. Compare checkpoints with somebody else's.",
  "Not shown: that what was written down is true, or that everything was written down.",
];
const MAPPED = "The signed map of cases is the one that they make.";
const UNMAPPED = "The checkpoint is from before there was a map of cases.";
const NOT_DERIVED =
  "Not shown: that the map was made from the log. Whoever checks the whole log checks that, too.";
const ALONE = "Not shown: anything about any other entry, or about a checkpoint that you kept.";
const NOT_COMPARED = "Not compared with what you kept: give it with --kept FILE.";

// --- A whole log: every entry, the chain of every case, the root and the signature.

/** Cut into lines, each with its line end; the last may lack one. */
function linesOf(bytes) {
  const lines = [];
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(10, at);
    lines.push(bytes.subarray(at, end === -1 ? bytes.length : end + 1));
    at += lines.at(-1).length;
  }
  return lines;
}

/** Check a whole log. */
async function checkExport(first, lines, keys, kept) {
  const read = () => {
    const found = inOneForm(first, EXPORT, "\n");
    readable(isTime(found.newest_at) && isNote(found.checkpoint));
    return found;
  };
  const head = await orRefuse("The file is no export of a log.", read, 2);
  const signed = await checkpointOf(head.checkpoint, keys);
  const { hashes, heads, at } = await checkEntries(lines, signed.size);
  const last = `Entry ${signed.size - 1n}: `;
  check(BigInt(hashes.length) === signed.size, `Entry ${hashes.length}: it is missing.`);
  const whole = same(await rootOf(hashes), signed.root);
  check(whole, "The entries are not those that the checkpoint was signed for.");
  check(at === head.newest_at, `${last}it is not of the time that the head gives.`);
  const mapped = signed.mapRoot === null || same(signed.mapRoot, await mapRootOver(heads));
  check(mapped, `${last}the checkpoint commits to another map of cases.`);
  let said = NOT_COMPARED;
  if (kept !== null) {
    const { size } = kept.signed;
    const begins = { ...signed, size, root: await rootOf(hashes.slice(0, Number(size))) };
    said = checkAgainst(kept, { signed, tag: null, leaves: [] }, begins);
  }
  return [
    `The log's key signed ${signed.size} entries, the last of ${at}.`,
    "Each is in canonical form, in its place, and they add up to the signed root.",
    `They belong to ${heads.size} cases; each case's entries are numbered and chained without gap.`,
    signed.mapRoot === null ? UNMAPPED : MAPPED,
    said,
  ];
}

/** Return the entries' hashes, how far each case has come, and the time of the last. */
async function checkEntries(lines, size) {
  const bodies = lines.map((line) => line.subarray(BEGINS, -2));
  const hashes = await each(bodies, leafHash);
  const [heads, plain] = [new Map(), new TextDecoder("latin1")];
  let at = "";
  for (const [index, line] of lines.entries()) {
    const here = `Entry ${index}: `;
    const begins = LINE.exec(plain.decode(line.subarray(0, BEGINS)));
    const ends = line.length <= MAX_LINE_BYTES && line.at(-2) === 0x5d && line.at(-1) === 10;
    check(begins !== null && ends, `${here}its line was changed, or cut short.`);
    const leaf = hexOf(hashes[index]);
    check(leaf === begins[1], `${here}its line was changed.`);
    check(BigInt(index) < size, `${here}the checkpoint does not cover it.`);
    const said = await orRefuse(`${here}its bytes were changed.`, () => entryOf(bodies[index]));
    check(said.index === index, `${here}it says that it is entry ${said.index}.`);
    let expected = [0, ""];
    if (said.case_tag !== null) {
      const [count, newest] = heads.get(said.case_tag) ?? [0, ""];
      expected = [count + 1, newest];
      heads.set(said.case_tag, [count + 1, leaf]);
    }
    const follows = said.case_number === expected[0] && said.case_previous === expected[1];
    check(follows, `${here}it does not follow the entry of its case before it.`);
    at = said.at;
  }
  return { hashes, heads, at };
}

/** Check that a log which once committed to its cases still does, and to the same. */
function checkStillMapped(now, kept) {
  if (kept.mapRoot === null) return;
  check(now.mapRoot !== null, "The checkpoint no longer commits to the map of cases.");
  const alike = kept.size !== now.size || same(kept.mapRoot, now.mapRoot);
  check(alike, "Two maps of cases were signed for one log: keep both as proof.");
}

/** Check that the log goes on from what you have from an earlier day. */
function checkAgainst(kept, now, since) {
  const [before, after] = [kept.signed, now.signed];
  const covered = `Entry ${after.size}: what you kept covers it and this file does not.`;
  check(before.size <= after.size, covered);
  checkStillMapped(after, before);
  const gone = kept.leaves.some((leaf, at) => !same(leaf, now.leaves[at] ?? EMPTY));
  const alike = kept.tag !== now.tag || !gone;
  check(alike, "Entries of the case that you kept are missing or changed: keep both.");
  const begins = before.size === after.size ? after : since;
  const again = `The file does not go back to the ${before.size} entries that you kept`;
  check(begins?.size === before.size, `${again}: ask for one made with --since.`, 2);
  const two = `The first ${before.size} entries are not those that you kept: keep both files as proof.`;
  check(same(begins.root, before.root), two);
  return `It goes on from the ${before.size} entries of what you kept.`;
}

// --- One entry, or that the log has only grown: files that are one JSON object.

/** Check that one entry is in the log that a checkpoint was signed for. */
async function checkProof(found, keys) {
  const [raw, path] = await orRefuse("The proof cannot be read.", () => {
    readable(typeof found.entry === "string" && !/\p{Surrogate}/u.test(found.entry));
    return [bytesOf(found.entry), pathOf(found.path)];
  });
  const signed = await checkpointOf(found.checkpoint, keys);
  const said = await orRefuse("The bytes of the entry were changed.", () => entryOf(raw));
  const leaf = await leafHash(raw);
  const stated =
    found.index === said.index &&
    Number.isSafeInteger(found.size) &&
    BigInt(found.size) === signed.size &&
    found.leaf_hash === base64Of(leaf);
  const leads = stated && (await isIncluded(leaf, BigInt(said.index), signed, path));
  check(leads, `Entry ${said.index}: the proof does not lead from it to the signed root.`);
  return [
    `The log's key signed a log of ${signed.size} entries, and this is entry ${said.index} of it.`,
    `It is a ${said.kind} of ${said.at}, number ${said.case_number} of its case.`,
  ];
}

/** Check a receipt as the broker answers a request with it: an entry's proof, told again. */
async function checkReceipt(found, keys) {
  const told = found.entry;
  const written = await orRefuse("The receipt cannot be read.", () => {
    readable([told, found.proof, found.checkpoint].every(isObject));
    readable(/^(?:[0-9a-f]{2})*$/.test(told.leaf_hash));
    const { index, size, path } = found.proof;
    const [entry, checkpoint] = [told.canonical, found.checkpoint.note];
    return { entry, leaf_hash: base64Of(bytesOfHex(told.leaf_hash)), checkpoint, index, size, path };
  });
  const made = await checkProof(written, keys);
  const said = objectOf(told.canonical);
  const alike = ["index", "kind", "case_number"].every((name) => told[name] === said[name]);
  const holds = alike && [said.at, said.at.replace(".000000Z", "Z")].includes(told.at);
  const otherwise = `Entry ${said.index}: the receipt tells it otherwise than the log.`;
  check(holds && said.kind === "disclosure", otherwise);
  return made;
}

/** Check that the log has only grown since the checkpoint that was kept. */
async function checkGrowth(found, keys, kept) {
  check(kept !== null, "Give the checkpoint that you kept, too: --kept FILE.", 2);
  const path = await orRefuse("The proof cannot be read.", () => pathOf(found.path));
  const [signed, before] = [await checkpointOf(found.checkpoint, keys), kept.signed];
  const stated = found.since === Number(before.size) && found.size === Number(signed.size);
  const grown = stated && (await isConsistent(before, signed, path));
  check(grown, "The log does not begin with the one whose checkpoint you kept.");
  const said = `The log's key signed a log of ${signed.size} entries.`;
  return [said, checkAgainst(kept, { signed, tag: null, leaves: [] }, before)];
}

/** Check a file that is one JSON object: a proof, a receipt, or an answer with a receipt. */
async function checkSingle(raw, keys, kept) {
  const read = () => {
    readable(raw.length <= MAX_PROOF_BYTES);
    const whole = objectOf(textOf(raw));
    const one = isObject(whole.receipt) ? whole.receipt : whole;
    const names = membersOf(one);
    // Receipts of the first brokers had no version.
    readable([RECEIPT, `${RECEIPT},version`, PROOF, GROWTH].includes(names));
    readable(one.version === VERSION || names === RECEIPT);
    return one;
  };
  const unknown = "The file is neither an export nor a proof nor a receipt.";
  const found = await orRefuse(unknown, read, 2);
  if (membersOf(found) === PROOF) return [...(await checkProof(found, keys)), ALONE];
  if (membersOf(found) === GROWTH) return checkGrowth(found, keys, kept);
  return [...(await checkReceipt(found, keys)), ALONE];
}

// --- One case's entries, with the map's word that there are no others.

/** Check one case's entries, that there are no others, and what the log has grown from. */
async function checkCaseFile(first, lines, keys, kept) {
  const read = () => {
    const found = inOneForm(first, CASE_FILE, "\n");
    readable(typeof found.case_tag === "string" && Number.isSafeInteger(found.count));
    return found;
  };
  const head = await orRefuse("The file is no file of a case.", read, 2);
  const entries = await readCaseEntries(lines);
  const signed = await checkpointOf(head.checkpoint, keys);
  const unmapped = "The checkpoint commits to no map of cases: entries may be left out.";
  check(signed.mapRoot !== null, unmapped);
  const leaves = await checkChain(head, entries, signed);
  await checkMapped(head, signed.mapRoot, leaves);
  const count = leaves.length > 0 ? `${leaves.length}. These are they, first to last` : "none";
  const said = [
    `The log's key signed a log of ${signed.size} entries and the map of its cases.`,
    `Entries of this case in the signed map: ${count}.`,
  ];
  const since = await checkSince(head.since, signed, keys);
  if (since !== null) {
    said.push(`The log begins with the ${since.size} entries of an earlier checkpoint.`);
  }
  const now = { signed, tag: head.case_tag, leaves };
  if (kept !== null) said.push(checkAgainst(kept, now, since));
  return { said: [...said, ...oddTimes(entries)], now };
}

/** Read the entries and their paths; nothing of it is believed yet. */
async function readCaseEntries(lines) {
  const entries = [];
  for (const line of lines) {
    const here = `The line of entry number ${entries.length + 1} of the case was changed.`;
    await orRefuse(here, async () => {
      readable(line.length <= 2 * MAX_ENTRY_BYTES);
      const found = inOneForm(line, "entry,path", "\n");
      const raw = bytesOf(canonical(found.entry));
      entries.push({ said: entryOf(raw), leaf: await leafHash(raw), path: pathOf(found.path) });
    });
  }
  return entries;
}

/** Check that each entry is in the log, and that they are the case's from the first on. */
async function checkChain(head, entries, signed) {
  const leaves = [];
  let last = -1;
  for (const { said, leaf, path } of entries) {
    const here = `Entry ${said.index}: `;
    const previous = leaves.length > 0 ? hexOf(leaves.at(-1)) : "";
    check(said.case_tag === head.case_tag, `${here}it is of another case.`);
    const follows = said.case_number === leaves.length + 1 && said.case_previous === previous;
    check(follows, `${here}it does not follow the entry of its case before it.`);
    const leads = said.index > last && (await isIncluded(leaf, BigInt(said.index), signed, path));
    check(leads, `${here}the proof does not lead from it to the signed root.`);
    leaves.push(leaf);
    last = said.index;
  }
  const missing = `Entry number ${leaves.length + 1} of the case is missing.`;
  check(leaves.length === head.count, missing);
  return leaves;
}

/** Check that the map has so many entries of the case, and no others. */
async function checkMapped(head, mapRoot, leaves) {
  const read = async () => {
    readable(isObject(head.map) && membersOf(head.map) === "other,path");
    const [path, { other }] = [pathOf(head.map.path), head.map];
    readable(leaves.length === 0 || other === null);
    const key = await caseKey(head.case_tag);
    if (leaves.length > 0) return [key, await caseLeaf(key, leaves.length, leaves.at(-1)), path];
    if (other === null) return [key, EMPTY, path];
    const [theirs, value, ...more] = pathOf(other);
    const leaf = await sha256([2], theirs, value);
    const placed = more.length === 0 && (await isMapped(mapRoot, theirs, leaf, path));
    readable(placed && !same(theirs, key));
    return [key, leaf, path];
  };
  const [key, leaf, path] = await orRefuse("The map's proof of the case cannot be read.", read);
  const hidden = "The signed map of cases says otherwise: entries of the case are hidden.";
  check(await isMapped(mapRoot, key, leaf, path), hidden);
}

/** Check that the log has only grown since the earlier checkpoint that the file names. */
async function checkSince(found, signed, keys) {
  if (found === null) return null;
  const path = await orRefuse("The proof of growth cannot be read.", () => {
    readable(isObject(found) && "checkpoint" in found);
    return pathOf(found.path);
  });
  const since = await checkpointOf(found.checkpoint, keys);
  const grown = await isConsistent(since, signed, path);
  check(grown, "The log does not begin with the one of the earlier checkpoint.");
  checkStillMapped(signed, since);
  return since;
}

/** Name the entries that say an earlier time than one before them. */
function oddTimes(entries) {
  const odd = [];
  let latest = 0;
  for (const { said } of entries) {
    const at = Date.parse(`${said.at.slice(0, 23)}Z`);
    if (at < latest - LATE_MILLISECONDS) {
      odd.push(`Ask about entry ${said.index}: it says an earlier time than one before.`);
    }
    latest = Math.max(latest, at);
  }
  return odd;
}

// --- Any of these files, as it comes.

/** Return the members of a line that is one object; of any other, none. */
function membersIn(line) {
  try {
    return line.length <= MAX_PROOF_BYTES ? Object.keys(objectOf(textOf(line))) : [];
  } catch {
    return [];
  }
}

const beginsACaseFile = (members) => members.includes("case_tag") && members.includes("count");

/** Read what was kept: a checkpoint, or a case's file, which is checked like any other. */
async function readKept(bytes, keys) {
  const [first = new Uint8Array(), ...lines] = linesOf(bytes);
  if (beginsACaseFile(membersIn(first))) {
    return (await checkCaseFile(first, lines, keys, null)).now;
  }
  return { signed: await checkpointOf(textOf(bytes), keys), tag: null, leaves: [] };
}

/** Return the note of the checkpoint in a file that holds. */
function noteIn(bytes) {
  const [first = new Uint8Array()] = linesOf(bytes);
  const text = textOf(membersIn(first).length > 0 ? first : bytes);
  if (!text.trimStart().startsWith("{")) return text;
  const found = objectOf(text);
  const { checkpoint } = isObject(found.receipt) ? found.receipt : found;
  return isObject(checkpoint) ? checkpoint.note : checkpoint;
}

/**
 * Check a file, and say which key and which of these witnesses signed its checkpoint.
 * @param {Uint8Array} bytes the file
 * @param {string[]} keyTexts each key that the log had: name+key id+base64
 * @param {?Uint8Array} keptFile a checkpoint or a case's file that you kept
 * @param {string[]} witnessTexts their keys: name+key id+base64
 * @returns {Promise<string[]>} what was found and what was not, in sentences; throws Refused
 */
export async function verify(bytes, keyTexts, keptFile = null, witnessTexts = []) {
  const keys = await readKeys(keyTexts);
  const whose = "witness's key as it says it";
  const witnesses = await Promise.all(witnessTexts.map((one) => readKey(one, 4, whose)));
  const kept = keptFile === null ? null : await readKept(keptFile, keys);
  const said = await checkKind(bytes, keys, kept);
  const note = noteIn(bytes);
  const by = [...(await cosigned(note, witnesses)), ...(await signedBy(note, keys))];
  return [...by, ...said, ...NOT_SHOWN];
}

/** Check whatever kind of file it is. */
async function checkKind(bytes, keys, kept) {
  const [first = new Uint8Array(), ...lines] = linesOf(bytes);
  const members = membersIn(first);
  if (same(first, bytesOf(`${keys[0].origin}\n`))) {
    const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
    const now = { signed: await checkpointOf(text, keys), tag: null, leaves: [] };
    const said = kept === null ? [] : [checkAgainst(kept, now, null)];
    return [`The log's key signed a log of ${now.signed.size} entries.`, ...said];
  }
  if (beginsACaseFile(members)) {
    const { said } = await checkCaseFile(first, lines, keys, kept);
    return [...said, ...(kept === null ? [NOT_COMPARED] : []), NOT_DERIVED];
  }
  if (members.includes("newest_at")) return checkExport(first, lines, keys, kept);
  return checkSingle(bytes, keys, kept);
}

/** Check the file that the command names; return the exit status. */
async function main(words) {
  const { readFileSync } = await import("node:fs");
  const { parseArgs } = await import("node:util");
  const { createHash } = await import("node:crypto");
  // WebCrypto hands each hash to another thread and back; of a long log there are many.
  digest = (whole) => createHash("sha256").update(whole).digest();
  try {
    const [text, each] = [{ type: "string" }, { type: "string", multiple: true }];
    const options = { key: each, kept: text, witness: each };
    const asked = parseArgs({ args: words, options, allowPositionals: true });
    const [[file, ...more], { key, kept, witness }] = [asked.positionals, asked.values];
    readable(file !== undefined && more.length === 0 && key !== undefined);
    const before = kept === undefined ? null : readFileSync(kept);
    const said = await verify(readFileSync(file), key, before, witness ?? []);
    process.stdout.write(["The file holds.", ...said, ""].join("\n"));
    return 0;
  } catch (error) {
    const usage = "Say node verify_log.mjs FILE --key KEY [--kept FILE], with files that can be read.";
    process.stderr.write(`${error instanceof Refused ? error.message : usage}\n`);
    return error instanceof Refused ? error.status : 2;
  }
}

if (globalThis.process?.argv?.[1]?.endsWith("verify_log.mjs")) {
  process.exitCode = await main(process.argv.slice(2));
}
