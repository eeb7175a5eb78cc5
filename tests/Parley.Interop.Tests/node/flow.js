// Two @xmpp/client clients go through what a messenger does with its server.
//
// usage: node flow.js SERVICE DOMAIN ALICE BOB PASSWORD     (SERVICE: xmpp://host:port or xmpps://host:port)
//
// Prints one line for each step: `ok STEP` or `failed STEP: WHY`; the first failure ends the run. The certificate's authority
// comes in by NODE_EXTRA_CA_CERTS.
import "./webcrypto.js";
import { client, xml } from "@xmpp/client";

const [service, domain, aliceName, bobName, password] = process.argv.slice(2);
const patience = 20_000;

// xmpp.js rejects promises of its own too when authentication fails; the steps see theirs.
process.on("unhandledRejection", () => {});

/** What arrives, kept until somebody asks for it. */
class Mailbox {
  #stanzas = [];
  #waiting = [];

  constructor(entity) {
    entity.on("stanza", (stanza) => {
      const index = this.#waiting.findIndex(({ match }) => match(stanza));
      if (index < 0) this.#stanzas.push(stanza);
      else this.#waiting.splice(index, 1)[0].take(stanza);
    });
  }

  next(what, match) {
    const index = this.#stanzas.findIndex(match);
    if (index >= 0) return this.#stanzas.splice(index, 1)[0];
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`waited in vain for ${what}`)), patience);
      this.#waiting.push({
        match,
        take: (stanza) => {
          clearTimeout(timer);
          resolve(stanza);
        },
      });
    });
  }
}

class Person {
  constructor(name, word = password) {
    this.bare = `${name}@${domain}`;
    this.entity = client({ service, domain, resource: "xmpp.js", username: name, password: word });
    this.entity.on("error", () => {});
    this.entity.reconnect.stop();
    this.entity.iqCallee.set("jabber:iq:roster", "query", () => true);
    this.mailbox = new Mailbox(this.entity);
  }

  async open() {
    this.full = (await this.entity.start()).toString();
    check(this.entity.isSecure(), "the stream is not under TLS");
    await this.set(xml("session", "urn:ietf:params:xml:ns:xmpp-session"));
    // Who has not asked for the roster hears nothing of subscriptions (RFC 6121 §2.2).
    await this.get(xml("query", "jabber:iq:roster"));
    await this.send(xml("presence"));
  }

  close = () => this.entity.stop();
  send = (stanza) => this.entity.send(stanza);
  get = (payload, to) => this.entity.iqCaller.get(payload, to, patience);
  set = (payload, to) => this.entity.iqCaller.set(payload, to, patience);
  say = (to, text) => this.send(xml("message", { to, type: "chat", id: `m-${text.length}` }, xml("body", {}, text)));
  hears = (text) => this.mailbox.next(`"${text}"`, (s) => s.is("message") && s.getChildText("body") === text);
  sees = (bare, type) =>
    this.mailbox.next(`${type ?? "available"} of ${bare}`, (s) => s.is("presence") && s.attrs.from?.startsWith(bare) && s.attrs.type === type);
  ping = (to) => this.get(xml("ping", "urn:xmpp:ping"), to);
}

function check(condition, message) {
  if (!condition) throw new Error(message);
}

const alice = new Person(aliceName);
const bob = new Person(bobName);

const steps = {
  async refusal() {
    const stranger = new Person(aliceName, `not ${password}`);
    const outcome = await stranger.entity.start().then(() => "success", (error) => error.condition ?? error.message);
    await stranger.close();
    check(outcome === "not-authorized", `a wrong password ended with ${outcome}`);
  },

  async login() {
    await alice.open();
    await bob.open();
    check(alice.full === `${alice.bare}/xmpp.js`, `bound as ${alice.full}`);
  },

  async roster() {
    const item = xml("item", { jid: bob.bare, name: "Bob <b> & co" }, xml("group", {}, "Friends"));
    await alice.set(xml("query", "jabber:iq:roster", item));
    const roster = await alice.get(xml("query", "jabber:iq:roster"));
    const kept = roster.getChildren("item").find(({ attrs }) => attrs.jid === bob.bare);
    check(kept?.attrs.name === "Bob <b> & co" && kept.getChildText("group") === "Friends", `the roster keeps ${kept}`);
  },

  async subscribe() {
    for (const [one, other] of [[alice, bob], [bob, alice]]) {
      await one.send(xml("presence", { to: other.bare, type: "subscribe" }));
      await other.sees(one.bare, "subscribe");
      await other.send(xml("presence", { to: one.bare, type: "subscribed" }));
      await one.sees(other.bare, "subscribed");
      await one.sees(other.bare, undefined);
    }
  },

  async presence() {
    await alice.send(xml("presence", {}, xml("show", {}, "dnd"), xml("status", {}, "busy & tired")));
    const seen = await bob.mailbox.next("alice's status", (s) => s.is("presence") && s.getChildText("show") === "dnd");
    check(seen.getChildText("status") === "busy & tired", `bob sees ${seen}`);
  },

  async chat() {
    await alice.say(bob.bare, "hello <bob> & \u{1F44B}");
    const heard = await bob.hears("hello <bob> & \u{1F44B}");
    check(heard.attrs.from === alice.full && heard.attrs.type === "chat", `bob hears ${heard}`);
    await bob.say(alice.full, "hello alice");
    await alice.hears("hello alice");
  },

  async ping() {
    await alice.ping(domain);
    await alice.ping(bob.full);
  },

  async disco() {
    const info = await alice.get(xml("query", "http://jabber.org/protocol/disco#info"), domain);
    check(info.getChildren("feature").some(({ attrs }) => attrs.var === "urn:xmpp:ping"), "ping is not among the features");
  },

  async unknown() {
    const outcome = await alice.get(xml("query", "parley:interop:unknown"), domain).then(() => "success", (error) => error.condition);
    check(outcome === "service-unavailable", `an unknown request ended with ${outcome}`);
  },

  async offline() {
    await bob.close();
    await alice.sees(bob.bare, "unavailable");
    await alice.say(bob.bare, "while you were out");
    await alice.ping(domain);
    await bob.open();
    const heard = await bob.hears("while you were out");
    check(heard.getChild("delay", "urn:xmpp:delay")?.attrs.stamp, "an offline message says no time");
  },

  async close() {
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
    process.exit(1);
  }
}
process.exit(0);
