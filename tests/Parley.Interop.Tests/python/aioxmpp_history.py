"""history_flow.py by aioxmpp, which knows no message archive: its queries are elements of its own declaration here."""
import asyncio
import datetime
import os
import sys

import aioxmpp
import aioxmpp.carbons
import aioxmpp.connector
import aioxmpp.misc
import aioxmpp.ping
import aioxmpp.rsm.xso
from aioxmpp import xso

from history_flow import HOST, PAGE, TIMEOUT, Device, Flow, command

MAM = "urn:xmpp:mam:2"


@aioxmpp.IQ.as_payload_class
class Query(xso.XSO):
    TAG = (MAM, "query")
    queryid = xso.Attr("queryid", default=None)
    rsm = xso.Child([aioxmpp.rsm.xso.ResultSetMetadata])


@aioxmpp.IQ.as_payload_class
class Fin(xso.XSO):
    TAG = (MAM, "fin")
    UNKNOWN_ATTR_POLICY = xso.UnknownAttrPolicy.DROP
    complete = xso.Attr("complete", type_=xso.Bool(), default=False)
    rsm = xso.Child([aioxmpp.rsm.xso.ResultSetMetadata])


class Result(xso.XSO):
    TAG = (MAM, "result")
    queryid = xso.Attr("queryid", default=None)
    id_ = xso.Attr("id")
    forwarded = xso.Child([aioxmpp.misc.Forwarded])


aioxmpp.Message.parley_mam_result = xso.Child([Result])


class AioxmppDevice(Device):
    def __init__(self, user, resource, port):
        super().__init__(user, resource, port)
        self.client = None
        self.results = []

    async def open(self, available=True):
        self.client = aioxmpp.Client(
            aioxmpp.JID.fromstr(self.full),
            # Its own checks know no authority given as a file; the certificate is not what is tested here.
            aioxmpp.make_security_layer(self.user, no_verify=True),
            override_peer=[(HOST, self.port, aioxmpp.connector.STARTTLSConnector())])
        self.client.backoff_start = datetime.timedelta(milliseconds=20)
        self.carbons_service = self.client.summon(aioxmpp.CarbonsClient)
        self.client.stream.service_inbound_message_filter.register(self.on_message, 1)
        established = asyncio.get_running_loop().create_future()
        self.client.on_stream_established.connect(lambda: established.done() or established.set_result(True))
        self.client.on_failure.connect(lambda error: established.done() or established.set_exception(error))
        self.client.start()
        await asyncio.wait_for(established, TIMEOUT)
        assert self.client.stream.sm_enabled and self.client.stream.sm_resumable, "stream management is not enabled"
        if available:
            await self.available()

    def on_message(self, message):
        if message.parley_mam_result is not None:
            self.results.append(message.parley_mam_result)
        elif message.xep0280_sent is not None:
            self.carbons.append(("sent", message.xep0280_sent.stanza.body.any()))
        elif message.xep0280_received is not None:
            self.carbons.append(("received", message.xep0280_received.stanza.body.any()))
        elif message.body:
            ids = [s.id_ for s in message.xep0359_stanza_ids if str(s.by) == self.bare]
            self.live.append((message.body.any(), ids[0] if ids else None))
        self.heard()
        return None

    async def available(self):
        self.client.enqueue(aioxmpp.Presence(type_=aioxmpp.PresenceType.AVAILABLE))
        await self.ping()

    async def close(self):
        stopped = asyncio.get_running_loop().create_future()
        self.client.on_stopped.connect(lambda: stopped.done() or stopped.set_result(True))
        self.client.stop()
        await asyncio.wait_for(stopped, TIMEOUT)

    async def resume(self):
        resumed = asyncio.get_running_loop().create_future()
        self.client.on_stream_resumed.connect(lambda: resumed.done() or resumed.set_result("resumed"))
        self.client.on_stream_destroyed.connect(lambda *_: resumed.done() or resumed.set_result("a new session"))
        await command("lose")
        outcome = await asyncio.wait_for(resumed, TIMEOUT)
        assert outcome == "resumed", f"the resumption ended with {outcome}"

    def send(self, to, body):
        message = aioxmpp.Message(type_=aioxmpp.MessageType.CHAT, to=aioxmpp.JID.fromstr(to))
        message.body[None] = body
        self.client.enqueue(message)

    async def ping(self):
        await aioxmpp.ping.ping(self.client, self.client.local_jid.replace(localpart=None, resource=None))

    async def page(self, after=None, before=None):
        query = Query()
        query.rsm = aioxmpp.rsm.xso.ResultSetMetadata()
        query.rsm.max_ = PAGE
        if after is not None:
            query.rsm.after = aioxmpp.rsm.xso.After(after)
        if before is not None:
            query.rsm.before = aioxmpp.rsm.xso.Before(before or None)
        self.results.clear()
        fin = await asyncio.wait_for(self.client.send(aioxmpp.IQ(type_=aioxmpp.IQType.SET, payload=query)), TIMEOUT)
        return [(r.id_, r.forwarded.stanza.body.any()) for r in self.results], fin.complete, fin.rsm.count

    async def enable_carbons(self):
        await self.carbons_service.enable()


if __name__ == "__main__":
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    code = loop.run_until_complete(Flow(AioxmppDevice).run())
    sys.stdout.flush()
    os._exit(code)
