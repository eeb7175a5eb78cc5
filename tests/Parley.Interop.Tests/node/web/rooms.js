// Two clients of a web library use a room over its streams: what a library has no functions for goes out as stanzas as they are.
//
// usage: node rooms.js LIBRARY SERVICE DOMAIN ALICE BOB PASSWORD, as flow.js
//
// Prints one line for each step: `ok STEP` or `failed STEP: WHY`; the first failure ends the run, with what was read and written last on standard error.
import { RoomPerson } from "./room-person.js";

const [library, service, domain, aliceName, bobName, password] = process.argv.slice(2);
const { Person } = await import(`./${library}.js`);
const exchange = [];
const rooms = `conference.${domain}`;
const room = `den@${rooms}`;
const commands = "http://jabber.org/protocol/commands";
const ping = '<ping xmlns="urn:xmpp:ping"/>';
const hatsOf = (presence) => presence.elements("urn:xmpp:hats:0", "hat").map((hat) => hat.getAttribute("title"));

function person(name) {
  return new RoomPerson(Person, { service, domain, name, password }, (line) => exchange.push(line));
}

function check(condition, message) {
  if (!condition) throw new Error(message);
}

const alice = person(aliceName);
const bob = person(bobName);
let bobsId;
let lastRead;

const steps = {
  async login() {
    await alice.open();
    await bob.open();
  },

  async create() {
    const { own } = await alice.enter(room, "Alice");
    check([110, 170, 201].every((code) => own.codes.includes(code)), `alice made the room with ${own.codes}`);
    await alice.configure(room, { "muc#roomconfig_persistentroom": 1, "muc#roomconfig_roomname": "The Den" });
    const entered = await bob.enter(room, "Bob");
    check(entered.own.codes.includes(110) && !entered.own.codes.includes(201), `bob entered with ${entered.own.codes}`);
    check(entered.subject === "", `the subject is ${entered.subject}`);
    await alice.sees(`${room}/Bob`);
    await bob.sees(`${room}/Alice`);
  },

  async order() {
    const count = 200;
    for (let i = 0; i < count; i++) alice.sayIn(room, `word ${i}`);
    // Over BOSH these libraries take answers as they arrive, and not in the order of their requests (XEP-0124 §14.2).
    const inOrder = service.startsWith("ws");
    for (const who of [bob, alice]) {
      const missing = new Set(Array.from({ length: count }, (_, i) => `word ${i}`));
      for (const due of [...missing]) {
        const said = await who.next(due, (stanza) => stanza.kind === "message" && stanza.type === "groupchat" && stanza.body);
        check(said.from === `${room}/Alice`, `${said.body} came from ${said.from}`);
        check(inOrder ? said.body === due : missing.has(said.body), `${said.body} came where ${due} was due`);
        missing.delete(said.body);
        if (who === bob && said.body === `word ${count - 1}`) lastRead = said.element("urn:xmpp:sid:0", "stanza-id").getAttribute("id");
      }
    }
  },

  async leave() {
    await bob.leave(room, "Bob");
    await alice.sees(`${room}/Bob`, "unavailable");
    for (let i = 0; i < 3; i++) alice.sayIn(room, `missed ${i}`);
    alice.write(`<message type="groupchat" to="${room}"><subject>Sums &amp; more</subject></message>`);
    await alice.next("the subject", ({ kind, subject }) => kind === "message" && subject === "Sums & more");
    await bob.ask("get", domain, ping);
    check(bob.count(({ body }) => body?.startsWith("missed")) === 0, "bob still hears the room");
  },

  async reconnect() {
    await bob.close();
    await bob.open();
    const { own, subject } = await bob.enter(room, "Bob", '<history maxstanzas="2"/>');
    bobsId = own.element("urn:xmpp:occupant-id:0", "occupant-id")?.getAttribute("id");
    for (const due of ["missed 1", "missed 2"]) {
      const past = await bob.next(due, ({ kind, body }) => kind === "message" && body);
      check(past.body === due && past.element("urn:xmpp:delay", "delay"), `${past.body} came where ${due} of the history was due`);
    }
    check(subject === "Sums & more", `the subject is ${subject}`);
  },

  async archive() {
    const form = '<x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE"><value>urn:xmpp:mam:2</value></field></x>';
    const fin = await bob.ask("set", room, `<query xmlns="urn:xmpp:mam:2">${form}<set xmlns="http://jabber.org/protocol/rsm"><max>50</max><after>${lastRead}</after></set></query>`);
    const found = [];
    for (let i = 0; i < 3; i++) found.push((await bob.next("what was missed", (stanza) => stanza.element("urn:xmpp:mam:2", "result"))).element("jabber:client", "body")?.textContent);
    check(`${found}` === "missed 0,missed 1,missed 2", `the archive has ${found}`);
    check(fin.element("urn:xmpp:mam:2", "fin").getAttribute("complete") === "true", "there is more");
  },

  // XEP-0421
  async occupant_id() {
    check(bobsId, "bob has no occupant id");
    bob.write(`<presence to="${room}/Robert"/>`);
    const renamed = await alice.sees(`${room}/Robert`);
    check(renamed.element("urn:xmpp:occupant-id:0", "occupant-id").getAttribute("id") === bobsId, "bob's occupant id changed with his nickname");
    await bob.sees(`${room}/Robert`);
  },

  // XEP-0410
  async self_ping() {
    await bob.ask("get", `${room}/Robert`, ping);
    check((await alice.refused("get", `${room}/Stranger`, ping)) === "cancel item-not-found", "a stranger answers");
    check((await bob.refused("get", `elsewhere@${rooms}/Bob`, ping)) === "cancel not-acceptable", "bob is somewhere that he never entered");
  },

  // XEP-0307
  async unique_name() {
    const unique = '<unique xmlns="http://jabber.org/protocol/muc#unique"/>';
    const [one, other] = [await bob.ask("get", rooms, unique), await bob.ask("get", rooms, unique)].map((answer) => answer.text("http://jabber.org/protocol/muc#unique", "unique"));
    check(one && other && one !== other, `the names are ${one} and ${other}`);
  },

  // XEP-0317
  async hats() {
    const command = (node, fields) =>
      alice.ask("set", room, `<command xmlns="${commands}" node="urn:xmpp:hats:commands:${node}">${alice.form("urn:xmpp:hats:commands", fields)}</command>`);
    await command("create", { "hats#title": "Host", "hats#uri": "urn:example:host" });
    await command("assign", { "hats#jid": bob.bare, "hats#uri": "urn:example:host" });
    const seen = await alice.next("a hat", (stanza) => stanza.kind === "presence" && stanza.from === `${room}/Robert` && hatsOf(stanza).length > 0);
    check(`${hatsOf(seen)}` === "Host", `bob wears ${hatsOf(seen)}`);
  },

  // XEP-0500
  async slow_mode() {
    await alice.configure(room, { "muc#roomconfig_slow_mode_duration": 60 });
    bob.sayIn(room, "slowly");
    await alice.next("slowly", ({ kind, body }) => kind === "message" && body === "slowly");
    bob.sayIn(room, "too fast");
    const refusal = await bob.next("a refusal", ({ kind, type }) => kind === "message" && type === "error");
    check(refusal.error === "wait policy-violation", `refused with ${refusal.error}`);
    await alice.configure(room, { "muc#roomconfig_slow_mode_duration": 0 });
  },

  // XEP-0433
  async search() {
    const answer = await bob.ask("get", rooms, `<search xmlns="urn:xmpp:channel-search:0:search">${bob.form("urn:xmpp:channel-search:0:search-params", { q: "den", sinname: "true" })}</search>`);
    const found = answer.elements("urn:xmpp:channel-search:0:search", "item");
    check(found.length === 1 && found[0].getAttribute("address") === room, `found were ${found.map((item) => item.getAttribute("address"))}`);
  },

  // XEP-0486
  async avatar() {
    await alice.ask("set", room, '<vCard xmlns="vcard-temp"><PHOTO><TYPE>image/png</TYPE><BINVAL>iVBORw0KGgo=</BINVAL></PHOTO></vCard>');
    const told = await bob.next("an avatar", (stanza) => stanza.kind === "presence" && stanza.from === room);
    const hash = told.text("vcard-temp:x:update", "photo");
    const info = await bob.ask("get", room, '<query xmlns="http://jabber.org/protocol/disco#info"/>');
    check(hash?.length === 40 && info.field("muc#roominfo_avatarhash") === hash, `told was ${hash}, and the room says ${info.field("muc#roominfo_avatarhash")}`);
    check((await bob.ask("get", room, '<vCard xmlns="vcard-temp"/>')).text("vcard-temp", "BINVAL") === "iVBORw0KGgo=", "another picture");
  },

  async end() {
    await alice.ask("set", room, `<query xmlns="http://jabber.org/protocol/muc#owner"><destroy jid="new@${rooms}"><reason>moved</reason></destroy></query>`);
    const told = await bob.next("the end", (stanza) => stanza.element("http://jabber.org/protocol/muc#user", "destroy"));
    check(told.element("http://jabber.org/protocol/muc#user", "destroy").getAttribute("jid") === `new@${rooms}`, "there is nowhere to go");
    await alice.close();
    await bob.close();
  },
};

for (const [name, step] of Object.entries(steps)) {
  try {
    await step();
    console.log(`ok ${name}`);
  } catch (error) {
    console.log(`failed ${name}: ${error}`);
    process.stderr.write(`${exchange.slice(-40).join("\n")}\n`, () => process.exit(1));
    await new Promise(() => {});
  }
}
process.exit(0);
