"""A client that uses rooms, and what it sees of them, for any client library: see rooms_flow.py and slixmpp_rooms.py."""
import asyncio
import sys
from dataclasses import dataclass, field
from typing import Optional

TIMEOUT = 20
HOST, PORT, DOMAIN, CA_FILE = sys.argv[1:5]
SERVICE = f"conference.{DOMAIN}"
ROOM = f"den@{SERVICE}"
CONFIG = "muc#roomconfig_"


class Refused(Exception):
    """An error as answer; its text is the condition."""


@dataclass
class Seen:
    """A presence of an occupant."""
    room: str
    nick: Optional[str]
    available: bool
    codes: set = field(default_factory=set)
    role: Optional[str] = None
    affiliation: Optional[str] = None
    jid: Optional[str] = None           # bare
    new_nick: Optional[str] = None
    actor: Optional[str] = None
    reason: Optional[str] = None
    destroyed: bool = False
    alternate: Optional[str] = None
    occupant: Optional[str] = None      # XEP-0421
    error: Optional[str] = None


@dataclass
class Said:
    """A message of a room, or by way of it."""
    room: str
    nick: Optional[str]
    kind: str                           # groupchat, chat, normal, error
    body: Optional[str] = None
    subject: Optional[str] = None       # "" where it is empty
    id: Optional[str] = None            # stanza-id by the room
    delayed: bool = False
    codes: set = field(default_factory=set)
    occupant: Optional[str] = None
    error: Optional[str] = None


@dataclass
class Invited:
    room: str
    inviter: str
    direct: bool
    reason: Optional[str] = None


@dataclass
class Declined:
    room: str
    who: str
    reason: Optional[str] = None


@dataclass
class AskedForVoice:
    room: str
    nick: str
    jid: str
    form: object


@dataclass
class Retracted:
    """That a message is no more to be shown: moderator and reason where it was not its author's wish."""
    room: str
    nick: Optional[str]
    id: str
    moderator: Optional[str] = None
    reason: Optional[str] = None


@dataclass
class RetractedAsOfOld:
    """What the library itself understands of it, by XEP-0425 0.2."""
    room: str
    id: str
    moderator: str
    reason: Optional[str]


@dataclass
class Pictured:
    """The room's avatar has this hash."""
    room: str
    hash: Optional[str]


class Guest:
    """A client. The libraries' subclasses call heard() with each of the above, in the order of the stream."""

    def __init__(self, user, resource):
        self.user, self.resource = user, resource
        self.bare = f"{user}@{DOMAIN}"
        self.full = f"{self.bare}/{resource}"
        self.heard_all = []
        self.changed = asyncio.Event()

    def heard(self, event):
        self.heard_all.append(event)
        self.changed.set()

    def forget(self):
        self.heard_all.clear()

    async def until(self, what, event, condition=None, **attributes):
        """The first event of a kind that has the attributes, once it is there."""
        def find():
            return next((e for e in self.heard_all if self.is_it(e, event, condition, attributes)), None)

        async def wait():
            while (found := find()) is None:
                self.changed.clear()
                await self.changed.wait()
            return found
        try:
            return await asyncio.wait_for(wait(), TIMEOUT)
        except asyncio.TimeoutError:
            raise AssertionError(f"{self.full} waited in vain for {what}; it has {self.heard_all}") from None

    def all(self, event, condition=None, **attributes):
        return [e for e in self.heard_all if self.is_it(e, event, condition, attributes)]

    @staticmethod
    def is_it(heard, event, condition, attributes):
        return isinstance(heard, event) and all(getattr(heard, k) == v for k, v in attributes.items()) and (condition is None or condition(heard))

    async def seen(self, nick, available=True, room=ROOM, **attributes):
        return await self.until(f"{nick}'s presence", Seen, room=room, nick=nick, available=available, error=None, **attributes)

    async def said(self, body, room=ROOM, **attributes):
        return await self.until(body, Said, room=room, body=body, **attributes)

    # What a library has to do; requests raise Refused.

    async def open(self):
        raise NotImplementedError

    async def close(self):
        raise NotImplementedError

    async def ping(self, to=DOMAIN):
        raise NotImplementedError

    async def enter(self, room, nick, history=None, since=None, password=None):
        """Enters, as the library does; complete when it takes itself to be in. history: the most messages; since: a time."""
        raise NotImplementedError

    async def leave(self, room, nick):
        raise NotImplementedError

    def roster(self, room):
        """What the library holds for the occupants: nickname to role and affiliation; None where it keeps no such thing."""
        return None

    def agree_on_way_out(self, room, code):
        """Asserts that the library takes itself to be out of a room for the reason of that code, if it keeps such a thing."""

    async def accept_defaults(self, room):
        """An instant room."""
        raise NotImplementedError

    async def form(self, room):
        """The configuration: field to value."""
        raise NotImplementedError

    async def configure(self, room, values):
        """Gets the form, changes these fields (bool or str), submits it."""
        raise NotImplementedError

    def say(self, room, body):
        raise NotImplementedError

    def whisper(self, room, nick, body):
        raise NotImplementedError

    def change_subject(self, room, subject):
        raise NotImplementedError

    def change_nick(self, room, nick):
        raise NotImplementedError

    async def set_role(self, room, nick, role, reason=None):
        raise NotImplementedError

    async def set_affiliation(self, room, jid, affiliation, reason=None):
        raise NotImplementedError

    async def affiliated(self, room, affiliation):
        """The set of bare JIDs."""
        raise NotImplementedError

    async def set_affiliations(self, room, affiliations):
        """Several at once: {jid: affiliation}."""
        raise NotImplementedError

    async def with_role(self, room, role):
        """The set of nicknames."""
        raise NotImplementedError

    async def set_avatar(self, room, image):
        raise NotImplementedError

    async def avatar(self, room):
        raise NotImplementedError

    def retract(self, room, id):
        """XEP-0424, one's own message."""
        raise NotImplementedError

    async def moderate(self, room, id, reason):
        """XEP-0425 0.3."""
        raise NotImplementedError

    async def moderate_as_of_old(self, room, id, reason):
        """XEP-0425 0.2, by the library's own function; False where it has none."""
        return False

    def ask_for_voice(self, room):
        raise NotImplementedError

    def grant_voice(self, request):
        raise NotImplementedError

    def invite(self, room, jid, reason, direct=False):
        raise NotImplementedError

    def decline(self, room, inviter, reason):
        raise NotImplementedError

    async def destroy(self, room, reason, alternate):
        raise NotImplementedError

    async def registration(self, room):
        """The names of the form's fields."""
        raise NotImplementedError

    async def register(self, room, nick):
        raise NotImplementedError

    async def unregister(self, room):
        raise NotImplementedError

    async def items(self, jid):
        """[(jid, name)]"""
        raise NotImplementedError

    async def info(self, jid):
        """[(category, type, name)], the set of features, the fields of muc#roominfo."""
        raise NotImplementedError

    async def history(self, room, after=None):
        """All of the archive behind an id, page by page: [(id, nick, body)]."""
        raise NotImplementedError
