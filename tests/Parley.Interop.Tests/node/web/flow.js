// Two clients of a web library go through what a messenger does with its server.
//
// usage: node flow.js LIBRARY SERVICE DOMAIN ALICE BOB PASSWORD
//        LIBRARY: strophe, stanza or xmpp; SERVICE: ws://host:port/xmpp-websocket or http://host:port/http-bind, with TLS wss and https
//
// Prints one line for each step: `ok STEP` or `failed STEP: WHY`; the first failure ends the run, with what alice and bob read and wrote last
// on standard error. The certificate's authority comes in by NODE_EXTRA_CA_CERTS.
const [library, service, domain, aliceName, bobName, password] = process.argv.slice(2);
const { Person } = await import(`./${library}.js`);
const exchange = [];

function person(name, word = password) {
  const trace = (direction, text) => exchange.push(`${name} ${direction} ${text}`);
  return new Person({ service, domain, name, password: word, trace });
}

function check(condition, message) {
  if (!condition) throw new Error(message);
}

function hears(who, text) {
  return who.mailbox.next(`"${text}"`, ({ kind, body }) => kind === "message" && body === text);
}

function sees(who, bare, type, show) {
  return who.mailbox.next(
    `${type ?? show ?? "available"} of ${bare}`,
    (item) => item.kind === "presence" && item.from?.startsWith(bare) && (item.type ?? "available") === (type ?? "available") && item.show === show,
  );
}

async function arrive(who) {
  await who.open();
  // Who has not asked for the roster hears nothing of subscriptions (RFC 6121 §2.2).
  await who.roster();
  await who.presence();
}

const alice = person(aliceName);
const bob = person(bobName);

const steps = {
  async refusal() {
    const outcome = await person(aliceName, `not ${password}`).open().then(() => "success", (error) => error.condition ?? error.message);
    check(outcome === "not-authorized", `a wrong password ended with ${outcome}`);
  },

  async login() {
    await arrive(alice);
    await arrive(bob);
    const mechanism = exchange.map((line) => line.match(/ > .*<auth .*mechanism=["']([^"']*)/)?.[1]).findLast(Boolean);
    check(/^SCRAM-SHA-(1|256)$/.test(mechanism), `bob authenticated with ${mechanism}`);
    check(alice.full.startsWith(`${alice.bare}/`), `bound as ${alice.full}`);
  },

  async subscribe() {
    for (const [one, other] of [[alice, bob], [bob, alice]]) {
      await one.presence({ to: other.bare, type: "subscribe" });
      await sees(other, one.bare, "subscribe");
      await other.presence({ to: one.bare, type: "subscribed" });
      await sees(one, other.bare, "subscribed");
      await sees(one, other.bare);
    }
  },

  async presence() {
    await alice.presence({ show: "dnd", status: "busy & tired" });
    const seen = await sees(bob, alice.bare, undefined, "dnd");
    check(seen.status === "busy & tired" && seen.from === alice.full, `bob sees ${JSON.stringify(seen)}`);
  },

  async chat() {
    alice.say(bob.bare, "hello <bob> & \u{1F44B}");
    const heard = await hears(bob, "hello <bob> & \u{1F44B}");
    check(heard.from === alice.full && heard.type === "chat", `bob hears ${JSON.stringify(heard)}`);
    bob.say(alice.full, "hello alice");
    await hears(alice, "hello alice");
  },

  async order() {
    const count = 100;
    for (let i = 0; i < count; i++) {
      alice.say(bob.full, `alice ${i}`);
      bob.say(alice.full, `bob ${i}`);
    }
    // Over BOSH these libraries take answers as they arrive, and not in the order of their requests (XEP-0124 §14.2): that none is lost or
    // doubled is seen here, their order where a client puts the answers in theirs (BoshLossTests).
    const inOrder = service.startsWith("ws");
    for (const [who, name] of [[bob, "alice"], [alice, "bob"]]) {
      const missing = new Set(Array.from({ length: count }, (_, i) => `${name} ${i}`));
      for (const due of [...missing]) {
        const { body } = await who.mailbox.next(due, ({ kind }) => kind === "message");
        check(inOrder ? body === due : missing.has(body), `${body} came where ${due} was due`);
        missing.delete(body);
      }
    }
  },

  async roster() {
    await alice.addToRoster(bob.bare, "Bob <b> & co");
    const kept = (await alice.roster()).find(({ jid }) => jid === bob.bare);
    check(kept?.name === "Bob <b> & co" && kept.subscription === "both", `the roster keeps ${JSON.stringify(kept)}`);
  },

  async disco() {
    const features = await alice.features();
    check(features.includes("http://jabber.org/protocol/disco#info"), `the server's features are ${features}`);
  },

  async resumption() {
    const leaves = ({ kind, type }) => kind === "presence" && type === "unavailable";
    const before = bob.mailbox.count(leaves);
    const back = alice.lose();
    bob.say(alice.full, "while you were away");
    check(await back, "alice came back with another session");
    await hears(alice, "while you were away");
    alice.say(bob.full, "I heard");
    await hears(bob, "I heard");
    check(bob.mailbox.count(leaves) === before, "bob saw alice leave");
  },

  async close() {
    await bob.close();
    await sees(alice, bob.bare, "unavailable");
  },

  async reconnect() {
    await arrive(bob);
    await sees(alice, bob.bare);
    alice.say(bob.full, "back again?");
    await hears(bob, "back again?");
    bob.say(alice.full, "back again");
    await hears(alice, "back again");
  },

  async end() {
    await alice.close();
    await sees(bob, alice.bare, "unavailable");
    await bob.close();
  },
};

// A session over BOSH has no connection that could be lost.
if (service.startsWith("http")) delete steps.resumption;

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
