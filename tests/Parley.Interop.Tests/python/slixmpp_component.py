"""A slixmpp component and a slixmpp user who talks to it.

usage: slixmpp_component.py HOST C2S-PORT DOMAIN CA-FILE COMPONENT-PORT COMPONENT-DOMAIN SECRET

Prints one line for each step: `ok STEP` or `failed STEP: WHY`; the first failure ends the run.
The user is registered in-band, as alice.
"""
import asyncio
import sys

import slixmpp
from slixmpp.exceptions import IqError

TIMEOUT = 20
HOST, PORT, DOMAIN, CA_FILE, COMPONENT_PORT, COMPONENT, SECRET = sys.argv[1:8]
ECHO = f"echo@{COMPONENT}"


class Waiting:
    """Keeps what arrives, and waits for some of it."""

    def watch(self):
        self.stanzas = []
        self.changed = asyncio.Event()
        self.end = None
        for event in ("message", "presence", "roster_update", "presence_subscribed", "presence_subscribe", "presence_error"):
            self.add_event_handler(event, self.keep)
        for event in ("session_start", "failed_all_auth", "disconnected", "connection_failed"):
            self.add_event_handler(event, self.ended(event))

    def keep(self, stanza):
        self.stanzas.append(stanza)
        self.changed.set()

    def ended(self, event):
        def handler(_):
            if self.end is not None and not self.end.done():
                self.end.set_result(event)
        return handler

    async def opened(self):
        outcome = await asyncio.wait_for(self.end, TIMEOUT)
        assert outcome == "session_start", f"{self.boundjid}: {outcome}"

    async def until(self, what, condition):
        async def wait():
            while not (found := condition()):
                self.changed.clear()
                await self.changed.wait()
            return found
        try:
            return await asyncio.wait_for(wait(), TIMEOUT)
        except asyncio.TimeoutError:
            raise AssertionError(f"{self.boundjid} waited in vain for {what}") from None

    async def presence(self, sender, kind, status=None):
        return await self.until(f"{kind} of {sender}", lambda: next(
            (s for s in self.stanzas if isinstance(s, slixmpp.Presence) and s["type"] == kind and s["from"].bare == sender
             and (status is None or s["status"] == status)), None))

    async def message(self, body):
        return await self.until(f"'{body}'", lambda: next((s for s in self.stanzas if isinstance(s, slixmpp.Message) and s["body"] == body), None))


class Component(Waiting, slixmpp.ComponentXMPP):
    def __init__(self, secret=SECRET):
        super().__init__(COMPONENT, secret, HOST, int(COMPONENT_PORT))
        self.register_plugin("xep_0030")
        self.register_plugin("xep_0092")
        self["xep_0030"].add_identity(category="gateway", itype="sms", name="Interop")
        self["xep_0092"].software_name = "interop"
        self.watch()
        self.add_event_handler("message", self.echo)
        self.roster.auto_authorize = self.roster.auto_subscribe = None
        self.add_event_handler("presence_subscribe", self.grant)

    def echo(self, message):
        if message["type"] != "error":
            message.reply(f"echo: {message['body']}").send()

    def grant(self, request):
        for kind in ("subscribed", "subscribe", None):
            self.send_presence(pto=request["from"].bare, pfrom=request["to"].bare, ptype=kind)

    async def open(self):
        self.end = asyncio.get_running_loop().create_future()
        self.connect()
        await self.opened()


class User(Waiting, slixmpp.ClientXMPP):
    def __init__(self, name="alice"):
        super().__init__(f"{name}@{DOMAIN}/slixmpp", "sesame")
        self.ca_certs = CA_FILE
        for plugin in ("xep_0030", "xep_0077", "xep_0092", "xep_0199"):
            self.register_plugin(plugin)
        self["xep_0077"].force_registration = True
        self._always_send_everything = True
        self.add_event_handler("register", self.fill_registration)
        self.watch()

    def get_ssl_context(self):
        context = super().get_ssl_context()
        context.check_hostname = False
        return context

    async def fill_registration(self, _):
        self["xep_0077"].create_account = self["xep_0077"].force_registration = False
        iq = self.Iq()
        iq["type"] = "set"
        iq["register"]["username"] = self.boundjid.user
        iq["register"]["password"] = self.password
        await iq.send(timeout=TIMEOUT)

    async def open(self):
        self.end = asyncio.get_running_loop().create_future()
        self.connect((HOST, int(PORT)))
        await self.opened()
        await self.get_roster(timeout=TIMEOUT)
        self.send_presence(pstatus="here")

    def subscription(self):
        return self.client_roster[ECHO]["subscription"]


class Flow:
    def __init__(self):
        self.user = User()
        self.component = Component()

    async def login(self):
        await self.component.open()
        await self.user.open()

    async def disco(self):
        items = await self.user["xep_0030"].get_items(DOMAIN, timeout=TIMEOUT)
        assert COMPONENT in {str(item[0]) for item in items["disco_items"]["items"]}, items
        info = await self.user["xep_0030"].get_info(COMPONENT, timeout=TIMEOUT)
        assert ("gateway", "sms", None, "Interop") in info["disco_info"]["identities"], info
        info = await self.component["xep_0030"].get_info(DOMAIN, ifrom=COMPONENT, timeout=TIMEOUT)
        assert any(identity[0] == "server" for identity in info["disco_info"]["identities"]), info

    async def iq(self):
        answer = await self.user["xep_0092"].get_version(COMPONENT, timeout=TIMEOUT)
        assert answer["software_version"]["name"] == "interop", answer
        answer = await self.component["xep_0092"].get_version(self.user.boundjid, ifrom=ECHO, timeout=TIMEOUT)
        assert answer["software_version"]["name"], answer

    async def message(self):
        self.user.send_message(ECHO, "hello <echo> & \U0001F44B", mtype="chat")
        got = await self.user.message("echo: hello <echo> & \U0001F44B")
        assert got["from"].bare == ECHO and got["type"] == "chat", got
        self.component.send_message(self.user.boundjid.bare, "unasked", mtype="chat", mfrom=f"{ECHO}/x")
        await self.user.message("unasked")

    async def subscribe(self):
        # The component grants and asks back; slixmpp, for the user, grants by itself.
        self.user.send_presence_subscription(ECHO)
        await self.user.until("both", lambda: self.user.subscription() == "both")
        await self.component.presence(self.user.boundjid.bare, "available", "here")

    async def presence(self):
        self.component.send_presence(pfrom=f"{ECHO}/x", pto=self.user.boundjid.bare, pstatus="at work")
        await self.user.presence(ECHO, "available", "at work")
        self.user.send_presence(pshow="away", pstatus="at lunch")
        await self.component.presence(self.user.boundjid.bare, "away", "at lunch")

    async def wrong_secret(self):
        other = Component("not the secret, and as long")
        other.end = asyncio.get_running_loop().create_future()
        other.connect()
        outcome = await asyncio.wait_for(other.end, TIMEOUT)
        assert outcome != "session_start", "a wrong secret opens a stream"
        other.abort()

    async def restart(self):
        self.user.stanzas.clear()
        await asyncio.wait_for(self.component.disconnect(), TIMEOUT)
        await self.user.presence(ECHO, "unavailable")
        try:
            await self.user["xep_0092"].get_version(COMPONENT, timeout=TIMEOUT)
            raise AssertionError("a component that is gone has answered")
        except IqError as error:
            assert error.condition == "service-unavailable", error.condition
        self.component = Component()
        await self.component.open()
        await self.message()
        answer = await self.user["xep_0092"].get_version(COMPONENT, timeout=TIMEOUT)
        assert answer["software_version"]["name"] == "interop", answer

    async def run(self):
        for step in ("login", "disco", "iq", "message", "subscribe", "presence", "wrong_secret", "restart"):
            try:
                await getattr(self, step)()
            except Exception as error:  # pylint: disable=broad-except
                print(f"failed {step}: {type(error).__name__}: {error}", flush=True)
                return 1
            print(f"ok {step}", flush=True)
        return 0


if __name__ == "__main__":
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    sys.exit(loop.run_until_complete(Flow().run()))
