// Somebody in rooms, over any library's stream: each stanza that comes, whichever way the library reads it, and what people do with rooms.
import { DOMParser } from "@xmldom/xmldom";
import { Mailbox, Refusal } from "./mailbox.js";

const user = "http://jabber.org/protocol/muc#user";
const child = (element, name) => Array.from(element.childNodes).find(({ localName }) => localName === name);

/** What came, as far as the steps ask. */
class Arrival {
  constructor(xml) {
    this.xml = xml;
    this.kind = xml.localName;
    this.id = xml.getAttribute("id");
    this.from = xml.getAttribute("from") ?? undefined;
    this.type = xml.getAttribute("type") || undefined;
    this.body = child(xml, "body")?.textContent;
    this.subject = child(xml, "subject")?.textContent;
  }

  elements = (namespace, name) => Array.from(this.xml.getElementsByTagNameNS(namespace, name));
  element = (namespace, name) => this.elements(namespace, name)[0];
  text = (namespace, name) => this.element(namespace, name)?.textContent;
  field = (name) => this.elements("jabber:x:data", "field").find((field) => field.getAttribute("var") === name)?.textContent;

  get codes() {
    return this.elements(user, "status").map((status) => Number(status.getAttribute("code")));
  }

  get error() {
    const error = child(this.xml, "error");
    return error && `${error.getAttribute("type")} ${error.firstChild.localName}`;
  }
}

export class RoomPerson {
  #mailbox = new Mailbox();
  #library;
  #lastId = 0;

  constructor(Person, options, log) {
    const trace = (direction, text) => {
      log(`${options.name} ${direction} ${text}`);
      if (direction === "<") this.#read(`${text}`);
    };
    this.#library = new Person({ ...options, trace });
    this.bare = this.#library.bare;
  }

  open = () => this.#library.open();
  close = () => this.#library.close();
  write = (xml) => this.#library.write(xml.replace(/^<(message|presence|iq)/, '<$1 xmlns="jabber:client"'));
  next = (what, match) => this.#mailbox.next(what, match);
  count = (match) => this.#mailbox.count(match);
  sees = (from, type) => this.next(`${type ?? "presence"} of ${from}`, (stanza) => stanza.kind === "presence" && stanza.from === from && stanza.type === type);
  sayIn = (room, text) => this.write(`<message type="groupchat" to="${room}"><body>${text}</body></message>`);

  /** Enters, and returns what the room says of one's own presence, and the subject, which comes last. */
  async enter(room, nick, history = "") {
    this.write(`<presence to="${room}/${nick}"><x xmlns="http://jabber.org/protocol/muc">${history}</x></presence>`);
    const own = await this.sees(`${room}/${nick}`);
    const { subject } = await this.next("the subject", (stanza) => stanza.kind === "message" && stanza.subject !== undefined);
    return { own, subject };
  }

  leave(room, nick) {
    this.write(`<presence type="unavailable" to="${room}/${nick}"/>`);
    return this.sees(`${room}/${nick}`, "unavailable");
  }

  form(type, fields) {
    const all = Object.entries({ FORM_TYPE: type, ...fields }).map(([name, value]) => `<field var="${name}"><value>${value}</value></field>`);
    return `<x xmlns="jabber:x:data" type="submit">${all.join("")}</x>`;
  }

  configure = (room, fields) =>
    this.ask("set", room, `<query xmlns="http://jabber.org/protocol/muc#owner">${this.form("http://jabber.org/protocol/muc#roomconfig", fields)}</query>`);

  /** The answer to a request. */
  async ask(type, to, payload) {
    const answer = await this.#answer(type, to, payload);
    if (answer.type === "error") throw new Refusal(answer.error);
    return answer;
  }

  /** The error, by type and condition, with which a request is refused. */
  refused = async (type, to, payload) => (await this.#answer(type, to, payload)).error;

  #answer(type, to, payload) {
    const id = `ask-${++this.#lastId}`;
    this.write(`<iq type="${type}" id="${id}" to="${to}">${payload}</iq>`);
    return this.next(`an answer to ${payload}`, (stanza) => stanza.kind === "iq" && stanza.id === id);
  }

  #read(text) {
    if (!text.startsWith("<") || text.startsWith("<?")) return;
    const root = new DOMParser().parseFromString(text, "text/xml").documentElement;
    for (const stanza of root.localName === "body" ? Array.from(root.childNodes) : [root]) {
      if (["message", "presence", "iq"].includes(stanza.localName)) this.#mailbox.take(new Arrival(stanza));
    }
  }
}
