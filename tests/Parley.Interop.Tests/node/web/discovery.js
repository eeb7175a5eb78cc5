// What each web library finds in a domain's host-meta (XEP-0156), and that it can log in with that.
//
// usage: node discovery.js HOST:PORT DOMAIN USER PASSWORD      HOST:PORT: where host-meta is, over https as both insist on
//
// Prints `ok LIBRARY TRANSPORT` or `failed …: WHY`; the first failure ends the run. The certificate's authority comes in by NODE_EXTRA_CA_CERTS.
import "../webcrypto.js";
import { createClient } from "stanza";
import { resolve } from "@xmpp/resolve/lib/http.js";
import { within } from "./mailbox.js";

const [place, domain, name, password] = process.argv.slice(2);

async function logsIn(library, service) {
  const { Person } = await import(`./${library}.js`);
  const person = new Person({ service, domain, name, password, trace: () => {} });
  await person.open();
  await person.close();
}

function only(links, scheme) {
  const fitting = links.filter((link) => link.startsWith(`${scheme}://`));
  if (fitting.length !== 1) throw new Error(`found ${links} where one of ${scheme} was due`);
  return fitting[0];
}

const steps = {
  async "stanza websocket"() {
    const { websocket } = await within("host-meta", createClient({}).discoverBindings(place));
    await logsIn("stanza", only(websocket, "wss"));
  },

  async "stanza bosh"() {
    const { bosh } = await within("host-meta", createClient({}).discoverBindings(place));
    await logsIn("stanza", only(bosh, "https"));
  },

  // It sorts by security and transport, and takes the first that it can speak.
  async "xmpp websocket"() {
    const [first] = await within("host-meta", resolve(place));
    await logsIn("xmpp", only([first?.uri ?? "nothing"], "wss"));
  },
};

for (const [step, run] of Object.entries(steps)) {
  try {
    await run();
    console.log(`ok ${step}`);
  } catch (error) {
    console.log(`failed ${step}: ${error}`);
    process.exit(1);
  }
}
process.exit(0);
