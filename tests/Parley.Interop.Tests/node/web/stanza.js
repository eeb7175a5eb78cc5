// stanza, over WebSocket or BOSH as the service's scheme says.
import "../webcrypto.js";
import { createClient } from "stanza";
import { Mailbox, Refusal, within } from "./mailbox.js";

// It tells standard error of every failed authentication.
console.error = () => {};

export class Person {
  mailbox = new Mailbox();
  #events = new Mailbox();

  constructor({ service, domain, name, password, trace }) {
    this.bare = `${name}@${domain}`;
    this.domain = domain;
    const transport = service.startsWith("ws") ? "websocket" : "bosh";
    this.client = createClient({
      jid: this.bare,
      password,
      resource: "stanza",
      autoReconnect: false,

      // Over BOSH an acknowledgement that is still to be sent at the end keeps its queue from ever being empty, and so the end from being told.
      useStreamManagement: transport === "websocket",
      transports: { [transport]: service },
    });
    this.client.on("raw", (direction, text) => trace(direction === "incoming" ? "<" : ">", text));
    this.client.on("message", ({ from, type, body }) => this.mailbox.take({ kind: "message", from, type, body }));
    this.client.on("presence", ({ from, type, show, status }) => this.mailbox.take({ kind: "presence", from, type, show, status }));
    this.client.on("sasl", ({ type, condition }) => type === "failure" && (this.refusal = condition));
    for (const event of ["session:started", "stream:management:resumed", "disconnected"]) this.client.on(event, () => this.#events.take(event));
  }

  async open() {
    this.refusal = undefined;
    this.client.connect();
    const event = await this.#happens("session:started", "disconnected");
    if (event !== "session:started") throw new Refusal(this.refusal);
    this.full = this.client.jid;
  }

  /** Loses the connection without a word, connects again, and returns whether the session is the same. */
  async lose() {
    // What it writes to a socket that is closing keeps it from ever telling that it is disconnected.
    const { incomingDataQueue, outgoingDataQueue } = this.client;
    const { socket } = this.client.transport;
    socket.onmessage = () => {};
    for (const queue of [incomingDataQueue, outgoingDataQueue]) if (!queue.idle()) await queue.drain();
    socket.terminate();
    await this.#happens("disconnected");
    this.client.connect();
    return (await this.#happens("session:started", "stream:management:resumed")) === "stream:management:resumed";
  }

  async close() {
    await this.client.disconnect();
    await this.#happens("disconnected");
  }

  presence = (presence = {}) => this.client.sendPresence(presence);
  say = (to, text) => this.client.sendMessage({ to, type: "chat", body: text });

  /** Sends a stanza as it is, which this library has no other way for. */
  write = (xml) => this.client.transport.write(xml);
  addToRoster = (jid, name) => this.client.updateRosterItem({ jid, name });

  async roster() {
    return (await this.client.getRoster()).items;
  }

  async features() {
    return (await this.client.getDiscoInfo(this.domain)).features;
  }

  #happens = (...events) => within(events.join(" or "), this.#events.next(events.join(" or "), (event) => events.includes(event)));
}
