"""history_flow.py by nbxmpp, whose loop is GLib's: it turns within asyncio's here."""
import asyncio
import os
import sys

from gi.repository import GLib
from nbxmpp.client import Client
from nbxmpp.const import ConnectionProtocol, ConnectionType
from nbxmpp.namespaces import Namespace
from nbxmpp.protocol import Iq, Message, Presence
from nbxmpp.simplexml import Node
from nbxmpp.structs import StanzaHandler

from history_flow import DOMAIN, HOST, PAGE, TIMEOUT, Device, Flow, command

# How often GLib's loop is looked at, in seconds.
TURN = 0.002


async def turn_glib():
    context = GLib.MainContext.default()
    while True:
        while context.iteration(False):
            pass
        await asyncio.sleep(TURN)


class NbxmppDevice(Device):
    def __init__(self, user, resource, port):
        super().__init__(user, resource, port)
        self.client = None
        self.end = None
        self.results = []

    async def open(self, available=True):
        self.client = Client(log_context=self.full)
        self.client.set_domain(DOMAIN)
        self.client.set_username(self.user)
        self.client.set_resource(self.resource)
        self.client.set_password(self.user)
        self.client.set_custom_host(f"{HOST}:{self.port}", ConnectionProtocol.TCP, ConnectionType.START_TLS)
        # The certificate is not what is tested here.
        self.client.set_ignore_tls_errors(True)
        for event in ("connected", "resume-successful", "resume-failed", "connection-failed", "disconnected"):
            self.client.subscribe(event, self.ended)
        # Behind the library's own, which fill the properties.
        self.client.register_handler(StanzaHandler(name="message", callback=self.on_message, priority=100))
        assert await self.connect() == "connected"
        if available:
            await self.available()
        assert self.client.resumeable, "stream management is not enabled"

    def ended(self, _client, event, *_):
        if not self.end.done():
            self.end.set_result(event)

    async def connect(self):
        self.end = asyncio.get_running_loop().create_future()
        self.client.connect()
        outcome = await asyncio.wait_for(self.end, TIMEOUT)
        if outcome == "connected":
            # The first answer comes behind <enabled/>.
            await self.ping()
        return outcome

    def on_message(self, _client, stanza, properties):
        if properties.is_mam_message:
            self.results.append((properties.mam.id, properties.body))
        elif properties.is_carbon_message:
            self.carbons.append((properties.carbon.type, properties.body))
        elif properties.body:
            ids = [s.id for s in (properties.stanza_ids or []) if str(s.by) == self.bare]
            self.live.append((properties.body, ids[0] if ids else None))
        self.heard()

    async def available(self):
        self.client.send_stanza(Presence())
        await self.ping()

    async def close(self):
        self.end = asyncio.get_running_loop().create_future()
        self.client.disconnect()
        await asyncio.wait_for(self.end, TIMEOUT)

    async def resume(self):
        self.end = asyncio.get_running_loop().create_future()
        await command("lose")
        await asyncio.wait_for(self.end, TIMEOUT)
        outcome = await self.connect()
        assert outcome == "resume-successful", f"the resumption ended with {outcome}"

    def send(self, to, body):
        self.client.send_stanza(Message(to=to, body=body, typ="chat"))

    async def request(self, iq):
        answer = asyncio.get_running_loop().create_future()
        self.client.send_stanza(iq, callback=lambda _client, stanza, **_: answer.done() or answer.set_result(stanza))
        stanza = await asyncio.wait_for(answer, TIMEOUT)
        assert stanza.getType() == "result", f"the answer is {stanza}"
        return stanza

    async def ping(self):
        iq = Iq("get", to=DOMAIN)
        iq.addChild("ping", namespace=Namespace.PING)
        await self.request(iq)

    async def page(self, after=None, before=None):
        self.results.clear()
        if before is None:
            answer = asyncio.get_running_loop().create_future()

            # The library keeps the function weakly, and the result no longer than the call.
            def done(task):
                answer.set_result(task.get_result())

            self.client.get_module("MAM").make_query(self.bare, queryid="page", after=after, max_=PAGE, callback=done)
            data = await asyncio.wait_for(answer, TIMEOUT)
            assert not isinstance(data, Exception), f"the archive answered {data}"
            return list(self.results), data.complete, data.rsm.count

        # Its module only goes forwards.
        iq = Iq("set")
        query = iq.addChild("query", namespace=Namespace.MAM_2, attrs={"queryid": "page"})
        rsm = query.addChild(node=Node("set", attrs={"xmlns": Namespace.RSM}))
        rsm.setTagData("max", PAGE)
        rsm.setTagData("before", before)
        fin = (await self.request(iq)).getTag("fin")
        return list(self.results), fin.getAttr("complete") == "true", None

    async def enable_carbons(self):
        iq = Iq("set")
        iq.addChild("enable", namespace=Namespace.CARBONS)
        await self.request(iq)


async def main():
    turning = asyncio.create_task(turn_glib())
    code = await Flow(NbxmppDevice).run()
    turning.cancel()
    return code

if __name__ == "__main__":
    code = asyncio.run(main())
    sys.stdout.flush()
    os._exit(code)
