-- Prosody without limits, plaintext on loopback, with only what routes,
-- stream management and an archive in SQLite.
-- run-peers replaces what stands between @. Accounts and rosters are files, Prosody's default.
run_as_root = true
data_path = "@HOME@/data"
interfaces = { "127.0.0.1" }
c2s_ports = { @PORT@ }
network_backend = "epoll"
network_settings = { tcp_backlog = 4096 }

modules_enabled = { "roster", "saslauth", "presence", "message", "iq", "disco", "register_ibr", "smacks", "mam" }
modules_disabled = { "s2s", "offline", "tls" }

storage = { archive = "sql" }
sql = { driver = "SQLite3", database = "@HOME@/prosody.sqlite" } -- as it opens it: journal in a file of its own, synchronous=FULL
default_archive_policy = true

authentication = "internal_hashed"
allow_unencrypted_plain_auth = true
c2s_require_encryption = false
allow_registration = true

log = { error = "*console" }

VirtualHost "localhost"
