"""A slixmpp component that acts in the name of accounts (XEP-0356), and two slixmpp users who see what it does.

usage: slixmpp_privilege.py HOST C2S-PORT DOMAIN CA-FILE COMPONENT-PORT COMPONENT-DOMAIN SECRET

Prints one line for each step: `ok STEP` or `failed STEP: WHY`; the first failure ends the run.
The users are registered in-band, as alice and bob.
"""
import asyncio
import sys

from slixmpp.exceptions import IqError
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

from slixmpp_component import COMPONENT, DOMAIN, TIMEOUT, Component, User

ALICE, BOB = f"alice@{DOMAIN}", f"bob@{DOMAIN}"


def refused(stanza, condition):
    """Of a component's stanza slixmpp itself reads no condition: it looks for an error in jabber:client."""
    return stanza.xml.find(f".//{{urn:ietf:params:xml:ns:xmpp-stanzas}}{condition}") is not None


class Privileged(Component):
    def __init__(self):
        super().__init__()
        self.del_event_handler("message", self.echo)
        self.register_plugin("xep_0356")
        self.add_event_handler("privileges_advertised", lambda _: self.changed.set())
        self.add_event_handler("message_error", self.keep)
        self.pushes = []
        self.register_handler(Callback("pushes", MatchXPath("{jabber:component:accept}iq/{jabber:iq:roster}query"), self.pushed))

    @property
    def privileges(self):
        return self["xep_0356"]

    async def open(self):
        await super().open()
        # The plugin takes the host that it has connected to for the server's domain.
        self.server_host = DOMAIN

    def pushed(self, iq):
        if iq["type"] == "set":
            self.pushes.append((iq["from"].bare, {str(jid) for jid in iq["roster"]["items"]}))
            iq.reply().send()
            self.changed.set()

    def in_the_name_of(self, sender, recipient, body):
        self.privileges.send_privileged_message(self.make_message(mto=recipient, mfrom=sender, mbody=body, mtype="chat"))


class Flow:
    def __init__(self):
        self.component, self.alice, self.bob = Privileged(), User("alice"), User("bob")

    async def login(self):
        for entity in (self.component, self.alice, self.bob):
            await entity.open()

    async def advertised(self):
        wanted = {"roster": "both", "message": "outgoing", "presence": "managed_entity"}
        await self.component.until("permissions", lambda: all(self.component.privileges.granted_privileges.get(key) == value for key, value in wanted.items()))

    async def presence(self):
        for user in (ALICE, BOB):
            await self.component.presence(user, "available", "here")

    async def message(self):
        self.component.in_the_name_of(ALICE, BOB, "from alice, who did not write it")
        got = await self.bob.message("from alice, who did not write it")
        assert got["from"] == ALICE and got["type"] == "chat", got
        self.component.in_the_name_of(DOMAIN, BOB, "from the server")
        assert (await self.bob.message("from the server"))["from"] == DOMAIN

    async def forbidden(self):
        for sender in (f"{ALICE}/slixmpp", "alice@elsewhere.example", f"nobody@{DOMAIN}"):
            self.component.stanzas.clear()
            self.component.in_the_name_of(sender, BOB, "forged")
            error = await self.component.until("forbidden", lambda: next((s for s in self.component.stanzas if s["type"] == "error"), None))
            assert refused(error, "forbidden"), error
        assert not [s for s in self.bob.stanzas if s["body"] == "forged"]

    async def get_roster(self):
        await self.alice.update_roster("nurse@elsewhere.example", name="Nurse", groups=["Capulet"], timeout=TIMEOUT)
        await self.component.until("a push", lambda: (ALICE, {"nurse@elsewhere.example"}) in self.component.pushes)
        answer = await self.component.privileges.get_roster(ALICE, timeout=TIMEOUT)
        assert answer["from"] == ALICE, answer
        item = answer["roster"]["items"]["nurse@elsewhere.example"]
        assert (item["name"], item["groups"], item["subscription"]) == ("Nurse", ["Capulet"], "none"), item

    async def set_roster(self):
        self.alice.stanzas.clear()
        await self.component.privileges.set_roster(ALICE, {f"legacy@{COMPONENT}": {"name": "Legacy", "subscription": "both", "groups": ["Gateway"]}}, timeout=TIMEOUT)
        await self.alice.until("the new contact", lambda: self.alice.client_roster.has_jid(f"legacy@{COMPONENT}"))
        contact = self.alice.client_roster[f"legacy@{COMPONENT}"]
        assert (contact["name"], contact["groups"]) == ("Legacy", ["Gateway"]), contact
        await self.component.until("its own push", lambda: (ALICE, {f"legacy@{COMPONENT}"}) in self.component.pushes)
        try:
            await self.component.privileges.get_roster(f"nobody@{DOMAIN}", timeout=TIMEOUT)
            raise AssertionError("nobody has a roster")
        except IqError as error:
            assert refused(error.iq, "service-unavailable"), error.iq

    async def run(self):
        for step in ("login", "advertised", "presence", "message", "forbidden", "get_roster", "set_roster"):
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
