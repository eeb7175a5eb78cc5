"""Two slixmpp clients go through what a messenger does with its server.

usage: slixmpp_flow.py HOST PORT DOMAIN starttls|tls CA-FILE PREFIX [MECHANISM]

Prints one line for each step: `ok STEP` or `failed STEP: WHY`; the first failure ends the run.
Accounts are registered in-band, as PREFIX-alice and PREFIX-bob.
"""
import asyncio
import ssl
import sys

import slixmpp
from slixmpp.exceptions import IqError
from slixmpp.plugins import xep_0082
from slixmpp.xmlstream import ElementBase

TIMEOUT = 20
PLUGINS = ("xep_0012", "xep_0030", "xep_0049", "xep_0054", "xep_0092", "xep_0191", "xep_0199", "xep_0202", "xep_0203")
HOST, PORT, DOMAIN, MODE, CA_FILE, PREFIX = sys.argv[1:7]
MECHANISM = sys.argv[7] if len(sys.argv) > 7 else None


class Notes(ElementBase):
    name = "notes"
    namespace = "parley:interop:notes"
    plugin_attrib = "notes"
    interfaces = sub_interfaces = {"text"}


class Client(slixmpp.ClientXMPP):
    def __init__(self, user, password, register=False):
        config = {"feature_mechanisms": {"use_mech": MECHANISM}} if MECHANISM else {}
        super().__init__(f"{user}@{DOMAIN}/slixmpp", password, plugin_config=config)
        self.ca_certs = CA_FILE
        self.messages = []
        self.presences = []
        self.changed = asyncio.Event()
        self.end = None
        for plugin in PLUGINS:
            self.register_plugin(plugin)
        self["xep_0049"].register(Notes)
        if register:
            self.register_plugin("xep_0077")
            self["xep_0077"].force_registration = True
            # slixmpp 1.8.3 holds the registration's own requests back until the session that they are to make possible.
            self._always_send_everything = True
            self.add_event_handler("register", self.fill_registration)
        self.add_event_handler("message", self.note(self.messages))
        self.add_event_handler("message_error", self.note(self.messages))
        self.add_event_handler("presence", self.note(self.presences))
        for event in ("roster_update", "presence_subscribed"):
            self.add_event_handler(event, self.note(None))
        for event in ("session_start", "failed_all_auth", "disconnected", "connection_failed"):
            self.add_event_handler(event, self.ended(event))

    def get_ssl_context(self):
        context = super().get_ssl_context()
        context.check_hostname = False
        return context

    def note(self, log):
        def handler(stanza):
            if log is not None:
                log.append(stanza)
            self.changed.set()
        return handler

    def ended(self, event):
        def handler(_):
            if self.end is not None and not self.end.done():
                self.end.set_result(event)
        return handler

    async def fill_registration(self, _):
        self["xep_0077"].create_account = self["xep_0077"].force_registration = False
        iq = self.Iq()
        iq["type"] = "set"
        iq["register"]["username"] = self.boundjid.user
        iq["register"]["password"] = self.password
        await iq.send(timeout=TIMEOUT)

    async def login(self):
        """Connects; returns the event that ended the attempt: session_start where it went well."""
        self.end = asyncio.get_running_loop().create_future()
        self.connect((HOST, int(PORT)), use_ssl=MODE == "tls", disable_starttls=MODE == "tls")
        return await asyncio.wait_for(self.end, TIMEOUT)

    async def open(self):
        outcome = await self.login()
        assert outcome == "session_start", f"login of {self.boundjid} ended with {outcome}"
        secure = self.transport.get_extra_info("ssl_object")
        assert isinstance(secure, ssl.SSLObject), "the session is not under TLS"
        roster = await self.ask_roster()
        self.send_presence(pstatus="here")
        return roster

    async def ask_roster(self):
        answer = asyncio.get_running_loop().create_future()
        self.get_roster(callback=lambda iq: answer.done() or answer.set_result(iq))
        return await asyncio.wait_for(answer, TIMEOUT)

    async def close(self):
        await asyncio.wait_for(self.disconnect(), TIMEOUT)

    async def until(self, what, condition):
        """Waits until something that arrived makes the condition true."""
        async def wait():
            while not (found := condition()):
                self.changed.clear()
                await self.changed.wait()
            return found
        try:
            return await asyncio.wait_for(wait(), TIMEOUT)
        except asyncio.TimeoutError:
            raise AssertionError(f"{self.boundjid} waited in vain for {what}") from None

    def message_with(self, body):
        return lambda: next((m for m in self.messages if m["body"] == body), None)

    def presence_of(self, bare, kind="available", status="here"):
        return lambda: next((p for p in self.presences if p["from"].bare == bare and p["type"] == kind
                             and (kind == "unavailable" or p["status"] == status)), None)

    def subscription(self, bare):
        return self.client_roster[bare]["subscription"]


class Flow:
    def __init__(self):
        self.alice = Client(f"{PREFIX}-alice", "sésame 1", register=True)
        self.bob = Client(f"{PREFIX}-bob", "pencil", register=True)
        self.alice_jid = self.alice.boundjid.bare
        self.bob_jid = self.bob.boundjid.bare

    async def register(self):
        await self.alice.open()
        await self.bob.open()

    async def subscribe(self):
        self.alice.update_roster(self.bob_jid, name="Bob & co", groups=["Friends"])
        self.alice.send_presence_subscription(self.bob_jid)
        await self.alice.until("mutual subscription", lambda: self.alice.subscription(self.bob_jid) == "both")
        await self.bob.until("mutual subscription", lambda: self.bob.subscription(self.alice_jid) == "both")
        whole = self.alice.make_iq_get()
        whole.enable("roster")
        roster = (await whole.send(timeout=TIMEOUT))["roster"]["items"]
        item = roster[slixmpp.JID(self.bob_jid)]
        assert item["name"] == "Bob & co" and item["groups"] == ["Friends"], f"the roster keeps {item}"

    async def presence(self):
        self.alice.send_presence(pshow="away", pstatus="at lunch")
        self.bob.send_presence(pshow="chat", pstatus="bored")
        seen = await self.bob.until("presence", self.bob.presence_of(self.alice_jid, "away", "at lunch"))
        assert seen["show"] == "away"
        seen = await self.alice.until("presence", self.alice.presence_of(self.bob_jid, "chat", "bored"))
        assert seen["show"] == "chat"

    async def chat(self):
        self.alice.send_message(self.bob_jid, "hello <bob> & \U0001F44B", mtype="chat")
        got = await self.bob.until("a message", self.bob.message_with("hello <bob> & \U0001F44B"))
        assert got["from"] == self.alice.boundjid and got["type"] == "chat"
        got.reply("hello alice").send()
        got = await self.alice.until("a message", self.alice.message_with("hello alice"))
        assert got["from"] == self.bob.boundjid

    async def ping(self):
        await self.alice["xep_0199"].send_ping(DOMAIN, timeout=TIMEOUT)
        await self.alice["xep_0199"].send_ping(self.bob.boundjid, timeout=TIMEOUT)

    async def disco(self):
        info = await self.alice["xep_0030"].get_info(DOMAIN, timeout=TIMEOUT)
        features, identities = info["disco_info"]["features"], info["disco_info"]["identities"]
        assert any(i[0] == "server" and i[1] == "im" for i in identities), f"identities: {identities}"
        for feature in ("http://jabber.org/protocol/disco#info", "urn:xmpp:ping", "jabber:iq:version", "jabber:iq:private",
                        "vcard-temp", "urn:xmpp:blocking"):
            info = await self.alice["xep_0030"].get_info(self.alice_jid, timeout=TIMEOUT)
            assert feature in features or feature in info["disco_info"]["features"], f"{feature} is not among the features"
        await self.alice["xep_0030"].get_items(DOMAIN, timeout=TIMEOUT)

    async def version(self):
        answer = await self.alice["xep_0092"].get_version(DOMAIN, timeout=TIMEOUT)
        assert answer["software_version"]["name"], "the server has no name"

    async def time(self):
        answer = await self.alice["xep_0202"].get_entity_time(DOMAIN, timeout=TIMEOUT)
        # As text: slixmpp 1.8.3 appends a Z to the one that XEP-0202 asks for, and then cannot read it.
        utc = answer.xml.findtext("{urn:xmpp:time}time/{urn:xmpp:time}utc")
        assert utc.endswith("Z") and xep_0082.parse(utc), "the server has no time"

    async def uptime(self):
        answer = await self.alice["xep_0012"].get_last_activity(slixmpp.JID(DOMAIN), timeout=TIMEOUT)
        assert answer["last_activity"]["seconds"] >= 0

    async def vcard(self):
        card = self.alice["xep_0054"].make_vcard()
        card["FN"] = "Alice Æ"
        await self.alice["xep_0054"].publish_vcard(card, timeout=TIMEOUT)
        own = await self.alice["xep_0054"].get_vcard(self.alice_jid, timeout=TIMEOUT)
        assert own["vcard_temp"]["FN"] == "Alice Æ", "own vcard is lost"
        other = await self.bob["xep_0054"].get_vcard(self.alice_jid, timeout=TIMEOUT)
        assert other["vcard_temp"]["FN"] == "Alice Æ", "the contact's vcard is lost"

    async def private_xml(self):
        notes = Notes()
        notes["text"] = "buy milk"
        await self.alice["xep_0049"].store(notes, timeout=TIMEOUT)
        answer = await self.alice["xep_0049"].retrieve("notes", timeout=TIMEOUT)
        text = answer.xml.findtext(".//{parley:interop:notes}text")
        assert text == "buy milk", f"private XML is lost: {answer}"

    async def blocking(self):
        blocking = self.alice["xep_0191"]
        await blocking.block(slixmpp.JID(self.bob_jid), timeout=TIMEOUT)
        listed = await blocking.get_blocked(timeout=TIMEOUT)
        assert self.bob_jid in {str(jid) for jid in listed["blocklist"]["items"]}, "the block list is lost"
        await self.bob.until("alice to seem offline", self.bob.presence_of(self.alice_jid, "unavailable"))
        self.bob.send_message(self.alice_jid, "are you there?", mtype="chat")
        refusal = await self.bob.until("the refusal", lambda: next((m for m in self.bob.messages if m["type"] == "error"), None))
        assert refusal["error"]["condition"] == "service-unavailable", f"refused with {refusal['error']['condition']}"
        self.bob.presences.clear()
        await blocking.unblock(slixmpp.JID(self.bob_jid), timeout=TIMEOUT)
        await self.bob.until("alice to be back", self.bob.presence_of(self.alice_jid, "away", "at lunch"))
        self.bob.send_message(self.alice_jid, "and now?", mtype="chat")
        await self.alice.until("a message", self.alice.message_with("and now?"))
        assert not self.alice.message_with("are you there?")(), "a blocked message arrived"

    async def roster_versions(self):
        before = await self.bob.ask_roster()
        version = self.bob.client_roster.version
        assert version, f"the roster has no version: {before}"
        await self.bob.close()
        again = await self.bob.open()
        assert not again["roster"]["items"], f"an unchanged roster was sent again: {again}"
        self.bob.presences.clear()

    async def offline(self):
        self.alice.presences.clear()
        await self.bob.close()
        await self.alice.until("bob to leave", self.alice.presence_of(self.bob_jid, "unavailable"))
        for body in ("while you were out 1", "while you were out 2"):
            self.alice.send_message(self.bob_jid, body, mtype="chat")
        await self.alice["xep_0199"].send_ping(DOMAIN, timeout=TIMEOUT)
        await self.bob.open()
        await self.bob.until("the second message", self.bob.message_with("while you were out 2"))
        stored = [m for m in self.bob.messages if m["body"].startswith("while you were out")]
        assert [m["body"][-1] for m in stored] == ["1", "2"], "offline messages are out of order"
        assert all(m["delay"]["stamp"] for m in stored), "offline messages say no time"

    async def last_activity(self):
        self.alice.presences.clear()
        await self.bob.close()
        await self.alice.until("bob to leave", self.alice.presence_of(self.bob_jid, "unavailable"))
        answer = await self.alice["xep_0012"].get_last_activity(slixmpp.JID(self.bob_jid), timeout=TIMEOUT)
        assert 0 <= answer["last_activity"]["seconds"] < 60, answer["last_activity"]["seconds"]

    async def password(self):
        old = self.alice.password
        await self.alice["xep_0077"].change_password("neu", timeout=TIMEOUT)
        await self.alice.close()
        stale = Client(f"{PREFIX}-alice", old)
        assert await stale.login() != "session_start", "the old password still works"
        self.alice = Client(f"{PREFIX}-alice", "neu")
        self.alice.register_plugin("xep_0077")
        self.alice["xep_0077"].create_account = False
        await self.alice.open()

    async def removal(self):
        try:
            await self.alice["xep_0077"].cancel_registration(timeout=TIMEOUT)
        except IqError as error:
            raise AssertionError(f"removal was refused: {error.condition}") from None
        if self.alice.is_connected():
            await self.alice.close()
        gone = Client(f"{PREFIX}-alice", "neu")
        assert await gone.login() != "session_start", "the account is still there"

    async def run(self):
        for step in ("register", "subscribe", "presence", "chat", "ping", "disco", "version", "time", "uptime", "vcard", "private_xml",
                     "blocking", "roster_versions", "offline", "last_activity", "password", "removal"):
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
