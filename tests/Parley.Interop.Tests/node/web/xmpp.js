// @xmpp/client, over WebSocket.
import "../webcrypto.js";
import { WebSocket } from "ws";
import { DOMParser } from "@xmldom/xmldom";
import { client, xml } from "@xmpp/client";
import { Mailbox, Refusal, patience, within } from "./mailbox.js";

globalThis.WebSocket ??= WebSocket;

const copy = (node) =>
  node.nodeType === node.TEXT_NODE
    ? node.data
    : xml(node.tagName, Object.fromEntries(Array.from(node.attributes, ({ name, value }) => [name, value])), ...Array.from(node.childNodes, copy));

// It rejects promises of its own too when authentication fails; the steps see theirs.
process.on("unhandledRejection", () => {});

export class Person {
  mailbox = new Mailbox();

  constructor({ service, domain, name, password, trace }) {
    this.bare = `${name}@${domain}`;
    this.domain = domain;
    this.entity = client({ service, domain, resource: "xmpp.js", username: name, password });
    this.entity.reconnect.stop();
    this.entity.on("error", () => {});
    this.entity.on("element", (element) => trace("<", `${element}`));
    this.entity.on("send", (element) => trace(">", `${element}`));
    this.entity.iqCallee.set("jabber:iq:roster", "query", () => true);
    this.entity.on("stanza", (stanza) => {
      const { from, type } = stanza.attrs;
      const text = (name) => stanza.getChildText(name) ?? undefined;
      this.mailbox.take({ kind: stanza.name, from, type, body: text("body"), show: text("show"), status: text("status") });
    });
  }

  async open() {
    try {
      this.full = `${await within("an address", this.entity.start())}`;
    } catch (error) {
      await this.entity.stop();
      throw error.condition ? new Refusal(error.condition) : error;
    }
  }

  /** Loses the connection without a word, connects again, and returns whether the session is the same. */
  async lose() {
    const disconnected = new Promise((resolve) => this.entity.once("disconnect", resolve));
    const outcome = new Promise((resolve) => {
      this.entity.streamManagement.once("resumed", () => resolve(true));
      this.entity.once("online", () => resolve(false));
    });
    this.entity.socket.socket.terminate();
    await within("the loss", disconnected);
    await this.entity.reconnect.reconnect();
    return within("the session", outcome);
  }

  close = () => within("the end", this.entity.stop());

  presence({ to, type, show, status } = {}) {
    return this.entity.send(xml("presence", { to, type }, show && xml("show", {}, show), status && xml("status", {}, status)));
  }


  /** Sends a stanza as it is. */
  write = (text) => this.entity.send(copy(new DOMParser().parseFromString(text, "text/xml").documentElement));
  say = (to, text) => this.entity.send(xml("message", { to, type: "chat" }, xml("body", {}, text)));
  addToRoster = (jid, name) => this.entity.iqCaller.set(xml("query", "jabber:iq:roster", xml("item", { jid, name })), undefined, patience);

  async roster() {
    const query = await this.entity.iqCaller.get(xml("query", "jabber:iq:roster"), undefined, patience);
    return query.getChildren("item").map(({ attrs }) => attrs);
  }

  async features() {
    const query = await this.entity.iqCaller.get(xml("query", "http://jabber.org/protocol/disco#info"), this.domain, patience);
    return query.getChildren("feature").map(({ attrs }) => attrs.var);
  }
}
