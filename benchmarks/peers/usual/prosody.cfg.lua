-- Prosody without limits, plaintext on loopback, with the modules that Debian enables for users;
-- left out are those for administration, invitations, TLS and other servers, and "limits".
-- run-peers replaces @PORT@ and @DATA@. Accounts and rosters are files, Prosody's default.
run_as_root = true
data_path = "@DATA@"
interfaces = { "127.0.0.1" }
c2s_ports = { @PORT@ }
network_backend = "epoll"
network_settings = { tcp_backlog = 4096 }

modules_enabled = {
  "disco", "roster", "saslauth",
  "blocklist", "bookmarks", "carbons", "pep", "private", "smacks", "vcard4", "vcard_legacy",
  "csi_simple", "ping", "register", "time", "uptime", "version",
}
modules_disabled = { "s2s", "tls" }

authentication = "internal_hashed"
allow_unencrypted_plain_auth = true
c2s_require_encryption = false
allow_registration = true

log = { error = "*console" }

VirtualHost "localhost"
