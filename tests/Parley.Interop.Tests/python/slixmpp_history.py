"""history_flow.py by slixmpp."""
import asyncio
import os
import sys

import slixmpp

from history_flow import CA_FILE, HOST, PAGE, TIMEOUT, Device, Flow, command


class Client(slixmpp.ClientXMPP):
    def get_ssl_context(self):
        context = super().get_ssl_context()
        context.check_hostname = False
        return context


class SlixmppDevice(Device):
    # slixmpp 1.8.3 forgets its queue when it asks for the resumption.
    sends_again = False

    def __init__(self, user, resource, port):
        super().__init__(user, resource, port)
        self.client = None
        self.end = None

    async def open(self, available=True):
        self.client = Client(self.full, self.user)
        self.client.ca_certs = CA_FILE
        for plugin in ("xep_0030", "xep_0198", "xep_0199", "xep_0280", "xep_0313", "xep_0359"):
            self.client.register_plugin(plugin)
        for event in ("session_start", "session_resumed", "sm_failed", "failed_all_auth"):
            self.client.add_event_handler(event, self.ended(event))
        self.client.add_event_handler("message", self.on_message)
        self.client.add_event_handler("carbon_received", self.on_carbon("received"))
        self.client.add_event_handler("carbon_sent", self.on_carbon("sent"))
        assert await self.connect() == "session_start"
        await (self.available() if available else self.ping())
        assert self.client["xep_0198"].enabled_in, "stream management is not enabled"

    def ended(self, event):
        def handler(_):
            if not self.end.done():
                self.end.set_result(event)
        return handler

    async def connect(self):
        self.end = asyncio.get_running_loop().create_future()
        self.client.connect((HOST, self.port))
        return await asyncio.wait_for(self.end, TIMEOUT)

    def on_message(self, message):
        # Messages that wrap others are not among those that come by themselves.
        if message["body"] and message.xml.find("{urn:xmpp:mam:2}result") is None:
            ids = [e.get("id") for e in message.xml.findall("{urn:xmpp:sid:0}stanza-id") if e.get("by") == self.bare]
            self.live.append((message["body"], ids[0] if ids else None))
            self.heard()

    def on_carbon(self, kind):
        def handler(message):
            self.carbons.append((kind, message[f"carbon_{kind}"]["body"]))
            self.heard()
        return handler

    async def available(self):
        self.client.send_presence()
        await self.ping()

    async def close(self):
        await asyncio.wait_for(self.client.disconnect(), TIMEOUT)

    async def resume(self):
        gone = asyncio.get_running_loop().create_future()
        self.client.add_event_handler("disconnected", lambda _: gone.done() or gone.set_result(True), disposable=True)
        await command("lose")
        await asyncio.wait_for(gone, TIMEOUT)
        outcome = await self.connect()
        assert outcome == "session_resumed", f"the resumption ended with {outcome}"

    def send(self, to, body):
        self.client.send_message(to, body, mtype="chat")

    async def ping(self):
        await self.client["xep_0199"].send_ping(self.client.boundjid.domain, timeout=TIMEOUT)

    async def page(self, after=None, before=None):
        rsm = {"max": PAGE}
        if after is not None:
            rsm["after"] = after
        if before is not None:
            # slixmpp writes an empty <before/> for True.
            rsm["before"] = before or True
        iq, results = await self.query(rsm)
        fin = iq.xml.find("{urn:xmpp:mam:2}fin")
        count = fin.findtext(".//{http://jabber.org/protocol/rsm}count")
        messages = [(m["mam_result"]["id"], m["mam_result"]["forwarded"]["stanza"]["body"]) for m in results]
        return messages, fin.get("complete") == "true", int(count) if count else None

    async def query(self, rsm):
        iq = self.client.make_iq_set()
        iq["mam"]["queryid"] = iq["id"]
        iq["mam"]["rsm"]["max"] = str(rsm["max"])
        for name in ("after", "before"):
            if name in rsm:
                iq["mam"]["rsm"][name] = rsm[name]
        results = []

        def collect(message):
            if message["mam_result"]["queryid"] == iq["id"]:
                results.append(message)

        handler = slixmpp.xmlstream.handler.Callback(
            f"page {iq['id']}", slixmpp.xmlstream.matcher.StanzaPath("message/mam_result"), collect)
        self.client.register_handler(handler)
        try:
            return await iq.send(timeout=TIMEOUT), results
        finally:
            self.client.remove_handler(handler.name)

    async def enable_carbons(self):
        await self.client["xep_0280"].enable(timeout=TIMEOUT)


if __name__ == "__main__":
    # slixmpp keeps the loop that is current when it is imported.
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    code = loop.run_until_complete(Flow(SlixmppDevice).run())
    sys.stdout.flush()
    os._exit(code)
