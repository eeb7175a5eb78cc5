"""rooms_flow.py by aioxmpp, which knows no message archive: its queries are elements of its own declaration here."""
import asyncio
import os
import sys

import aioxmpp
import aioxmpp.connector
import aioxmpp.disco
import aioxmpp.forms
import aioxmpp.ibr
import aioxmpp.im
import aioxmpp.misc
import aioxmpp.muc
import aioxmpp.muc.xso as muc_xso
import aioxmpp.ping
import aioxmpp.rsm.xso
import aioxmpp.vcard
from aioxmpp import JID, xso
from aioxmpp.muc import LeaveMode

from rooms_flow import Flow
from rooms_guest import HOST, PORT, TIMEOUT, AskedForVoice, Declined, Guest, Invited, Pictured, Refused, Retracted, Said, Seen

MAM = "urn:xmpp:mam:2"
OCCUPANT_ID = "urn:xmpp:occupant-id:0"
RETRACT, MODERATE = "urn:xmpp:message-retract:1", "urn:xmpp:message-moderate:1"
PAGE = 3
# How the library names the codes of those who leave.
MODES = {307: LeaveMode.KICKED, 301: LeaveMode.BANNED, 321: LeaveMode.AFFILIATION_CHANGE, 322: LeaveMode.MODERATION_CHANGE}


class OccupantId(xso.XSO):
    TAG = (OCCUPANT_ID, "occupant-id")
    id_ = xso.Attr("id")


aioxmpp.Message.parley_occupant_id = xso.Child([OccupantId])
aioxmpp.Presence.parley_occupant_id = xso.Child([OccupantId])


@aioxmpp.IQ.as_payload_class
class Query(xso.XSO):
    TAG = (MAM, "query")
    rsm = xso.Child([aioxmpp.rsm.xso.ResultSetMetadata])


@aioxmpp.IQ.as_payload_class
class Fin(xso.XSO):
    TAG = (MAM, "fin")
    complete = xso.Attr("complete", type_=xso.Bool(), default=False)
    rsm = xso.Child([aioxmpp.rsm.xso.ResultSetMetadata])


class Result(xso.XSO):
    TAG = (MAM, "result")
    id_ = xso.Attr("id")
    forwarded = xso.Child([aioxmpp.misc.Forwarded])


aioxmpp.Message.parley_mam_result = xso.Child([Result])

class Moderated(xso.XSO):
    TAG = (MODERATE, "moderated")
    by = xso.Attr("by", default=None)


class Retract(xso.XSO):
    TAG = (RETRACT, "retract")
    id_ = xso.Attr("id", default=None)
    moderated = xso.Child([Moderated])
    reason = xso.ChildText((RETRACT, "reason"), default=None)


aioxmpp.Message.parley_retract = xso.Child([Retract])


@aioxmpp.IQ.as_payload_class
class Moderate(xso.XSO):
    TAG = (MODERATE, "moderate")
    id_ = xso.Attr("id")
    retract = xso.Child([Retract])
    reason = xso.ChildText((MODERATE, "reason"), default=None)


# The library knows forms of registration with the server alone.
aioxmpp.ibr.Query.parley_form = xso.Child([aioxmpp.forms.Data])


def text(value):
    return str(value) if value is not None else None


def any_of(texts):
    return (texts.any() or "") if texts else None


def condition(error):
    return error.condition.value[1] if error is not None else None


class AioxmppGuest(Guest):
    def __init__(self, user, resource):
        super().__init__(user, resource)
        self.client = None
        self.rooms = {}
        self.exits = {}
        self.results = []

    async def open(self):
        self.client = aioxmpp.Client(
            JID.fromstr(self.full),
            # Its own checks know no authority given as a file; the certificate is not what is tested here.
            aioxmpp.make_security_layer(self.user, no_verify=True),
            override_peer=[(HOST, int(PORT), aioxmpp.connector.STARTTLSConnector())])
        self.disco = self.client.summon(aioxmpp.DiscoClient)
        self.muc = self.client.summon(aioxmpp.MUCClient)
        self.cards = self.client.summon(aioxmpp.vcard.VCardService)
        self.muc.on_muc_invitation.connect(self.on_invitation)
        self.client.stream.service_inbound_presence_filter.register(self.on_presence, 1)
        self.client.stream.service_inbound_message_filter.register(self.on_message, 1)
        established = asyncio.get_running_loop().create_future()
        self.client.on_stream_established.connect(lambda: established.done() or established.set_result(True))
        self.client.on_failure.connect(lambda error: established.done() or established.set_exception(error))
        self.client.start()
        await asyncio.wait_for(established, TIMEOUT)
        self.client.enqueue(aioxmpp.Presence(type_=aioxmpp.PresenceType.AVAILABLE))
        await self.ping()

    async def close(self):
        stopped = asyncio.get_running_loop().create_future()
        self.client.on_stopped.connect(lambda: stopped.done() or stopped.set_result(True))
        self.client.stop()
        await asyncio.wait_for(stopped, TIMEOUT)
        self.rooms.clear()

    def on_presence(self, presence):
        jid = presence.from_
        if presence.type_ is aioxmpp.PresenceType.ERROR:
            self.heard(Seen(str(jid.bare()), jid.resource, False, error=condition(presence.error)))
        elif jid.is_bare and presence.xep0153_x is not None:
            self.heard(Pictured(str(jid), presence.xep0153_x.photo))
        elif (user := presence.xep0045_muc_user) is not None:
            item = user.items[0] if user.items else None
            destroy = user.destroy
            seen = Seen(
                str(jid.bare()), jid.resource, presence.type_ is aioxmpp.PresenceType.AVAILABLE, {int(code) for code in user.status_codes},
                destroyed=destroy is not None, alternate=text(destroy.jid) if destroy is not None else None,
                occupant=presence.parley_occupant_id.id_ if presence.parley_occupant_id else None)
            if item is not None:
                seen.role, seen.affiliation, seen.jid, seen.new_nick, seen.reason = item.role, item.affiliation, text(item.bare_jid), item.nick, item.reason
                seen.actor = item.actor.nick if item.actor is not None else None
            if destroy is not None:
                seen.reason = destroy.reason
            self.heard(seen)
        return presence

    def on_message(self, message):
        jid = message.from_
        user = message.xep0045_muc_user
        if message.parley_mam_result is not None:
            self.results.append(message.parley_mam_result)
        elif (retract := message.parley_retract) is not None:
            moderator = retract.moderated.by if retract.moderated is not None else None
            self.heard(Retracted(str(jid.bare()), jid.resource, retract.id_, moderator, retract.reason))
        elif user is not None and user.decline is not None:
            self.heard(Declined(str(jid.bare()), str(user.decline.from_), user.decline.reason))
        elif message.xep0249_direct_invite is None and not (user is not None and user.invites) and not message.xep0004_data:
            ids = [s.id_ for s in message.xep0359_stanza_ids if s.by == jid.bare()]
            self.heard(Said(
                str(jid.bare()), jid.resource, message.type_.value or "normal", any_of(message.body), any_of(message.subject),
                ids[0] if ids else None, bool(message.xep0203_delay), {int(code) for code in user.status_codes} if user is not None else set(),
                message.parley_occupant_id.id_ if message.parley_occupant_id else None, condition(message.error)))
        return message

    def on_invitation(self, _stanza, room, inviter, mode, *, reason=None, **_):
        self.heard(Invited(str(room), str(inviter), mode is aioxmpp.im.InviteMode.DIRECT, reason))

    @staticmethod
    async def outcome(awaitable):
        try:
            return await asyncio.wait_for(awaitable, TIMEOUT)
        except aioxmpp.errors.XMPPError as error:
            raise Refused(error.condition.value[1]) from None

    async def ping(self, to=None):
        peer = JID.fromstr(to) if to else self.client.local_jid.replace(localpart=None, resource=None)
        await self.outcome(aioxmpp.ping.ping(self.client, peer))

    async def enter(self, room, nick, history=None, since=None, password=None):
        limits = muc_xso.History(maxstanzas=history, since=since) if history is not None or since else None
        entered, done = self.muc.join(JID.fromstr(room), nick, password=password, history=limits, autorejoin=False)

        def role_request(form, answer):
            self.heard(AskedForVoice(room, form.roomnick.value, str(form.jid.value), (form, answer)))

        def exited(muc_leave_mode=None, **_):
            self.exits[room] = muc_leave_mode

        entered.on_muc_role_request.connect(role_request)
        entered.on_exit.connect(exited)
        self.rooms[room] = entered
        self.exits.pop(room, None)
        await self.outcome(done)

    async def leave(self, room, nick):
        await self.outcome(self.rooms.pop(room).leave())
        assert self.exits[room] is LeaveMode.NORMAL, f"the library takes it for {self.exits[room]}"

    def agree_on_way_out(self, room, code):
        assert self.exits.get(room) is MODES[code], f"the library takes it for {self.exits.get(room)}"

    def roster(self, room):
        return {member.nick: (member.role, member.affiliation) for member in self.rooms[room].members}

    async def accept_defaults(self, room):
        await self.outcome(self.muc.set_room_config(JID.fromstr(room), aioxmpp.forms.Data(aioxmpp.forms.DataType.SUBMIT)))

    async def form(self, room):
        form = await self.outcome(self.muc.get_room_config(JID.fromstr(room)))
        return {field.var: field.values if len(field.values) > 1 else "".join(field.values) for field in form.fields}

    async def configure(self, room, values):
        form = muc_xso.ConfigurationForm.from_xso(await self.outcome(self.muc.get_room_config(JID.fromstr(room))))
        for name, value in values.items():
            getattr(form, name.removeprefix("muc#roomconfig_")).value = value
        await self.outcome(self.muc.set_room_config(JID.fromstr(room), form.render_reply()))

    def say(self, room, body):
        message = aioxmpp.Message(type_=aioxmpp.MessageType.GROUPCHAT)
        message.body[None] = body
        self.rooms[room].send_message(message)

    def whisper(self, room, nick, body):
        message = aioxmpp.Message(type_=aioxmpp.MessageType.CHAT, to=JID.fromstr(room).replace(resource=nick))
        message.body[None] = body
        message.xep0045_muc_user = muc_xso.UserExt()
        self.client.enqueue(message)

    def change_subject(self, room, subject):
        asyncio.ensure_future(self.rooms[room].set_topic({None: subject}))

    def change_nick(self, room, nick):
        asyncio.ensure_future(self.rooms[room].set_nick(nick))

    async def set_role(self, room, nick, role, reason=None):
        await self.outcome(self.rooms[room].muc_set_role(nick, role, reason=reason))

    async def set_affiliation(self, room, jid, affiliation, reason=None):
        await self.outcome(self.muc.set_affiliation(JID.fromstr(room), JID.fromstr(jid), affiliation, reason=reason))

    async def affiliated(self, room, affiliation):
        return {str(jid) for jid in await self.outcome(self.muc.get_affiliated(JID.fromstr(room), affiliation))}

    async def set_affiliations(self, room, affiliations):
        items = [muc_xso.AdminItem(jid=JID.fromstr(jid), affiliation=affiliation) for jid, affiliation in affiliations.items()]
        await self.request(room, muc_xso.AdminQuery(items=items))

    async def with_role(self, room, role):
        return {item.nick for item in (await self.request(room, muc_xso.AdminQuery(items=[muc_xso.AdminItem(role=role)]), aioxmpp.IQType.GET)).items}

    async def set_avatar(self, room, image):
        card = await self.outcome(self.cards.get_vcard(JID.fromstr(room)))
        card.set_photo_data("image/png", image)
        await self.outcome(self.cards.set_vcard(card, JID.fromstr(room)))

    async def avatar(self, room):
        return (await self.outcome(self.cards.get_vcard(JID.fromstr(room)))).get_photo_data()

    def retract(self, room, id):
        message = aioxmpp.Message(type_=aioxmpp.MessageType.GROUPCHAT, to=JID.fromstr(room))
        message.parley_retract = Retract()
        message.parley_retract.id_ = id
        self.client.enqueue(message)

    async def moderate(self, room, id, reason):
        payload = Moderate()
        payload.id_, payload.reason, payload.retract = id, reason, Retract()
        await self.request(room, payload)

    def ask_for_voice(self, room):
        asyncio.ensure_future(self.rooms[room].muc_request_voice())

    def grant_voice(self, request):
        form, answer = request.form
        form.request_allow.value = True
        answer.set_result(form.render_reply())

    def invite(self, room, jid, reason, direct=False):
        mode = aioxmpp.im.InviteMode.DIRECT if direct else aioxmpp.im.InviteMode.MEDIATED
        asyncio.ensure_future(self.rooms[room].invite(JID.fromstr(jid), reason, mode=mode))

    def decline(self, room, inviter, reason):
        message = aioxmpp.Message(type_=aioxmpp.MessageType.NORMAL, to=JID.fromstr(room))
        message.xep0045_muc_user = muc_xso.UserExt()
        decline = muc_xso.Decline()
        decline.to, decline.reason = JID.fromstr(inviter), reason
        message.xep0045_muc_user.decline = decline
        self.client.enqueue(message)

    async def request(self, to, payload, type_=aioxmpp.IQType.SET):
        return await self.outcome(self.client.send(aioxmpp.IQ(type_=type_, to=JID.fromstr(to), payload=payload)))

    async def destroy(self, room, reason, alternate):
        query = muc_xso.OwnerQuery()
        query.destroy = muc_xso.DestroyRequest()
        query.destroy.reason = reason
        query.destroy.jid = JID.fromstr(alternate) if alternate else None
        await self.request(room, query)

    async def registration(self, room):
        answer = await self.request(room, aioxmpp.ibr.Query(), aioxmpp.IQType.GET)
        return {field.var for field in answer.parley_form.fields}

    async def register(self, room, nick):
        form = (await self.request(room, aioxmpp.ibr.Query(), aioxmpp.IQType.GET)).parley_form
        form.type_ = aioxmpp.forms.DataType.SUBMIT
        for field in form.fields:
            if field.var == "muc#register_roomnick":
                field.values[:] = [nick]
        query = aioxmpp.ibr.Query()
        query.parley_form = form
        await self.request(room, query)

    async def unregister(self, room):
        query = aioxmpp.ibr.Query()
        query.remove = True
        await self.request(room, query)

    async def items(self, jid):
        answer = await self.outcome(self.disco.query_items(JID.fromstr(jid), require_fresh=True))
        return [(str(item.jid), item.name) for item in answer.items]

    async def info(self, jid):
        answer = await self.outcome(self.disco.query_info(JID.fromstr(jid), require_fresh=True))
        fields = {field.var: "".join(field.values) for form in answer.exts for field in form.fields}
        return [(i.category, i.type_, i.name) for i in answer.identities], set(answer.features), fields

    async def history(self, room, after=None):
        found, complete = [], False
        while not complete:
            query = Query()
            query.rsm = aioxmpp.rsm.xso.ResultSetMetadata()
            query.rsm.max_ = PAGE
            if after is not None:
                query.rsm.after = aioxmpp.rsm.xso.After(after)
            self.results.clear()
            fin = await self.request(room, query)
            found += [(r.id_, r.forwarded.stanza.from_.resource, any_of(r.forwarded.stanza.body)) for r in self.results]
            complete, after = fin.complete, found[-1][0] if found else None
        return found


if __name__ == "__main__":
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    code = loop.run_until_complete(Flow(AioxmppGuest).run())
    sys.stdout.flush()
    os._exit(code)
