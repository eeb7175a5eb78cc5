// The part of XMLHttpRequest that Strophe.js uses, on Node's own HTTP client, with connections that are kept as a browser keeps them.
import http from "node:http";
import https from "node:https";

const agents = { "http:": new http.Agent({ keepAlive: true }), "https:": new https.Agent({ keepAlive: true }) };

export class XMLHttpRequest {
  readyState = 0;
  status = 0;
  responseText = "";
  responseXML = null;
  onreadystatechange = () => {};
  #headers = {};
  #responseHeaders = "";

  open(method, url) {
    this.method = method;
    this.url = new URL(url);
    this.#become(1);
  }

  setRequestHeader(name, value) {
    this.#headers[name] = value;
  }

  getAllResponseHeaders() {
    return this.#responseHeaders;
  }

  send(body) {
    const { request } = this.url.protocol === "https:" ? https : http;
    const headers = { ...this.#headers, "Content-Length": Buffer.byteLength(body) };
    this.request = request(this.url, { method: this.method, headers, agent: agents[this.url.protocol] }, (response) => {
      response.setEncoding("utf8");
      response.on("data", (text) => (this.responseText += text));
      response.on("error", () => this.#fail());
      response.on("end", () => {
        this.status = response.statusCode;
        this.#responseHeaders = response.rawHeaders.map((text, i) => text + (i % 2 ? "\r\n" : ": ")).join("");
        this.responseXML = new DOMParser().parseFromString(this.responseText, "text/xml");
        this.#become(4);
      });
    });
    this.request.on("error", () => this.#fail());
    this.request.end(body);
  }

  abort() {
    this.request?.destroy();
  }

  #fail() {
    this.status = 0;
    this.#become(4);
  }

  #become(state) {
    this.readyState = state;
    this.onreadystatechange();
  }
}
