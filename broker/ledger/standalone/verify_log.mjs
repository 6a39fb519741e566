#!/usr/bin/env node
/*
 * Check a file of a disclosure log without the broker and without its software.
 *
 * Needs Node 20 or later, or a browser, and nothing else: copy this one file. README.md beside it
 * says what a pass proves and what it does not; FORMAT.md one folder up is what is checked here.
 *
 *     node verify_log.mjs FILE --key NAME+ID+KEY [--kept CHECKPOINT] [--witness NAME+ID+KEY ...]
 *
 * Exit status 0: the file holds. 1: it does not, and the sentence says where. 2: no such file.
 * In a page: import { verify } from "./verify_log.mjs"; await verify(bytes, key, keptOrNull, witnesses).
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
const MEMBERS = "at,case_number,case_previous,case_tag,detail,index,kind,version";
const PROOF = "checkpoint,entry,index,leaf_hash,path,size,version";
const GROWTH = "checkpoint,path,since,size,version";
const RECEIPT = "checkpoint,entry,proof";
const HEAD = "checkpoint,newest_at,version";
const CASE_FILE = "case_tag,checkpoint,count,map,since,version";

/** The file does not hold (status 1), or is no such file (status 2). */
export class Refused extends Error {
  constructor(said, status = 1) {
    super(said);
    this.status = status;
  }
}

const atEntry = (index, what) => new Refused(`Entry ${index}: ${what}.`);

// --- Bytes, text and JSON.

const bytesOf = (text) => new TextEncoder().encode(text);
const textOf = (raw) => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(raw);
const hexOf = (raw) => Array.from(raw, (one) => one.toString(16).padStart(2, "0")).join("");
const base64Of = (raw) => btoa(Array.from(raw, (one) => String.fromCharCode(one)).join(""));
const same = (one, two) => one.length === two.length && one.every((byte, at) => byte === two[at]);

/** Decode base64 that is written as it would be written again. */
function unpadded(text) {
  if (typeof text !== "string") throw new TypeError("base64 is text");
  const raw = Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
  if (base64Of(raw) !== text) throw new TypeError("not plain base64");
  return raw;
}

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const membersOf = (value) => Object.keys(value).sort().join(",");

/** Read a JSON object of text, whole numbers, lists and objects. */
function objectOf(text) {
  const found = JSON.parse(text);
  const outside = text.replace(/"(?:[^"\\]|\\.)*"/g, "");
  if (/[0-9][.eE]/.test(outside)) throw new TypeError("only whole numbers");
  if (!isObject(found)) throw new TypeError("not an object");
  return found;
}

/** Write JSON as RFC 8785 does: members in UTF-16 order, no spaces, nothing escaped in vain. */
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (isObject(value)) {
    const names = Object.keys(value).sort();
    return `{${names.map((one) => `${canonical(one)}:${canonical(value[one])}`).join(",")}}`;
  }
  if (typeof value === "number" && !Number.isSafeInteger(value)) throw new TypeError("rounded");
  if (typeof value === "string" && /\p{Surrogate}/u.test(value)) throw new TypeError("half");
  return JSON.stringify(value);
}

/** Whether it is a moment in UTC with six decimals. */
function isTime(value) {
  if (typeof value !== "string" || !TIME.test(value)) return false;
  const moment = new Date(`${value.slice(0, 23)}Z`);
  return !Number.isNaN(moment.getTime()) && moment.toISOString().startsWith(value.slice(0, 19));
}

// --- The tree, RFC 6962 section 2.1, and proofs in it, RFC 9162 sections 2.1.3.2 and 2.1.4.2.

/** SHA-256 of the parts, one after the other. */
async function sha256(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, one) => sum + one.length, 0));
  let at = 0;
  for (const one of parts) {
    whole.set(one, at);
    at += one.length;
  }
  return new Uint8Array(await crypto.subtle.digest("SHA-256", whole));
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
  const [origin, written, ...rest] = text.split("+");
  let raw = new Uint8Array();
  try {
    raw = unpadded(rest.join("+"));
  } catch {
    // Said below, in one sentence with everything else that may be wrong with it.
  }
  const id = (await sha256(bytesOf(`${origin}\n`), raw)).slice(0, 4);
  if (!NAME.test(origin) || raw.length !== 33 || raw[0] !== kind || hexOf(id) !== written) {
    throw new Refused(`Give the ${whose}: name+key id+base64.`, 2);
  }
  return { origin, id, public: raw.slice(1) };
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

/** Return a note's origin, size, root, extension lines and signatures, if it is a note. */
function partsOf(note) {
  const found = typeof note === "string" ? NOTE.exec(note) : null;
  if (found === null || [...note].length > MAX_NOTE_CHARACTERS) {
    throw new Refused("The checkpoint is not a C2SP signed note.");
  }
  return found.slice(1);
}

/** Return what a note says, once the log's own signature on it holds. */
async function checkpointOf(note, key) {
  const [origin, size, root, more, lines] = partsOf(note);
  const made = [];
  for (const line of lines.split("\n").slice(0, -1)) {
    const [, name, encoded] = line.split(" ");
    let blob;
    try {
      blob = unpadded(encoded);
    } catch {
      throw new Refused("A signature on the checkpoint is not plain base64.");
    }
    if (name === key.origin && same(blob.slice(0, 4), key.id)) made.push(blob.slice(4));
  }
  if (origin !== key.origin || made.length === 0) {
    throw new Refused("The checkpoint is not signed by this log's key.");
  }
  const message = bytesOf(`${origin}\n${size}\n${root}\n${more}`);
  for (const one of made) {
    if (!(await signatureHolds(key, message, one))) {
      throw new Refused("The checkpoint's signature does not hold.");
    }
  }
  return { size: BigInt(size), root: unpadded(root), mapRoot: mapRootIn(more) };
}

/** Say of each witness when it cosigned a note that holds (C2SP tlog-cosignature). */
async function cosigned(note, witnesses) {
  const [origin, size, root, more, lines] = partsOf(note);
  const said = [];
  for (const witness of witnesses) {
    let newest = null;
    for (const line of lines.split("\n").slice(0, -1)) {
      const [, name, encoded] = line.split(" ");
      const blob = unpadded(encoded);
      if (name !== witness.origin || !same(blob.slice(0, 4), witness.id)) continue;
      const seconds = BigInt(`0x${hexOf(blob.slice(4, 12)) || "0"}`);
      const text = `cosignature/v1\ntime ${seconds}\n${origin}\n${size}\n${root}\n${more}`;
      const holds = await signatureHolds(witness, bytesOf(text), blob.slice(12));
      if (seconds > LAST_SECOND || !holds) {
        throw new Refused(`The cosignature of ${name} does not hold.`);
      }
      if (newest === null || seconds > newest) newest = seconds;
    }
    const when = new Date(Number(newest ?? 0n) * 1000).toISOString().slice(0, 19);
    const name = witness.origin;
    said.push(newest === null ? `Not cosigned by ${name}.` : `Cosigned by ${name} at ${when}Z.`);
  }
  if (said.every((one) => one.startsWith("Not"))) {
    throw new Refused("None of the witnesses that you named cosigned the checkpoint.");
  }
  return said;
}

/** Return what the extension lines commit to as the map of cases; null for no such line. */
function mapRootIn(lines) {
  const ours = lines.split("\n").filter((line) => `${line} `.startsWith(MAP_LINE));
  if (ours.length === 0) return null;
  let root = new Uint8Array();
  try {
    root = unpadded(ours[0].slice(MAP_LINE.length));
  } catch {
    // Said below.
  }
  if (ours.length > 1 || root.length !== EMPTY.length) {
    throw new Refused("The checkpoint commits to the map of cases in no known way.");
  }
  return root;
}

// --- The map of cases: a sparse Merkle tree, FORMAT.md. The bits of a case's key lead to its place.

const caseKey = (tag) => sha256(bytesOf(tag));
const caseLeaf = (key, value) => sha256([2], key, value);
const mapNode = (left, right) => sha256([3], left, right);
const bitOf = (key, depth) => (key[depth >> 3] >> (7 - (depth & 7))) & 1;
const bytesOfHex = (text) => Uint8Array.from(text.match(/../g) ?? [], (one) => parseInt(one, 16));

/** Hash how many entries a case has, and the newest of them. */
function caseValue(count, newest) {
  const number = new Uint8Array(8);
  new DataView(number.buffer).setBigUint64(0, BigInt(count));
  return sha256([4], number, newest);
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
    return [key, await caseLeaf(key, await caseValue(count, bytesOfHex(newest)))];
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
  const text = textOf(raw);
  const said = objectOf(text);
  const sound =
    raw.length <= MAX_ENTRY_BYTES &&
    canonical(said) === text &&
    membersOf(said) === MEMBERS &&
    said.version === VERSION &&
    (typeof said.kind === "string" && WORD.test(said.kind)) &&
    (Number.isSafeInteger(said.index) && Number.isSafeInteger(said.case_number)) &&
    (isTime(said.at) && (said.case_tag === null || typeof said.case_tag === "string")) &&
    (typeof said.case_previous === "string" && isObject(said.detail));
  if (!sound) throw new TypeError("not an entry of version 1 in RFC 8785 form");
  return said;
}

// --- The kinds of file. Each check returns what it found, in sentences.

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

/** Check a whole log: every entry, the chain of every case, the root and the signature. */
async function checkExport(first, lines, key, kept) {
  let head;
  try {
    const text = textOf(first);
    head = objectOf(text);
    const known = head.version === VERSION && membersOf(head) === HEAD && isTime(head.newest_at);
    if (!known || `${canonical(head)}\n` !== text) throw new TypeError("not a head");
    partsOf(head.checkpoint);
  } catch {
    throw new Refused("The file is no export of a log.", 2);
  }
  const signed = await checkpointOf(head.checkpoint, key);
  const { hashes, heads, at } = await checkEntries(lines, signed.size);
  if (BigInt(hashes.length) !== signed.size) throw atEntry(hashes.length, "it is missing");
  if (!same(await rootOf(hashes), signed.root)) {
    throw new Refused("The entries are not those that the checkpoint was signed for.");
  }
  if (at !== head.newest_at) {
    throw atEntry(signed.size - 1n, "it is not of the time that the head gives");
  }
  if (signed.mapRoot !== null && !same(signed.mapRoot, await mapRootOver(heads))) {
    throw atEntry(signed.size - 1n, "the checkpoint commits to another map of cases");
  }
  await checkKept(signed, kept?.signed ?? null, hashes);
  return [
    `The log's key signed ${signed.size} entries, the last of ${at}.`,
    "Each is in canonical form, in its place, and they add up to the signed root.",
    `They belong to ${heads.size} cases; each case's entries are numbered and chained without gap.`,
    signed.mapRoot === null ? UNMAPPED : MAPPED,
  ];
}

/** Return the entries' hashes, how far each case has come, and the time of the last. */
async function checkEntries(lines, size) {
  const bodies = lines.map((line) => line.subarray(BEGINS, -2));
  const hashes = await each(bodies, leafHash);
  const heads = new Map();
  let at = "";
  for (const [index, line] of lines.entries()) {
    const begins = LINE.exec(String.fromCharCode(...line.subarray(0, BEGINS)));
    const ends = line.length <= MAX_LINE_BYTES && line.at(-2) === 0x5d && line.at(-1) === 10;
    if (begins === null || !ends) throw atEntry(index, "its line was changed, or cut short");
    const leaf = hexOf(hashes[index]);
    if (leaf !== begins[1]) throw atEntry(index, "its line was changed");
    if (BigInt(index) === size) throw atEntry(index, "the checkpoint does not cover it");
    let said;
    try {
      said = entryOf(bodies[index]);
    } catch {
      throw atEntry(index, "its bytes were changed");
    }
    if (said.index !== index) throw atEntry(index, `it says that it is entry ${said.index}`);
    let expected = [0, ""];
    if (said.case_tag !== null) {
      const [count, newest] = heads.get(said.case_tag) ?? [0, ""];
      expected = [count + 1, newest];
      heads.set(said.case_tag, [count + 1, leaf]);
    }
    if (said.case_number !== expected[0] || said.case_previous !== expected[1]) {
      throw atEntry(index, "it does not follow the entry of its case before it");
    }
    at = said.at;
  }
  return { hashes, heads, at };
}

/** Check that the log that you knew is how the log of this file begins. */
async function checkKept(now, kept, hashes) {
  if (kept !== null && kept.size > now.size) {
    throw atEntry(now.size, "the checkpoint that you kept covers it and this file does not");
  }
  if (kept !== null && !same(await rootOf(hashes.slice(0, Number(kept.size))), kept.root)) {
    throw new Refused(`The first ${kept.size} entries are not those that you kept.`);
  }
  checkStillMapped(now, kept);
}

/** Check that a log which once committed to its cases still does, and to the same. */
function checkStillMapped(now, kept) {
  if (kept === null || kept.mapRoot === null) return;
  if (now.mapRoot === null) {
    throw new Refused("The checkpoint no longer commits to the map of cases.");
  }
  if (kept.size === now.size && !same(kept.mapRoot, now.mapRoot)) {
    throw new Refused("Two maps of cases were signed for one log: keep both as proof.");
  }
}

/** Read the hashes of a proof. */
function pathOf(found) {
  if (!Array.isArray(found)) throw new TypeError("a path is a list");
  return found.map(unpadded);
}

/** Check that one entry is in the log that a checkpoint was signed for. */
async function checkProof(found, key) {
  let raw, path;
  try {
    if (typeof found.entry !== "string") throw new TypeError("an entry is text");
    if (/\p{Surrogate}/u.test(found.entry)) throw new TypeError("half a character");
    [raw, path] = [bytesOf(found.entry), pathOf(found.path)];
  } catch {
    throw new Refused("The proof cannot be read.");
  }
  const signed = await checkpointOf(found.checkpoint, key);
  let said;
  try {
    said = entryOf(raw);
  } catch {
    throw new Refused("The bytes of the entry were changed.");
  }
  const leaf = await leafHash(raw);
  const stated =
    found.index === said.index &&
    Number.isSafeInteger(found.size) &&
    BigInt(found.size) === signed.size &&
    found.leaf_hash === base64Of(leaf);
  if (!stated || !(await isIncluded(leaf, BigInt(said.index), signed, path))) {
    throw atEntry(said.index, "the proof does not lead from it to the signed root");
  }
  return [
    `The log's key signed a log of ${signed.size} entries, and this is entry ${said.index} of it.`,
    `It is a ${said.kind} of ${said.at}, number ${said.case_number} of its case.`,
  ];
}

/** Check a receipt as the broker answers a request with it: an entry's proof, told again. */
async function checkReceipt(found, key) {
  let told, written;
  try {
    told = found.entry;
    if (![told, found.proof, found.checkpoint].every(isObject)) throw new TypeError("not objects");
    if (!/^(?:[0-9a-f]{2})*$/.test(told.leaf_hash)) throw new TypeError("a hash is in hex");
    const leaf = Uint8Array.from(told.leaf_hash.match(/../g) ?? [], (one) => parseInt(one, 16));
    const { index, size, path } = found.proof;
    const [entry, checkpoint] = [told.canonical, found.checkpoint.note];
    written = { entry, leaf_hash: base64Of(leaf), checkpoint, index, size, path };
  } catch {
    throw new Refused("The receipt cannot be read.");
  }
  const made = await checkProof(written, key);
  const said = objectOf(told.canonical);
  const alike = ["index", "kind", "case_number"].every((name) => told[name] === said[name]);
  const times = [said.at, said.at.replace(".000000Z", "Z")];
  if (said.kind !== "disclosure" || !alike || !times.includes(told.at)) {
    throw atEntry(said.index, "the receipt tells it otherwise than the log");
  }
  return made;
}

// --- One case's entries, with the map's word that there are no others.

/** Read a case's file, which is in one form; nothing of it is believed yet. */
async function readCaseFile(first, lines) {
  let head;
  try {
    const text = textOf(first);
    head = objectOf(text);
    const known = head.version === VERSION && membersOf(head) === CASE_FILE;
    const sound = typeof head.case_tag === "string" && Number.isSafeInteger(head.count);
    if (!known || !sound || `${canonical(head)}\n` !== text) throw new TypeError("not a head");
  } catch {
    throw new Refused("The file is no file of a case.", 2);
  }
  const entries = [];
  for (const [at, line] of lines.entries()) {
    try {
      const text = textOf(line);
      const found = objectOf(text);
      const whole = line.length <= 2 * MAX_ENTRY_BYTES && membersOf(found) === "entry,path";
      if (!whole || `${canonical(found)}\n` !== text) throw new TypeError("not a line");
      const raw = bytesOf(canonical(found.entry));
      entries.push({ said: entryOf(raw), leaf: await leafHash(raw), path: pathOf(found.path) });
    } catch {
      throw new Refused(`The line of entry number ${at + 1} of the case was changed.`);
    }
  }
  return { head, entries };
}

/** Check one case's entries, that there are no others, and what the log has grown from. */
async function checkCaseFile({ head, entries }, key, kept) {
  const signed = await checkpointOf(head.checkpoint, key);
  if (signed.mapRoot === null) {
    throw new Refused("The checkpoint commits to no map of cases: entries may be left out.");
  }
  const leaves = await checkChain(head, entries, signed);
  await checkMapped(head, signed.mapRoot, leaves);
  const said = [
    `The log's key signed a log of ${signed.size} entries and the map of its cases.`,
    leaves.length > 0
      ? `Entries of this case in the signed map: ${leaves.length}. These are they, first to last.`
      : "Entries of this case in the signed map: none.",
  ];
  const since = await checkSince(head.since, signed, key);
  if (since !== null) {
    said.push(`The log begins with the ${since.size} entries of an earlier checkpoint.`);
  }
  const now = { signed, tag: head.case_tag, leaves };
  if (kept !== null) said.push(checkAgainst(kept, now, since));
  return { said: [...said, ...oddTimes(entries)], now };
}

/** Check that each entry is in the log, and that they are the case's from the first on. */
async function checkChain(head, entries, signed) {
  const leaves = [];
  let last = -1;
  for (const { said, leaf, path } of entries) {
    const previous = leaves.length > 0 ? hexOf(leaves.at(-1)) : "";
    if (said.case_tag !== head.case_tag) throw atEntry(said.index, "it is of another case");
    if (said.case_number !== leaves.length + 1 || said.case_previous !== previous) {
      throw atEntry(said.index, "it does not follow the entry of its case before it");
    }
    const included = said.index > last && (await isIncluded(leaf, BigInt(said.index), signed, path));
    if (!included) throw atEntry(said.index, "the proof does not lead from it to the signed root");
    leaves.push(leaf);
    last = said.index;
  }
  if (leaves.length !== head.count) {
    throw new Refused(`Entry number ${leaves.length + 1} of the case is missing.`);
  }
  return leaves;
}

/** Check that the map has so many entries of the case, and no others. */
async function checkMapped(head, mapRoot, leaves) {
  let key, leaf, path;
  try {
    if (!isObject(head.map) || membersOf(head.map) !== "other,path") throw new TypeError("no proof");
    const { other } = head.map;
    path = pathOf(head.map.path);
    if (leaves.length > 0 && other !== null) throw new TypeError("not a proof");
    [key, leaf] = [await caseKey(head.case_tag), EMPTY];
    if (leaves.length > 0) {
      leaf = await caseLeaf(key, await caseValue(leaves.length, leaves.at(-1)));
    } else if (other !== null) {
      const [theirs, value, ...more] = pathOf(other);
      leaf = await caseLeaf(theirs, value);
      const placed = more.length === 0 && (await isMapped(mapRoot, theirs, leaf, path));
      if (!placed || same(theirs, key)) throw new TypeError("not in its place");
    }
  } catch {
    throw new Refused("The map's proof of the case cannot be read.");
  }
  if (!(await isMapped(mapRoot, key, leaf, path))) {
    throw new Refused("The signed map of cases says otherwise: entries of the case are hidden.");
  }
}

/** Check that the log has only grown since the earlier checkpoint that the file names. */
async function checkSince(found, signed, key) {
  if (found === null) return null;
  let path;
  try {
    if (!isObject(found) || !("checkpoint" in found)) throw new TypeError("not a proof");
    path = pathOf(found.path);
  } catch {
    throw new Refused("The proof of growth cannot be read.");
  }
  const since = await checkpointOf(found.checkpoint, key);
  if (!(await isConsistent(since, signed, path))) {
    throw new Refused("The log does not begin with the one of the earlier checkpoint.");
  }
  checkStillMapped(signed, since);
  return since;
}

/** Check a case's file against what you have from an earlier day. */
function checkAgainst(kept, now, since) {
  const [before, after] = [kept.signed, now.signed];
  if (before.size > after.size) {
    throw new Refused(`You kept a checkpoint of ${before.size} entries: this one is older.`);
  }
  checkStillMapped(after, before);
  const gone = kept.leaves.some((leaf, at) => !same(leaf, now.leaves[at] ?? EMPTY));
  if (kept.tag === now.tag && gone) {
    throw new Refused("Entries of the case that you kept are missing or changed: keep both.");
  }
  if (before.size === after.size) {
    if (!same(before.root, after.root)) {
      throw new Refused("Two logs of one size were signed: keep both files as proof.");
    }
  } else if (since === null || since.size !== before.size || !same(since.root, before.root)) {
    throw new Refused(
      `The file does not go back to the ${before.size} entries that you kept: ` +
        "ask for one made with --since.",
      2,
    );
  }
  return `It goes on from the ${before.size} entries of what you kept.`;
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

/** Check that the log has only grown since the checkpoint that was kept. */
async function checkGrowth(found, key, kept) {
  if (kept === null) throw new Refused("Give the checkpoint that you kept, too: --kept FILE.", 2);
  let path;
  try {
    path = pathOf(found.path);
  } catch {
    throw new Refused("The proof cannot be read.");
  }
  const signed = await checkpointOf(found.checkpoint, key);
  const stated = found.since === Number(kept.size) && found.size === Number(signed.size);
  if (!stated || !(await isConsistent(kept, signed, path))) {
    throw new Refused("The log does not begin with the one whose checkpoint you kept.");
  }
  checkStillMapped(signed, kept);
  return [
    `The log's key signed ${signed.size} entries, which begin with the ${kept.size} you kept.`,
  ];
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

/** Check a file that is one JSON object: a proof, a receipt, or an answer with a receipt. */
async function checkSingle(raw, key, kept) {
  let found = {};
  try {
    if (raw.length > MAX_PROOF_BYTES) throw new TypeError("too long");
    found = objectOf(textOf(raw));
    if (isObject(found.receipt)) found = found.receipt;
  } catch {
    found = {};
  }
  const members = membersOf(found);
  // Receipts of the first brokers had no version.
  const told = found.version === VERSION ? `${RECEIPT},version` : RECEIPT;
  if (members === told) return [...(await checkReceipt(found, key)), ALONE];
  if (members === PROOF && found.version === VERSION) return [...(await checkProof(found, key)), ALONE];
  if (members === GROWTH && found.version === VERSION) return checkGrowth(found, key, kept?.signed ?? null);
  throw new Refused("The file is neither an export nor a proof nor a receipt.", 2);
}

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
async function readKept(bytes, key) {
  const [first = new Uint8Array(), ...lines] = linesOf(bytes);
  if (beginsACaseFile(membersIn(first))) {
    return (await checkCaseFile(await readCaseFile(first, lines), key, null)).now;
  }
  return { signed: await checkpointOf(textOf(bytes), key), tag: null, leaves: [] };
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
 * Check a file, and say who else signed its checkpoint.
 * @param {Uint8Array} bytes the file
 * @param {string} keyText the log's key: name+key id+base64
 * @param {?Uint8Array} keptFile a checkpoint or a case's file that you kept
 * @param {string[]} witnesses their keys: name+key id+base64
 * @returns {Promise<string[]>} what was found and what was not, in sentences; throws Refused
 */
export async function verify(bytes, keyText, keptFile = null, witnesses = []) {
  const key = await readKey(keyText);
  const asked = [];
  for (const one of witnesses) asked.push(await readKey(one, 4, "witness's key as it says it"));
  const kept = keptFile === null ? null : await readKept(keptFile, key);
  const said = await checkKind(bytes, key, kept);
  return asked.length > 0 ? [...(await cosigned(noteIn(bytes), asked)), ...said] : said;
}

/** Check whatever kind of file it is. */
async function checkKind(bytes, key, kept) {
  const lines = linesOf(bytes);
  const first = lines.shift() ?? new Uint8Array();
  const members = membersIn(first);
  if (same(first, bytesOf(`${key.origin}\n`))) {
    const signed = await checkpointOf(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes), key);
    const now = { signed, tag: null, leaves: [] };
    const said = kept === null ? [] : [checkAgainst(kept, now, null)];
    return [`The log's key signed a log of ${signed.size} entries.`, ...said, ...NOT_SHOWN];
  }
  if (beginsACaseFile(members)) {
    const { said } = await checkCaseFile(await readCaseFile(first, lines), key, kept);
    return [...said, ...(kept === null ? [NOT_COMPARED] : []), NOT_DERIVED, ...NOT_SHOWN];
  }
  if (!members.includes("newest_at")) {
    return [...(await checkSingle(bytes, key, kept)), ...NOT_SHOWN];
  }
  const said = await checkExport(first, lines, key, kept);
  const compared = `It begins with the ${kept?.signed.size} entries of the checkpoint that you kept.`;
  return [...said, kept === null ? NOT_COMPARED : compared, ...NOT_SHOWN];
}

/** Check the file that the command names; return the exit status. */
async function main(words) {
  const { readFileSync } = await import("node:fs");
  const { parseArgs } = await import("node:util");
  try {
    const text = { type: "string" };
    const options = { key: text, kept: text, witness: { ...text, multiple: true } };
    const asked = parseArgs({ args: words, options, allowPositionals: true });
    const [[file, ...more], { key, kept, witness }] = [asked.positionals, asked.values];
    if (file === undefined || more.length > 0 || key === undefined) throw new TypeError("usage");
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
