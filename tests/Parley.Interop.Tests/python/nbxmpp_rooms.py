"""rooms_flow.py by nbxmpp, whose loop is GLib's: it turns within asyncio's here."""
import asyncio
import os
import sys

from gi.repository import GLib
from nbxmpp.client import Client
from nbxmpp.const import AvatarState, ConnectionProtocol, ConnectionType, InviteType
from nbxmpp.modules.dataforms import SimpleDataForm, extend_form
from nbxmpp.modules.vcard_temp import VCard
from nbxmpp.namespaces import Namespace
from nbxmpp.protocol import JID, Iq, Message
from nbxmpp.structs import StanzaHandler

from rooms_flow import Flow
from rooms_guest import DOMAIN, HOST, PORT, TIMEOUT, AskedForVoice, Declined, Guest, Invited, Pictured, Refused, Retracted, RetractedAsOfOld, Said, Seen

# How often GLib's loop is looked at, in seconds.
TURN = 0.002
PAGE = 3
RETRACT, MODERATE = "urn:xmpp:message-retract:1", "urn:xmpp:message-moderate:1"


async def turn_glib():
    context = GLib.MainContext.default()
    while True:
        while context.iteration(False):
            pass
        await asyncio.sleep(TURN)


def text(value):
    return str(value) if value is not None else None


class NbxmppGuest(Guest):
    def __init__(self, user, resource):
        super().__init__(user, resource)
        self.client = None
        self.results = []

    @property
    def muc(self):
        return self.client.get_module("MUC")

    async def open(self):
        self.client = Client(log_context=self.full)
        self.client.set_domain(DOMAIN)
        self.client.set_username(self.user)
        self.client.set_resource(self.resource)
        self.client.set_password(self.user)
        self.client.set_custom_host(f"{HOST}:{PORT}", ConnectionProtocol.TCP, ConnectionType.START_TLS)
        # The certificate is not what is tested here.
        self.client.set_ignore_tls_errors(True)
        for event in ("connected", "connection-failed", "disconnected"):
            self.client.subscribe(event, self.ended)
        # Behind the library's own, which fill the properties.
        self.client.register_handler(StanzaHandler(name="presence", callback=self.on_presence, priority=100))
        self.client.register_handler(StanzaHandler(name="message", callback=self.on_message, priority=100))
        self.end = asyncio.get_running_loop().create_future()
        self.client.connect()
        assert await asyncio.wait_for(self.end, TIMEOUT) == "connected"
        self.client.get_module("BasePresence").send()
        await self.ping()

    def ended(self, _client, event, *_):
        if not self.end.done():
            self.end.set_result(event)

    async def close(self):
        self.end = asyncio.get_running_loop().create_future()
        self.client.disconnect()
        await asyncio.wait_for(self.end, TIMEOUT)

    def on_presence(self, _client, _stanza, properties):
        jid = properties.jid
        if properties.type.is_error:
            self.heard(Seen(str(jid.new_as_bare()), jid.resource, False, error=properties.error.condition))
            return
        if properties.avatar_state is AvatarState.ADVERTISED and jid.is_bare:
            self.heard(Pictured(str(jid), properties.avatar_sha))
        if not properties.from_muc:
            return
        user, destroyed = properties.muc_user, properties.muc_destroyed
        seen = Seen(
            str(properties.muc_jid), jid.resource, properties.type.is_available, {int(code.value) for code in properties.muc_status_codes or ()},
            occupant=properties.occupant_id)
        if destroyed is not None:
            seen.destroyed, seen.alternate = True, text(destroyed.alternate)
            # The library looks for the reason beside <destroy/>, not in it.
            seen.reason = _stanza.getTag("x", namespace=Namespace.MUC_USER).getTag("destroy").getTagData("reason")
        elif user is not None:
            seen.role, seen.affiliation, seen.jid = user.role.value, user.affiliation.value, text(user.jid)
            seen.new_nick, seen.actor, seen.reason = user.nick, user.actor, user.reason
        self.heard(seen)

    def on_message(self, _client, stanza, properties):
        if properties.is_mam_message:
            self.results.append((properties.mam.id, properties.muc_nickname, properties.body))
        elif (invite := properties.muc_invite) is not None:
            self.heard(Invited(str(invite.muc), str(invite.from_), invite.type is InviteType.DIRECT, invite.reason))
        elif (decline := properties.muc_decline) is not None:
            self.heard(Declined(str(decline.muc), str(decline.from_), decline.reason))
        elif (request := properties.voice_request) is not None:
            self.heard(AskedForVoice(str(properties.muc_jid), request.nick, str(request.jid), request))
        elif (retract := stanza.getTag("retract", namespace=RETRACT)) is not None:
            if (old := properties.moderation) is not None:
                self.heard(RetractedAsOfOld(str(properties.muc_jid), old.stanza_id, text(old.moderator_jid), old.reason))
            moderated = retract.getTag("moderated", namespace=MODERATE)
            self.heard(Retracted(
                str(properties.muc_jid), properties.muc_nickname, retract.getAttr("id"), moderated.getAttr("by") if moderated is not None else None,
                retract.getTagData("reason")))
        else:
            jid = properties.jid
            room = str(jid.new_as_bare())
            ids = [s.id for s in (properties.stanza_ids or []) if str(s.by) == room]
            subject = properties.muc_subject
            self.heard(Said(
                room, jid.resource, properties.type.value, properties.body, (subject.text or "") if subject is not None else None,
                ids[0] if ids else None, stanza.getTag("delay", namespace=Namespace.DELAY2) is not None,
                {int(code.value) for code in properties.muc_status_codes or ()}, properties.occupant_id,
                properties.error.condition if properties.type.is_error else None))

    @staticmethod
    async def outcome(request, *arguments, **named):
        answer = asyncio.get_running_loop().create_future()

        # The library keeps the function weakly, and the result no longer than the call.
        def done(task):
            try:
                answer.set_result(task.finish())
            except Exception as error:  # pylint: disable=broad-except
                answer.set_exception(Refused(error.condition) if hasattr(error, "condition") else error)

        request(*arguments, callback=done, **named)
        return await asyncio.wait_for(answer, TIMEOUT)

    async def ping(self, to=DOMAIN):
        await self.outcome(self.client.get_module("Ping").ping, JID.from_string(to))

    async def enter(self, room, nick, history=None, since=None, password=None):
        # The library leaves it to its user to know when it is in.
        before = len(self.heard_all)
        limits = {"maxstanzas": history} if history is not None else {"since": since.strftime("%Y-%m-%dT%H:%M:%SZ")} if since else None
        self.client.get_module("BasePresence").send(jid=f"{room}/{nick}", muc=True, muc_history=limits, muc_password=password)
        answer = await self.until("to be in", Seen, lambda s: (s.error or 110 in s.codes) and self.heard_all.index(s) >= before, room=room)
        if answer.error:
            raise Refused(answer.error)

    async def leave(self, room, nick):
        self.client.get_module("BasePresence").send(jid=f"{room}/{nick}", typ="unavailable")
        await self.until("the way out", Seen, lambda s: 110 in s.codes, room=room, nick=nick, available=False)

    async def accept_defaults(self, room):
        await self.outcome(self.muc.set_config, room, SimpleDataForm(type_="submit"))

    async def form(self, room):
        form = (await self.outcome(self.muc.request_config, room)).form
        return {f.var: f.values if hasattr(f, "values") else f.value for f in form.iter_fields()}

    async def configure(self, room, values):
        form = (await self.outcome(self.muc.request_config, room)).form
        for name, value in values.items():
            form[name].value = value
        await self.outcome(self.muc.set_config, room, form.get_purged())

    def say(self, room, body):
        self.client.send_stanza(Message(to=room, body=body, typ="groupchat"))

    def whisper(self, room, nick, body):
        message = Message(to=f"{room}/{nick}", body=body, typ="chat")
        message.addChild("x", namespace=Namespace.MUC_USER)
        self.client.send_stanza(message)

    def change_subject(self, room, subject):
        self.muc.set_subject(room, subject)

    def change_nick(self, room, nick):
        self.client.get_module("BasePresence").send(jid=f"{room}/{nick}")

    async def set_role(self, room, nick, role, reason=None):
        await self.outcome(self.muc.set_role, room, nick, role, reason)

    async def set_affiliation(self, room, jid, affiliation, reason=None):
        await self.outcome(self.muc.set_affiliation, room, {jid: {"affiliation": affiliation, "reason": reason}})

    async def affiliated(self, room, affiliation):
        return {str(jid) for jid in (await self.outcome(self.muc.get_affiliation, room, affiliation)).users}

    async def request(self, iq):
        answer = asyncio.get_running_loop().create_future()
        self.client.send_stanza(iq, callback=lambda _client, stanza, **_: answer.set_result(stanza))
        stanza = await asyncio.wait_for(answer, TIMEOUT)
        if stanza.getType() == "error":
            raise Refused(stanza.getError())
        return stanza

    async def set_affiliations(self, room, affiliations):
        users = {jid: {"affiliation": affiliation} for jid, affiliation in affiliations.items()}
        await self.outcome(self.muc.set_affiliation, room, users)

    async def with_role(self, room, role):
        iq = Iq("get", Namespace.MUC_ADMIN, to=room)
        iq.getQuery().addChild("item", attrs={"role": role})
        return {item.getAttr("nick") for item in (await self.request(iq)).getQuery().getTags("item")}

    async def set_avatar(self, room, image):
        card = VCard()
        card.set_avatar(image, "image/png")
        await self.outcome(self.client.get_module("VCardTemp").set_vcard, card, room)

    async def avatar(self, room):
        return (await self.outcome(self.client.get_module("VCardTemp").request_vcard, room)).get_avatar()[0]

    def retract(self, room, id):
        message = Message(to=room, typ="groupchat")
        message.addChild("retract", namespace=RETRACT, attrs={"id": id})
        self.client.send_stanza(message)

    async def moderate(self, room, id, reason):
        iq = Iq("set", to=room)
        moderate = iq.addChild("moderate", namespace=MODERATE, attrs={"id": id})
        moderate.addChild("retract", namespace=RETRACT)
        moderate.setTagData("reason", reason)
        await self.request(iq)

    async def moderate_as_of_old(self, room, id, reason):
        await self.outcome(self.client.get_module("Moderation").send_retract_request, room, id, reason)
        return True

    def ask_for_voice(self, room):
        self.muc.request_voice(room)

    def grant_voice(self, request):
        self.muc.approve_voice_request(request.room, request.form)

    def invite(self, room, jid, reason, direct=False):
        self.muc.invite(room, jid, None, reason, type_=InviteType.DIRECT if direct else InviteType.MEDIATED)

    def decline(self, room, inviter, reason):
        self.muc.decline(room, inviter, reason)

    async def destroy(self, room, reason, alternate):
        await self.outcome(self.muc.destroy, room, reason, alternate)

    async def registration_form(self, room):
        # The library's own function knows the forms of servers alone, by their FORM_TYPE.
        stanza = await self.request(Iq("get", Namespace.REGISTER, to=room))
        return extend_form(stanza.getTag("query", namespace=Namespace.REGISTER).getTag("x", namespace=Namespace.DATA))

    async def registration(self, room):
        return set((await self.registration_form(room)).vars)

    async def register(self, room, nick):
        form = await self.registration_form(room)
        form["muc#register_roomnick"].value = nick
        form.type_ = "submit"
        await self.outcome(self.client.get_module("Register").submit_register_form, form, room)

    async def unregister(self, room):
        await self.outcome(self.client.get_module("Register").unregister, room)

    async def items(self, jid):
        return [(item.jid, item.name) for item in (await self.outcome(self.client.get_module("Discovery").disco_items, jid)).items]

    async def info(self, jid):
        info = await self.outcome(self.client.get_module("Discovery").disco_info, jid)
        fields = {f.var: f.value for form in info.dataforms for f in form.iter_fields() if hasattr(f, "value")}
        return [(i.category, i.type, i.name) for i in info.identities], set(info.features), fields

    async def history(self, room, after=None):
        found, complete = [], False
        while not complete:
            self.results.clear()
            data = await self.outcome(self.client.get_module("MAM").make_query, room, queryid="page", after=after, max_=PAGE)
            found += self.results
            complete, after = data.complete, data.rsm.last
        return found


async def main():
    turning = asyncio.create_task(turn_glib())
    code = await Flow(NbxmppGuest).run()
    turning.cancel()
    return code

if __name__ == "__main__":
    code = asyncio.run(main())
    sys.stdout.flush()
    os._exit(code)
