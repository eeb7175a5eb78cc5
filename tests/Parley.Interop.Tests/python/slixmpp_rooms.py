"""rooms_flow.py by slixmpp."""
import asyncio
import os
import sys

import slixmpp
from slixmpp.exceptions import IqError, PresenceError
from slixmpp.plugins.xep_0004 import Form
from slixmpp.xmlstream import ET
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

from rooms_flow import Flow
from rooms_guest import CA_FILE, HOST, PORT, TIMEOUT, AskedForVoice, Declined, Guest, Invited, Pictured, Refused, Retracted, RetractedAsOfOld, Said, Seen

PLUGINS = ("xep_0004", "xep_0030", "xep_0045", "xep_0054", "xep_0059", "xep_0077", "xep_0199", "xep_0203", "xep_0249", "xep_0313", "xep_0359", "xep_0421", "xep_0425")
REQUEST = "http://jabber.org/protocol/muc#request"
RETRACT, MODERATE = "urn:xmpp:message-retract:1", "urn:xmpp:message-moderate:1"


class Client(slixmpp.ClientXMPP):
    def get_ssl_context(self):
        context = super().get_ssl_context()
        context.check_hostname = False
        return context


def part(stanza, *names):
    """A part of a stanza where it is there; asking for it by index would make it."""
    for name in names:
        stanza = stanza.get_plugin(name, check=True) if stanza is not None else None
    return stanza


def occupant_id(stanza):
    found = part(stanza, "occupant-id")
    return found["id"] if found is not None else None


class SlixmppGuest(Guest):
    def __init__(self, user, resource):
        super().__init__(user, resource)
        self.client = None

    @property
    def muc(self):
        return self.client["xep_0045"]

    async def open(self):
        self.client = Client(self.full, self.user)
        self.client.ca_certs = CA_FILE
        for plugin in PLUGINS:
            self.client.register_plugin(plugin, {"create_account": False} if plugin == "xep_0077" else None)
        # It fails by asking its plugin for what that has not.
        self.client.remove_handler("MUCDecline")
        self.client.register_handler(Callback("presences", MatchXPath("{jabber:client}presence"), self.on_presence))
        self.client.register_handler(Callback("messages", MatchXPath("{jabber:client}message"), self.on_message))
        self.client.add_event_handler("moderated_message", self.on_moderated)
        end = asyncio.get_running_loop().create_future()
        for event in ("session_start", "failed_all_auth"):
            self.client.add_event_handler(event, lambda _, event=event: end.done() or end.set_result(event))
        self.client.connect((HOST, int(PORT)))
        assert await asyncio.wait_for(end, TIMEOUT) == "session_start"
        self.client.send_presence()
        await self.ping()

    async def close(self):
        await asyncio.wait_for(self.client.disconnect(), TIMEOUT)

    def on_presence(self, presence):
        sender = presence["from"]
        if presence["type"] == "error":
            self.heard(Seen(sender.bare, sender.resource, False, error=presence["error"]["condition"]))
            return
        picture = presence.xml.find("{vcard-temp:x:update}x/{vcard-temp:x:update}photo")
        if picture is not None and not sender.resource:
            self.heard(Pictured(sender.bare, picture.text))
        user = part(presence, "muc")
        if user is None:
            return
        item, destroy = part(user, "item"), part(user, "destroy")
        actor = part(item, "actor")
        self.heard(Seen(
            sender.bare, sender.resource, presence["type"] != "unavailable", user["status_codes"], user["role"], user["affiliation"],
            jid=user["jid"].bare or None, new_nick=item and item["nick"] or None, actor=actor["nick"] if actor is not None else None,
            reason=destroy["reason"] if destroy is not None else item is not None and item["reason"] or None,
            destroyed=destroy is not None, alternate=destroy["jid"] if destroy is not None else None, occupant=occupant_id(presence)))

    def on_moderated(self, message):
        fastened = message["apply_to"]
        moderated = fastened["moderated"]
        self.heard(RetractedAsOfOld(message["from"].bare, fastened["id"], moderated["by"], moderated["reason"]))

    def on_message(self, message):
        sender = message["from"]
        user, direct, form = part(message, "muc"), part(message, "groupchat_invite"), part(message, "form")
        invite, decline = part(user, "invite"), part(user, "decline")
        retract = message.xml.find(f"{{{RETRACT}}}retract")
        if message.xml.find("{urn:xmpp:mam:2}result") is not None:
            return
        if retract is not None:
            moderated = retract.find(f"{{{MODERATE}}}moderated")
            self.heard(Retracted(
                sender.bare, sender.resource or None, retract.get("id"), moderated.get("by") if moderated is not None else None,
                retract.findtext(f"{{{RETRACT}}}reason")))
        elif invite is not None:
            self.heard(Invited(sender.bare, str(invite["from"]), False, invite["reason"]))
        elif decline is not None:
            self.heard(Declined(sender.bare, str(decline["from"]), decline["reason"]))
        elif direct is not None:
            self.heard(Invited(direct["jid"], str(sender), True, direct["reason"]))
        # Hidden fields have lists of values.
        elif form is not None and form.get_values().get("FORM_TYPE") == [REQUEST]:
            values = form.get_values()
            self.heard(AskedForVoice(sender.bare, values["muc#roomnick"], str(values["muc#jid"]), form))
        else:
            ids = [e.get("id") for e in message.xml.findall("{urn:xmpp:sid:0}stanza-id") if e.get("by") == sender.bare]
            self.heard(Said(
                sender.bare, sender.resource or None, message["type"],
                message["body"] if message.xml.find("{jabber:client}body") is not None else None,
                message["subject"] if message.xml.find("{jabber:client}subject") is not None else None,
                ids[0] if ids else None, part(message, "delay") is not None, user["status_codes"] if user is not None else set(), occupant_id(message),
                message["error"]["condition"] if message["type"] == "error" else None))

    @staticmethod
    async def outcome(awaitable):
        try:
            return await awaitable
        except (IqError, PresenceError) as error:
            raise Refused(error.condition) from None

    async def ping(self, to=None):
        await self.outcome(self.client["xep_0199"].send_ping(slixmpp.JID(to or self.client.boundjid.domain), timeout=TIMEOUT))

    async def enter(self, room, nick, history=None, since=None, password=None):
        await self.outcome(self.muc.join_muc_wait(slixmpp.JID(room), nick, password=password, maxstanzas=history, since=since, timeout=TIMEOUT))

    async def leave(self, room, nick):
        self.muc.leave_muc(slixmpp.JID(room), nick)
        await self.until("the way out", Seen, lambda s: 110 in s.codes, room=room, nick=nick, available=False)

    def roster(self, room):
        return {nick: (entry["role"], entry["affiliation"]) for nick, entry in self.muc.rooms[slixmpp.JID(room)].items()}

    async def accept_defaults(self, room):
        await self.outcome(self.muc.set_room_config(slixmpp.JID(room), Form(), timeout=TIMEOUT))

    async def form(self, room):
        form = await self.outcome(self.muc.get_room_config(slixmpp.JID(room), timeout=TIMEOUT))
        return form.get_values()

    async def configure(self, room, values):
        form = await self.outcome(self.muc.get_room_config(slixmpp.JID(room), timeout=TIMEOUT))
        form.reply()
        form.set_values(values)
        await self.outcome(self.muc.set_room_config(slixmpp.JID(room), form, timeout=TIMEOUT))

    def say(self, room, body):
        self.client.send_message(slixmpp.JID(room), body, mtype="groupchat")

    def whisper(self, room, nick, body):
        message = self.client.make_message(slixmpp.JID(f"{room}/{nick}"), body, mtype="chat")
        message.enable("muc")
        message.send()

    def change_subject(self, room, subject):
        self.muc.set_subject(slixmpp.JID(room), subject)

    def change_nick(self, room, nick):
        self.client.send_presence(pto=slixmpp.JID(f"{room}/{nick}"))

    async def set_role(self, room, nick, role, reason=None):
        await self.outcome(self.muc.set_role(slixmpp.JID(room), nick, role, reason=reason or "", timeout=TIMEOUT))

    async def set_affiliation(self, room, jid, affiliation, reason=None):
        await self.outcome(self.muc.set_affiliation(slixmpp.JID(room), affiliation, jid=slixmpp.JID(jid), reason=reason or "", timeout=TIMEOUT))

    async def affiliated(self, room, affiliation):
        return {str(jid) for jid in await self.outcome(self.muc.get_affiliation_list(slixmpp.JID(room), affiliation, timeout=TIMEOUT))}

    async def set_affiliations(self, room, affiliations):
        pairs = [(slixmpp.JID(jid), affiliation) for jid, affiliation in affiliations.items()]
        await self.outcome(self.muc.send_affiliation_list(slixmpp.JID(room), pairs, timeout=TIMEOUT))

    async def with_role(self, room, role):
        return set(await self.outcome(self.muc.get_roles_list(slixmpp.JID(room), role, timeout=TIMEOUT)))

    async def set_avatar(self, room, image):
        card = self.client["xep_0054"].make_vcard()
        card["PHOTO"]["TYPE"] = "image/png"
        card["PHOTO"]["BINVAL"] = image
        await self.outcome(self.client["xep_0054"].publish_vcard(card, slixmpp.JID(room), timeout=TIMEOUT))

    async def avatar(self, room):
        answer = await self.outcome(self.client["xep_0054"].get_vcard(slixmpp.JID(room), timeout=TIMEOUT))
        return answer["vcard_temp"]["PHOTO"]["BINVAL"]

    def retract(self, room, id):
        message = self.client.make_message(slixmpp.JID(room), mtype="groupchat")
        message.append(ET.Element(f"{{{RETRACT}}}retract", {"id": id}))
        message.send()

    async def moderate(self, room, id, reason):
        iq = self.client.make_iq_set(ito=slixmpp.JID(room))
        moderate = ET.Element(f"{{{MODERATE}}}moderate", {"id": id})
        ET.SubElement(moderate, f"{{{RETRACT}}}retract")
        ET.SubElement(moderate, f"{{{MODERATE}}}reason").text = reason
        iq.append(moderate)
        await self.outcome(iq.send(timeout=TIMEOUT))

    async def moderate_as_of_old(self, room, id, reason):
        await self.outcome(self.client["xep_0425"].moderate(slixmpp.JID(room), id, reason, timeout=TIMEOUT))
        return True

    def ask_for_voice(self, room):
        self.muc.request_voice(slixmpp.JID(room), "participant")

    def grant_voice(self, request):
        message = self.client.make_message(slixmpp.JID(request.room))
        form = request.form
        form.reply()
        form.set_values({"muc#request_allow": True})
        message.append(form)
        message.send()

    def invite(self, room, jid, reason, direct=False):
        if direct:
            self.client["xep_0249"].send_invitation(slixmpp.JID(jid), slixmpp.JID(room), reason=reason)
        else:
            self.muc.invite(slixmpp.JID(room), slixmpp.JID(jid), reason)

    def decline(self, room, inviter, reason):
        self.muc.decline(slixmpp.JID(room), slixmpp.JID(inviter), reason)

    async def destroy(self, room, reason, alternate):
        await self.outcome(self.muc.destroy(slixmpp.JID(room), reason, alternate, timeout=TIMEOUT))

    async def registration(self, room):
        answer = await self.outcome(self.client["xep_0077"].get_registration(slixmpp.JID(room), timeout=TIMEOUT))
        return set(answer["register"]["form"].get_fields())

    async def register(self, room, nick):
        answer = await self.outcome(self.client["xep_0077"].get_registration(slixmpp.JID(room), timeout=TIMEOUT))
        form = answer["register"]["form"]
        form.reply()
        form.set_values({"muc#register_roomnick": nick})
        iq = self.client.make_iq_set(ito=slixmpp.JID(room))
        iq.enable("register")
        iq["register"].append(form)
        await self.outcome(iq.send(timeout=TIMEOUT))

    async def unregister(self, room):
        await self.outcome(self.client["xep_0077"].cancel_registration(slixmpp.JID(room), timeout=TIMEOUT))

    async def items(self, jid):
        answer = await self.outcome(self.client["xep_0030"].get_items(slixmpp.JID(jid), timeout=TIMEOUT))
        return [(str(item[0]), item[2]) for item in answer["disco_items"]["items"]]

    async def info(self, jid):
        answer = await self.outcome(self.client["xep_0030"].get_info(slixmpp.JID(jid), timeout=TIMEOUT))
        info = answer["disco_info"]
        form = info.xml.find("{jabber:x:data}x")
        fields = Form(form).get_values() if form is not None else {}
        return [(i[0], i[1], i[3]) for i in info["identities"]], info["features"], fields

    async def history(self, room, after=None):
        rsm = {"max": 3, **({"after": after} if after else {})}
        found = []
        async for message in self.client["xep_0313"].iterate(slixmpp.JID(room), rsm=rsm):
            inner = message["mam_result"]["forwarded"]["stanza"]
            found.append((message["mam_result"]["id"], inner["from"].resource, inner["body"] or None))
        return found


if __name__ == "__main__":
    # slixmpp keeps the loop that is current when it is imported.
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    code = loop.run_until_complete(Flow(SlixmppGuest).run())
    sys.stdout.flush()
    os._exit(code)
