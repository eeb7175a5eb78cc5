"""What a messenger needs so that nothing is lost, as steps for any client library: see slixmpp_history.py and its siblings.

usage: LIBRARY_history.py HOST PROXY-PORT PORT DOMAIN CA-FILE

Prints `ok STEP` or `failed STEP: WHY`; the first failure ends the run. The first device of alice connects to PROXY-PORT, all others to PORT. On
`freeze` in the output, the proxy is to forward nothing more of the present connections, without closing any, and say so by a line of input; on
`lose` it is to reset the client's ends of the frozen ones.
Passwords are the accounts' names.
"""
import asyncio
import sys
import traceback

TIMEOUT = 20
PAGE = 7
HOST, PROXY_PORT, PORT, DOMAIN, CA_FILE = sys.argv[1:6]


async def command(name):
    print(name, flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)


class Device:
    """A resource of an account. The libraries' subclasses fill the lists and call heard()."""

    # Whether the library sends again what was not acknowledged.
    sends_again = True

    def __init__(self, user, resource, port):
        self.user, self.resource, self.port = user, resource, int(port)
        self.bare = f"{user}@{DOMAIN}"
        self.full = f"{self.bare}/{resource}"
        self.live = []      # (body, stanza-id) of each message that came by itself
        self.carbons = []   # (sent or received, body) of each carbon copy
        self.changed = asyncio.Event()

    def heard(self):
        self.changed.set()

    async def until(self, what, condition):
        async def wait():
            while not condition():
                self.changed.clear()
                await self.changed.wait()
        try:
            await asyncio.wait_for(wait(), TIMEOUT)
        except asyncio.TimeoutError:
            raise AssertionError(f"{self.full} waited in vain for {what}; it has {self.live} and {self.carbons}") from None

    async def until_body(self, body):
        await self.until(body, lambda: body in self.bodies())

    def bodies(self):
        return [body for body, _ in self.live]

    # What a library has to do.

    async def open(self, available=True):
        """A new session with stream management, available or not."""
        raise NotImplementedError

    async def available(self):
        """Sends presence."""
        raise NotImplementedError

    async def close(self):
        raise NotImplementedError

    async def resume(self):
        """Asks to lose its frozen connection and reconnects; complete when the session has been resumed, which nothing else will do."""
        raise NotImplementedError

    def send(self, to, body):
        raise NotImplementedError

    async def ping(self):
        """The server has handled what was sent before."""
        raise NotImplementedError

    async def page(self, after=None, before=None):
        """A page of the archive, before='' for the last: [(id, body)], whether it is the end of the way, the count of all."""
        raise NotImplementedError

    async def enable_carbons(self):
        raise NotImplementedError


class Flow:
    def __init__(self, device):
        self.one = device("alice", "one", PROXY_PORT)
        self.two = device("alice", "two", PORT)
        self.bob = device("bob", "bob", PORT)
        self.newest = None

    async def resumption(self):
        await self.one.open()
        await self.bob.open()
        self.bob.send(self.one.bare, "before")
        await self.one.until_body("before")
        await command("freeze")
        meanwhile = [f"meanwhile {n}" for n in range(5)]
        for body in meanwhile:
            self.bob.send(self.one.bare, body)
        if self.one.sends_again:
            self.one.send(self.bob.bare, "into the void")
        await self.bob.ping()
        assert self.one.bodies() == ["before"], f"the proxy let through {self.one.bodies()}"
        assert not self.bob.bodies(), f"the proxy let through {self.bob.bodies()}"
        await self.one.resume()
        self.bob.send(self.one.bare, "after")
        await self.one.until_body("after")
        if not self.one.sends_again:
            self.one.send(self.bob.bare, "into the void")
        await self.bob.until_body("into the void")
        await self.one.ping()
        await self.bob.ping()
        assert self.one.bodies() == ["before", *meanwhile, "after"], f"after the resumption alice has {self.one.bodies()}"
        assert self.bob.bodies() == ["into the void"], f"after the resumption bob has {self.bob.bodies()}"

    async def again(self):
        """A second time: the counters have gone on."""
        before = len(self.one.live)
        await command("freeze")
        self.bob.send(self.one.bare, "again 1")
        await self.bob.ping()
        await self.one.resume()
        self.bob.send(self.one.bare, "again 2")
        await self.one.until_body("again 2")
        assert self.one.bodies()[before:] == ["again 1", "again 2"], f"alice has {self.one.bodies()[before:]}"

    async def history(self):
        for n in range(20):
            self.bob.send(self.one.bare, f"page {n}")
        await self.one.until_body("page 19")
        forwards, complete, after = [], False, None
        while not complete:
            page, complete, count = await self.one.page(after=after)
            assert len(page) <= PAGE and (page or complete), f"{len(page)} messages on a page of {PAGE}"
            forwards += page
            after = page[-1][0] if page else after
        bodies = [body for _, body in forwards]
        ids = [archived for archived, _ in forwards]
        assert [body for body in bodies if body != "into the void"] == self.one.bodies(), f"the archive is {bodies}"
        assert bodies.count("into the void") == 1, "what alice sent is not in her archive once"
        assert len(set(ids)) == len(ids), f"ids come twice: {ids}"
        assert count in (None, len(forwards)), f"count is {count} of {len(forwards)}"
        live = [stanza_id for _, stanza_id in self.one.live]
        assert all(stanza_id in ids for stanza_id in live), f"stanza-ids {live} are not among the archive's {ids}"

        backwards, complete, before = [], False, ""
        while not complete:
            page, complete, _ = await self.one.page(before=before)
            assert len(page) <= PAGE and (page or complete), f"{len(page)} messages on a page of {PAGE}"
            backwards = page + backwards
            before = page[0][0] if page else before
        assert backwards == forwards, f"backwards {backwards}, forwards {forwards}"
        self.newest = ids[-1]

    async def absence(self):
        await self.one.close()
        absent = [f"absent {n}" for n in range(3)]
        for body in absent:
            self.bob.send(self.one.bare, body)
        await self.bob.ping()
        self.one.live.clear()
        await self.one.open(available=False)
        page, complete, _ = await self.one.page(after=self.newest)
        assert [body for _, body in page] == absent and complete, f"caught up with {page}, complete: {complete}"
        await self.one.available()
        await self.one.ping()
        doubles = [stanza_id for _, stanza_id in self.one.live]
        ids = [archived for archived, _ in page]
        assert all(stanza_id in ids for stanza_id in doubles), f"offline messages {self.one.live} beside {page}"

    async def carbons(self):
        await self.two.open()
        for device in (self.one, self.two):
            await device.enable_carbons()
        self.bob.send(self.one.full, "to one device")
        await self.one.until_body("to one device")
        await self.two.until("a copy", lambda: ("received", "to one device") in self.two.carbons)
        self.one.send(self.bob.bare, "from one device")
        await self.bob.until_body("from one device")
        await self.two.until("a copy", lambda: ("sent", "from one device") in self.two.carbons)
        self.two.send(self.bob.bare, "from the other")
        await self.one.until("a copy", lambda: ("sent", "from the other") in self.one.carbons)
        for device in (self.one, self.two):
            await device.ping()
        assert self.one.carbons == [("sent", "from the other")], f"copies for one: {self.one.carbons}"
        assert self.two.carbons == [("received", "to one device"), ("sent", "from one device")], f"for the other: {self.two.carbons}"
        assert "to one device" not in self.two.bodies(), "a copy came as a message"

    async def run(self):
        for step in ("resumption", "again", "history", "absence", "carbons"):
            try:
                await asyncio.wait_for(getattr(self, step)(), 2 * TIMEOUT)
            except Exception as error:  # pylint: disable=broad-except
                traceback.print_exc()
                print(f"failed {step}: {type(error).__name__}: {error}", flush=True)
                return 1
            print(f"ok {step}", flush=True)
        return 0
