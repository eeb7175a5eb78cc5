// Strophe.js, over WebSocket or BOSH as the service's scheme says.
import "../webcrypto.js";
import { Strophe, $iq, $msg, $pres } from "strophe.js";
import { Mailbox, Refusal, within } from "./mailbox.js";
import { XMLHttpRequest } from "./xml-http-request.js";

globalThis.XMLHttpRequest = XMLHttpRequest;
Strophe.setLogLevel(Strophe.LogLevel.FATAL);

const child = (element, name) => element.getElementsByTagName(name)[0]?.textContent;
const attribute = (element, name) => element.getAttribute(name) || undefined;

export class Person {
  mailbox = new Mailbox();
  #status = new Mailbox();

  constructor({ service, domain, name, password, trace }) {
    this.bare = `${name}@${domain}`;
    this.domain = domain;
    this.password = password;
    this.connection = new Strophe.Connection(service, {
      mechanisms: [Strophe.SASLSHA1],
      enableStreamManagement: true,
      streamManagement: { requestResume: true },
    });
    this.connection.rawInput = (text) => trace("<", text);
    this.connection.rawOutput = (text) => trace(">", text);
  }

  async open() {
    this.connection.connect(`${this.bare}/strophe`, this.password, (status, condition, element) => {
      if (status === Strophe.Status.CONNECTED) {
        this.connection.addHandler((stanza) => this.#take("message", stanza), null, "message");
        this.connection.addHandler((stanza) => this.#take("presence", stanza), null, "presence");
      }
      this.#status.take({ status, condition, element });
    });
    const { AUTHFAIL, CONNFAIL, CONNECTED } = Strophe.Status;
    const outcome = await this.#becomes([AUTHFAIL, CONNFAIL, CONNECTED]);
    if (outcome.status !== CONNECTED) {
      await this.close();
      throw new Refusal(outcome.element?.firstChild?.nodeName ?? outcome.condition);
    }

    this.full = this.connection.jid;
  }

  /** Loses the connection without a word, connects again, and returns whether the session is the same. */
  async lose() {
    this.connection._proto.socket.terminate();
    await this.#becomes([Strophe.Status.DISCONNECTED]);
    await this.open();
    return this.connection.hasResumed();
  }

  async close() {
    this.connection.disconnect("done");
    await this.#becomes([Strophe.Status.DISCONNECTED]);

    // Over WebSocket it closes its socket a second time, by a timer of its own that may still be due, whichever socket that is by then.
    await new Promise((resolve) => setTimeout(resolve));
    this.connection.reset();
  }

  presence({ to, type, show, status } = {}) {
    const presence = $pres({ ...(to && { to }), ...(type && { type }) });
    if (show) presence.c("show").t(show).up();
    if (status) presence.c("status").t(status).up();
    this.connection.send(presence);
  }

  say(to, text) {
    this.connection.send($msg({ to, type: "chat", id: this.connection.getUniqueId() }).c("body").t(text));
  }

  /** Sends a stanza as it is. */
  write = (xml) => this.connection.send(Strophe.toElement(xml, true));

  async addToRoster(jid, name) {
    await this.#ask($iq({ type: "set" }).c("query", { xmlns: "jabber:iq:roster" }).c("item", { jid, name }));
  }

  async roster() {
    const answer = await this.#ask($iq({ type: "get" }).c("query", { xmlns: "jabber:iq:roster" }));
    return Array.from(answer.getElementsByTagName("item"), (item) => ({
      jid: attribute(item, "jid"),
      name: attribute(item, "name"),
      subscription: attribute(item, "subscription"),
    }));
  }

  async features() {
    const answer = await this.#ask(
      $iq({ type: "get", to: this.domain }).c("query", { xmlns: "http://jabber.org/protocol/disco#info" }),
    );
    return Array.from(answer.getElementsByTagName("feature"), (feature) => attribute(feature, "var"));
  }

  #ask(iq) {
    return within("an answer", new Promise((take, refuse) => this.connection.sendIQ(iq, take, refuse)));
  }

  #becomes(wanted) {
    return this.#status.next(`status ${wanted}`, ({ status }) => wanted.includes(status));
  }

  #take(kind, stanza) {
    this.mailbox.take({
      kind,
      from: attribute(stanza, "from"),
      type: attribute(stanza, "type"),
      body: child(stanza, "body"),
      show: child(stanza, "show"),
      status: child(stanza, "status"),
    });
    return true;
  }
}
