-- Prosody as generous as it gets: no limits, plaintext on loopback for clients, and only the modules that route and federate.
-- run-federation replaces @DOMAIN@, @ADDRESS@, @PORT@, @S2S_PORT@, @DNS_PORT@ and @HOME@. Accounts and rosters are files, Prosody's default.
run_as_root = true
data_path = "@HOME@/data"
interfaces = { "@ADDRESS@" }
c2s_ports = { @PORT@ }
s2s_ports = { @S2S_PORT@ }
network_backend = "epoll"
network_settings = { tcp_backlog = 4096 }
unbound = { resolvconf = false, hoststxt = false, forward = { "127.0.0.1@@DNS_PORT@" }, options = { ["do-not-query-localhost:"] = "no" } }

modules_enabled = { "roster", "saslauth", "presence", "message", "iq", "disco", "register_ibr", "tls", "dialback", "s2s" }
modules_disabled = { "offline" }

authentication = "internal_hashed"
allow_unencrypted_plain_auth = true
c2s_require_encryption = false
s2s_secure_auth = false
allow_registration = true
ssl = { key = "@HOME@/cert.pem", certificate = "@HOME@/cert.pem" }

log = { error = "*console" }

VirtualHost "@DOMAIN@"
