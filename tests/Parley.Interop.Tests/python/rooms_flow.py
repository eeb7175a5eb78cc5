"""Rooms (XEP-0045) as people use them, as steps for any client library: see slixmpp_rooms.py and its siblings.

usage: LIBRARY_rooms.py HOST PORT DOMAIN CA-FILE

Prints `ok STEP` or `failed STEP: WHY`; the first failure ends the run. The accounts alice, bob and carol exist; their passwords are their names.
"""
import asyncio
import datetime
import hashlib
import traceback

from rooms_guest import CONFIG, DOMAIN, ROOM, SERVICE, TIMEOUT, AskedForVoice, Declined, Invited, Pictured, Refused, Retracted, RetractedAsOfOld, Said, Seen


class Flow:
    """alice owns the room; carol is not there from the beginning."""

    def __init__(self, guest):
        self.alice, self.alice2 = guest("alice", "one"), guest("alice", "two")
        self.bob, self.carol = guest("bob", "bob"), guest("carol", "carol")

    def agree(self, guest, room=ROOM, **expected):
        """The library's own list of occupants."""
        roster = guest.roster(room)
        assert roster is None or roster == expected, f"{guest.full} takes {roster} to be there, not {expected}"

    async def refused(self, condition, task):
        try:
            await task
        except Refused as refusal:
            assert str(refusal) == condition, f"refused with {refusal}, not {condition}"
        else:
            raise AssertionError(f"not refused with {condition}")

    async def settle(self, *guests):
        """All that is under way to these has arrived; then it is forgotten."""
        for guest in guests:
            await guest.ping()
        for guest in guests:
            guest.forget()

    async def service(self):
        for guest in (self.alice, self.bob, self.carol):
            await guest.open()
        items = await self.alice.items(DOMAIN)
        assert SERVICE in [jid for jid, _ in items], f"the domain has {items}"
        identities, features, _ = await self.alice.info(SERVICE)
        assert ("conference", "text") in [i[:2] for i in identities], f"identities: {identities}"
        assert "http://jabber.org/protocol/muc" in features, f"features: {features}"
        assert not await self.alice.items(SERVICE), "there are rooms"
        await self.refused("item-not-found", self.alice.info(ROOM))

    async def reserved_room(self):
        await self.alice.enter(ROOM, "Alice")
        own = await self.alice.seen("Alice")
        assert {110, 201} <= own.codes, f"entered a new room with {own.codes}"
        assert (own.role, own.affiliation) == ("moderator", "owner"), f"its creator is {own}"
        await self.refused("item-not-found", self.bob.enter(ROOM, "Bob"))
        form = await self.alice.form(ROOM)
        for name in ("roomname", "roomdesc", "persistentroom", "publicroom", "membersonly", "moderatedroom", "whois", "changesubject", "enablelogging",
                     "maxusers", "allowinvites", "passwordprotectedroom", "roomsecret", "roomadmins", "roomowners", "allowpm", "getmemberlist"):
            assert CONFIG + name in form, f"{name} is not in the form: {sorted(form)}"
        await self.alice.configure(ROOM, {
            CONFIG + "roomname": "The Den", CONFIG + "roomdesc": "Where it's <safe> & warm", CONFIG + "persistentroom": True,
            CONFIG + "publicroom": True, CONFIG + "enablelogging": True, CONFIG + "whois": "moderators", CONFIG + "changesubject": False,
        })
        form = await self.alice.form(ROOM)
        assert form[CONFIG + "roomname"] == "The Den" and form[CONFIG + "roomdesc"] == "Where it's <safe> & warm", f"the form is now {form}"
        assert form[CONFIG + "persistentroom"] in (True, "1", "true"), f"the form is now {form}"

    async def discovery(self):
        assert (ROOM, "The Den") in await self.bob.items(SERVICE), f"listed are {await self.bob.items(SERVICE)}"
        identities, features, fields = await self.bob.info(ROOM)
        assert ("conference", "text", "The Den") in identities, f"identities: {identities}"
        for feature in ("http://jabber.org/protocol/muc", "muc_persistent", "muc_public", "muc_open", "muc_unmoderated", "muc_semianonymous", "muc_unsecured",
                        "urn:xmpp:sid:0", "urn:xmpp:occupant-id:0"):
            assert feature in features, f"{feature} is not among {features}"
        assert fields.get("muc#roominfo_description") == "Where it's <safe> & warm", f"the room says {fields}"
        assert fields.get("muc#roominfo_occupants") == "1", f"the room says {fields}"

    async def chat(self):
        await self.settle(self.alice, self.bob)
        await self.bob.enter(ROOM, "Bob")
        first = self.bob.all(Seen, room=ROOM)
        assert [s.nick for s in first] == ["Alice", "Bob"], f"bob was told of {first}"
        assert 110 in first[1].codes and 201 not in first[1].codes, f"bob entered with {first[1].codes}"
        assert first[0].jid is None, "bob sees alice's address"
        told = await self.alice.seen("Bob")
        assert told.jid == self.bob.bare and (told.role, told.affiliation) == ("participant", "none"), f"alice was told {told}"
        self.agree(self.alice, Alice=("moderator", "owner"), Bob=("participant", "none"))
        self.agree(self.bob, Alice=("moderator", "owner"), Bob=("participant", "none"))
        await self.bob.until("the empty subject", Said, room=ROOM, subject="")
        for n in range(4):
            self.alice.say(ROOM, f"line {n} <&>")
        await self.bob.said("line 3 <&>")
        self.bob.say(ROOM, "I see \U0001F44B")
        for guest in (self.alice, self.bob):
            await guest.said("I see \U0001F44B", kind="groupchat", nick="Bob", delayed=False)
            lines = guest.all(Said, condition=lambda s: (s.body or "").startswith("line "))
            assert [s.body for s in lines] == [f"line {n} <&>" for n in range(4)], f"{guest.full} heard {lines}"
            assert all(s.nick == "Alice" and s.id and s.occupant == lines[0].occupant for s in lines) and lines[0].occupant, f"{guest.full} heard {lines}"
        assert told.occupant and told.occupant != lines[0].occupant, f"occupants are {told.occupant} and {lines[0].occupant}"

    async def history_on_entering(self):
        await self.carol.enter(ROOM, "Carol", history=2)
        await self.carol.until("the subject", Said, room=ROOM, subject="")
        past = self.carol.all(Said, condition=lambda s: s.body is not None)
        assert [(s.nick, s.body, s.delayed) for s in past] == [("Alice", "line 3 <&>", True), ("Bob", "I see \U0001F44B", True)], f"history was {past}"
        live = {s.body: s.id for s in self.alice.all(Said) if s.body}
        assert all(s.id == live[s.body] for s in past), f"ids {past} are not {live}"
        await self.carol.leave(ROOM, "Carol")
        left = await self.bob.seen("Carol", available=False)
        assert left.role == "none" and not left.codes, f"carol left as {left}"
        for hours, count in ((-1, 5), (1, 0)):
            await self.settle(self.carol)
            await self.carol.enter(ROOM, "Carol", since=datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=hours))
            await self.carol.until("the subject", Said, room=ROOM, subject="")
            past = self.carol.all(Said, condition=lambda s: s.body is not None)
            assert len(past) == count, f"history since {hours} hours from now was {past}"
            await self.carol.leave(ROOM, "Carol")
        await self.settle(self.alice, self.bob, self.carol)
        await self.carol.enter(ROOM, "Carol", history=0)
        await self.carol.until("the subject", Said, room=ROOM, subject="")
        assert not self.carol.all(Said, condition=lambda s: s.body is not None), f"history was {self.carol.heard_all}"

    async def private_message(self):
        await self.settle(self.alice, self.bob, self.carol)
        self.bob.whisper(ROOM, "Carol", "psst")
        heard = await self.carol.said("psst")
        assert (heard.nick, heard.kind) == ("Bob", "chat"), f"carol heard {heard}"
        self.bob.whisper(ROOM, "Nobody", "anybody?")
        refusal = await self.bob.until("the refusal", Said, room=ROOM, nick="Nobody", kind="error")
        assert refusal.error == "item-not-found", f"refused with {refusal}"
        await self.settle(self.carol)
        await self.alice.ping()
        assert not self.alice.all(Said), f"alice heard {self.alice.all(Said)}"

    async def nickname(self):
        await self.settle(self.alice, self.bob, self.carol)
        self.bob.change_nick(ROOM, "Robert")
        for guest in (self.alice, self.bob, self.carol):
            gone = await guest.seen("Bob", available=False)
            assert 303 in gone.codes and gone.new_nick == "Robert", f"{guest.full} was told {gone}"
            come = await guest.seen("Robert")
            assert (110 in come.codes) == (guest is self.bob), f"{guest.full} was told {come}"
            self.agree(guest, Alice=("moderator", "owner"), Robert=("participant", "none"), Carol=("participant", "none"))
        self.bob.change_nick(ROOM, "Carol")
        refusal = await self.bob.until("the refusal", Seen, lambda s: s.error is not None)
        assert refusal.error == "conflict", f"refused with {refusal}"
        self.bob.change_nick(ROOM, "Bob")
        for guest in (self.alice, self.bob, self.carol):
            await guest.seen("Bob")

    async def subject(self):
        await self.settle(self.alice, self.bob, self.carol)
        self.alice.change_subject(ROOM, "Fire & <ice>")
        for guest in (self.alice, self.bob, self.carol):
            await guest.until("the subject", Said, room=ROOM, subject="Fire & <ice>", nick="Alice", body=None)
        self.bob.change_subject(ROOM, "Mine")
        refusal = await self.bob.until("the refusal", Said, room=ROOM, kind="error")
        assert refusal.error == "forbidden", f"refused with {refusal}"

    async def two_sessions(self):
        await self.settle(self.alice, self.bob, self.carol)
        await self.alice2.open()
        await self.alice2.enter(ROOM, "Alice", history=0)
        await self.alice2.until("the subject", Said, room=ROOM, subject="Fire & <ice>")
        self.bob.say(ROOM, "to both")
        for guest in (self.alice, self.alice2):
            await guest.said("to both")
        self.alice2.say(ROOM, "from the other")
        for guest in (self.alice, self.alice2, self.bob):
            await guest.said("from the other", nick="Alice")
        self.alice2.change_nick(ROOM, "Alicia")
        for guest in (self.alice, self.alice2, self.bob):
            gone = await guest.seen("Alice", available=False)
            assert 303 in gone.codes and (110 in gone.codes) == (guest is not self.bob), f"{guest.full} was told {gone}"
            await guest.seen("Alicia")
            self.agree(guest, Alicia=("moderator", "owner"), Bob=("participant", "none"), Carol=("participant", "none"))
        self.alice.change_nick(ROOM, "Alice")
        for guest in (self.alice, self.alice2, self.bob):
            await guest.seen("Alice")
        await self.settle(self.alice, self.alice2, self.bob)
        await self.alice2.leave(ROOM, "Alice")
        await self.settle(self.alice2)
        self.bob.say(ROOM, "still there?")
        await self.alice.said("still there?")
        assert not self.bob.all(Seen, nick="Alice", available=False), f"bob was told {self.bob.all(Seen)}"
        self.agree(self.bob, Alice=("moderator", "owner"), Bob=("participant", "none"), Carol=("participant", "none"))
        await self.alice2.close()

    async def voice(self):
        await self.settle(self.alice, self.bob, self.carol)
        await self.alice.configure(ROOM, {CONFIG + "moderatedroom": True})
        changed = await self.bob.until("the change of configuration", Said, lambda s: 104 in s.codes)
        assert changed.nick is None, f"told by {changed}"
        await self.alice.set_role(ROOM, "Carol", "visitor", "hush")
        for guest in (self.alice, self.bob, self.carol):
            await guest.seen("Carol", role="visitor", reason="hush")
        self.carol.say(ROOM, "mmh")
        refusal = await self.carol.until("the refusal", Said, room=ROOM, kind="error")
        assert refusal.error == "forbidden", f"refused with {refusal}"
        self.carol.ask_for_voice(ROOM)
        request = await self.alice.until("the request", AskedForVoice, room=ROOM)
        assert (request.nick, request.jid.split("/")[0]) == ("Carol", self.carol.bare), f"asked by {request}"
        self.alice.grant_voice(request)
        for guest in (self.alice, self.bob, self.carol):
            await guest.seen("Carol", role="participant")
        self.agree(self.bob, Alice=("moderator", "owner"), Bob=("participant", "none"), Carol=("participant", "none"))
        self.carol.say(ROOM, "at last")
        await self.bob.said("at last", nick="Carol")
        await self.alice.set_role(ROOM, "Bob", "moderator")
        await self.bob.seen("Bob", role="moderator")
        await self.refused("not-allowed", self.bob.set_role(ROOM, "Alice", "participant"))
        await self.alice.set_role(ROOM, "Bob", "participant")
        await self.alice.configure(ROOM, {CONFIG + "moderatedroom": False})
        await self.refused("forbidden", self.bob.form(ROOM))

    async def kick(self):
        await self.settle(self.alice, self.bob, self.carol)
        await self.alice.set_role(ROOM, "Carol", "none", "out & away")
        for guest in (self.alice, self.bob, self.carol):
            gone = await guest.seen("Carol", available=False)
            assert 307 in gone.codes and gone.role == "none", f"{guest.full} was told {gone}"
            assert (gone.actor, gone.reason) == ("Alice", "out & away"), f"{guest.full} was told {gone}"
            assert (110 in gone.codes) == (guest is self.carol), f"{guest.full} was told {gone}"
        self.carol.agree_on_way_out(ROOM, 307)
        self.agree(self.bob, Alice=("moderator", "owner"), Bob=("participant", "none"))
        await self.refused("forbidden", self.bob.set_role(ROOM, "Alice", "none"))
        await self.carol.enter(ROOM, "Carol", history=0)

    async def ban(self):
        await self.settle(self.alice, self.bob, self.carol)
        await self.alice.set_affiliation(ROOM, self.carol.bare, "outcast", "enough")
        for guest in (self.alice, self.bob, self.carol):
            gone = await guest.seen("Carol", available=False)
            assert 301 in gone.codes and (gone.affiliation, gone.reason) == ("outcast", "enough"), f"{guest.full} was told {gone}"
        self.carol.agree_on_way_out(ROOM, 301)
        await self.refused("forbidden", self.carol.enter(ROOM, "Carol"))
        assert await self.alice.affiliated(ROOM, "outcast") == {self.carol.bare}, f"outcasts: {await self.alice.affiliated(ROOM, 'outcast')}"
        await self.refused("forbidden", self.bob.affiliated(ROOM, "outcast"))
        await self.alice.set_affiliation(ROOM, self.carol.bare, "none")
        assert not await self.alice.affiliated(ROOM, "outcast"), "the outcast is still listed"
        await self.carol.enter(ROOM, "Carol", history=0)
        await self.bob.seen("Carol", affiliation="none")

    async def members(self):
        await self.settle(self.alice, self.bob, self.carol)
        await self.alice.set_affiliation(ROOM, self.bob.bare, "member")
        await self.bob.seen("Bob", affiliation="member")
        await self.alice.configure(ROOM, {CONFIG + "membersonly": True})
        gone = await self.carol.seen("Carol", available=False)
        assert 322 in gone.codes, f"carol was told {gone}"
        self.carol.agree_on_way_out(ROOM, 322)
        await self.refused("registration-required", self.carol.enter(ROOM, "Carol"))
        assert await self.alice.affiliated(ROOM, "member") == {self.bob.bare}, f"members: {await self.alice.affiliated(ROOM, 'member')}"
        await self.alice.set_affiliation(ROOM, self.carol.bare, "member", "welcome")
        await self.carol.enter(ROOM, "Carol", history=0)
        assert await self.alice.affiliated(ROOM, "member") == {self.bob.bare, self.carol.bare}
        await self.alice.set_affiliation(ROOM, self.carol.bare, "none")
        gone = await self.bob.seen("Carol", available=False)
        while 321 not in gone.codes:
            gone = await self.bob.until("321", Seen, lambda s: 321 in s.codes, nick="Carol")
        await self.carol.until("321", Seen, lambda s: {110, 321} <= s.codes, nick="Carol")
        await self.alice.set_affiliation(ROOM, self.bob.bare, "admin")
        await self.bob.seen("Bob", affiliation="admin", role="moderator")
        assert await self.alice.affiliated(ROOM, "owner") == {self.alice.bare}
        assert await self.bob.affiliated(ROOM, "member") == set()
        await self.refused("forbidden", self.bob.affiliated(ROOM, "owner"))
        assert await self.alice.affiliated(ROOM, "admin") == {self.bob.bare}
        await self.refused("conflict", self.alice.set_affiliation(ROOM, self.alice.bare, "member"))

    async def lists(self):
        dave, eve = f"dave@{DOMAIN}", f"eve@{DOMAIN}"
        await self.alice.set_affiliations(ROOM, {dave: "member", eve: "outcast", self.bob.bare: "member"})
        assert await self.alice.affiliated(ROOM, "member") == {dave, self.bob.bare}
        assert await self.alice.affiliated(ROOM, "outcast") == {eve}
        assert await self.alice.affiliated(ROOM, "admin") == set()
        assert await self.alice.with_role(ROOM, "moderator") == {"Alice"}
        assert await self.alice.with_role(ROOM, "participant") == {"Bob"}
        await self.alice.set_affiliations(ROOM, {dave: "none", eve: "none"})
        assert await self.alice.affiliated(ROOM, "member") == {self.bob.bare}

    async def invitations(self):
        await self.settle(self.alice, self.bob, self.carol)
        self.alice.invite(ROOM, self.carol.bare, "come & see")
        invitation = await self.carol.until("an invitation", Invited, room=ROOM)
        assert not invitation.direct and invitation.reason == "come & see", f"invited by {invitation}"
        self.carol.decline(ROOM, invitation.inviter, "too late")
        refusal = await self.alice.until("the refusal", Declined, room=ROOM)
        assert refusal.who.split("/")[0] == self.carol.bare and refusal.reason == "too late", f"declined by {refusal}"
        # Whoever is invited to a room of members has become one.
        assert self.carol.bare in await self.alice.affiliated(ROOM, "member"), "carol is no member"
        self.carol.forget()
        self.alice.invite(ROOM, self.carol.bare, "please", direct=True)
        invitation = await self.carol.until("an invitation", Invited, room=ROOM)
        assert invitation.direct and invitation.reason == "please" and invitation.inviter.split("/")[0] == self.alice.bare, f"invited by {invitation}"
        await self.carol.enter(ROOM, "Carol", history=0)
        await self.alice.set_affiliation(ROOM, self.carol.bare, "none")
        await self.carol.seen("Carol", available=False)
        await self.alice.configure(ROOM, {CONFIG + "membersonly": False})

    async def registration(self):
        await self.settle(self.alice, self.bob, self.carol)
        assert "muc#register_roomnick" in await self.carol.registration(ROOM)
        await self.carol.register(ROOM, "Caroline")
        assert self.carol.bare in await self.alice.affiliated(ROOM, "member"), "carol is no member"
        self.bob.change_nick(ROOM, "Caroline")
        refusal = await self.bob.until("the refusal", Seen, lambda s: s.error is not None)
        assert refusal.error == "conflict", f"refused with {refusal}"
        await self.carol.unregister(ROOM)
        assert self.carol.bare not in await self.alice.affiliated(ROOM, "member"), "carol is still a member"

    async def self_ping(self):
        await self.bob.ping(f"{ROOM}/Bob")
        await self.refused("not-acceptable", self.carol.ping(f"{ROOM}/Carol"))

    async def password(self):
        await self.alice.configure(ROOM, {CONFIG + "passwordprotectedroom": True, CONFIG + "roomsecret": "sésame"})
        await self.refused("not-authorized", self.carol.enter(ROOM, "Carol"))
        await self.carol.enter(ROOM, "Carol", history=0, password="sésame")
        await self.alice.configure(ROOM, {CONFIG + "passwordprotectedroom": False, CONFIG + "roomsecret": ""})

    async def non_anonymous(self):
        await self.settle(self.alice, self.bob, self.carol)
        await self.alice.configure(ROOM, {CONFIG + "whois": "anyone"})
        await self.bob.until("the change of configuration", Said, lambda s: 172 in s.codes)
        await self.carol.leave(ROOM, "Carol")
        self.carol.forget()
        await self.carol.enter(ROOM, "Carol", history=0)
        own = await self.carol.seen("Carol")
        assert {100, 110} <= own.codes, f"entered with {own.codes}"
        assert (await self.carol.seen("Bob")).jid == self.bob.bare, "carol does not see bob's address"
        assert (await self.bob.seen("Carol")).jid == self.carol.bare, "bob does not see carol's address"
        _, features, _ = await self.bob.info(ROOM)
        assert "muc_nonanonymous" in features, f"features: {features}"
        await self.alice.configure(ROOM, {CONFIG + "whois": "moderators"})
        await self.bob.until("the change of configuration", Said, lambda s: 173 in s.codes)

    async def avatar(self):
        await self.settle(self.alice, self.bob, self.carol)
        image = b"\x89PNG\r\n\x1a\n, as it were"
        await self.alice.set_avatar(ROOM, image)
        for guest in (self.alice, self.bob):
            await guest.until("the change of configuration", Said, lambda s: 104 in s.codes)
            await guest.until("the avatar's hash", Pictured, room=ROOM, hash=hashlib.sha1(image).hexdigest())
        assert await self.bob.avatar(ROOM) == image, f"the avatar is {await self.bob.avatar(ROOM)}"
        await self.refused("forbidden", self.bob.set_avatar(ROOM, b"mine"))

    async def retraction(self):
        await self.settle(self.alice, self.bob, self.carol)
        self.bob.say(ROOM, "a slip")
        slip = await self.bob.said("a slip")
        self.bob.retract(ROOM, slip.id)
        for guest in (self.alice, self.bob, self.carol):
            await guest.until("the retraction", Retracted, room=ROOM, nick="Bob", id=slip.id, moderator=None)
        self.carol.say(ROOM, "buy my potions")
        offence = await self.alice.said("buy my potions")
        await self.refused("forbidden", self.bob.moderate(ROOM, offence.id, "no"))
        await self.alice.moderate(ROOM, offence.id, "spam & lies")
        for guest in (self.alice, self.bob, self.carol):
            await guest.until("the moderation", Retracted, room=ROOM, nick=None, id=offence.id, moderator=f"{ROOM}/Alice", reason="spam & lies")
        kept = {archived: (nick, body) for archived, nick, body in await self.bob.history(ROOM)}
        assert kept[slip.id] == ("Bob", None) and kept[offence.id] == ("Carol", None), f"the archive has {kept}"
        await self.moderation_as_of_old()

    async def moderation_as_of_old(self):
        """By what the libraries have for it themselves, which is XEP-0425 0.2."""
        await self.settle(self.alice, self.bob, self.carol)
        _, features, _ = await self.alice.info(ROOM)
        assert "urn:xmpp:message-moderate:0" in features, f"features: {features}"
        self.carol.say(ROOM, "and my poisons")
        offence = await self.alice.said("and my poisons")
        if not await self.alice.moderate_as_of_old(ROOM, offence.id, "spam again"):
            return
        for guest in (self.alice, self.bob, self.carol):
            for kind in (Retracted, RetractedAsOfOld):
                await guest.until("the moderation", kind, room=ROOM, id=offence.id, moderator=f"{ROOM}/Alice", reason="spam again")
        await self.refused("forbidden", self.bob.moderate_as_of_old(ROOM, offence.id, "no"))
        kept = {archived: (nick, body) for archived, nick, body in await self.bob.history(ROOM)}
        assert kept[offence.id] == ("Carol", None), f"the archive has {kept}"

    async def archive(self):
        await self.settle(self.alice, self.bob, self.carol)
        _, features, _ = await self.carol.info(ROOM)
        assert "urn:xmpp:mam:2" in features, f"there is no archive: {features}"
        self.alice.say(ROOM, "before")
        before = await self.carol.said("before")
        await self.carol.close()
        await self.bob.seen("Carol", available=False)
        missed = [("Alice" if n % 2 else "Bob", f"missed {n}") for n in range(7)]
        for nick, body in missed:
            speaker = self.alice if nick == "Alice" else self.bob
            speaker.say(ROOM, body)
            await speaker.said(body)
        self.carol.forget()
        await self.carol.open()
        caught = await self.carol.history(ROOM, after=before.id)
        assert [(nick, body) for _, nick, body in caught if body] == missed, f"caught up with {caught}"
        live = [s.id for s in self.bob.all(Said, kind="groupchat") if s.body and s.body.startswith("missed")]
        assert [archived for archived, _, body in caught if body] == live, f"archived as {caught}, live {live}"
        await self.carol.enter(ROOM, "Carol", history=0)
        whole = await self.carol.history(ROOM)
        bodies = [body for _, _, body in whole if body]
        assert bodies[:5] == [*(f"line {n} <&>" for n in range(4)), "I see \U0001F44B"] and bodies[-7:] == [body for _, body in missed], f"the archive is {whole}"
        assert "psst" not in bodies, "a private message is in the archive"

    async def instant_room(self):
        other = f"other@{SERVICE}"
        await self.alice.enter(other, "Alice")
        await self.alice.accept_defaults(other)
        await self.bob.enter(other, "Bob")
        for guest, nick in ((self.alice, "Alice"), (self.bob, "Bob")):
            await guest.leave(other, nick)
        await self.refused("item-not-found", self.alice.info(other))

    async def destruction(self):
        await self.settle(self.alice, self.bob, self.carol)
        await self.refused("forbidden", self.bob.destroy(ROOM, "mine", None))
        await self.alice.destroy(ROOM, "we <move>", f"new@{SERVICE}")
        for guest in (self.alice, self.bob, self.carol):
            gone = await guest.until("the end", Seen, room=ROOM, destroyed=True)
            assert not gone.available and (gone.alternate, gone.reason) == (f"new@{SERVICE}", "we <move>"), f"{guest.full} was told {gone}"
        assert ROOM not in [jid for jid, _ in await self.bob.items(SERVICE)], "the room is still listed"
        for guest in (self.alice, self.bob, self.carol):
            await guest.close()

    async def run(self):
        for step in ("service", "reserved_room", "discovery", "chat", "history_on_entering", "private_message", "nickname", "subject", "two_sessions",
                     "voice", "kick", "ban", "members", "lists", "invitations", "registration", "self_ping", "password", "non_anonymous", "avatar", "instant_room",
                     "archive", "retraction", "destruction"):
            try:
                await asyncio.wait_for(getattr(self, step)(), 2 * TIMEOUT)
            except Exception as error:  # pylint: disable=broad-except
                traceback.print_exc()
                print(f"failed {step}: {type(error).__name__}: {error}", flush=True)
                return 1
            print(f"ok {step}", flush=True)
        return 0
