-- Prosody as generous as it gets: no limits, plaintext on loopback, and only the modules that route, and rooms without history.
-- run-rooms replaces @PORT@ and @DATA@. Accounts and rosters are files, Prosody's default.
run_as_root = true
data_path = "@DATA@"
interfaces = { "127.0.0.1" }
c2s_ports = { @PORT@ }
network_backend = "epoll"
network_settings = { tcp_backlog = 4096 }

modules_enabled = { "roster", "saslauth", "presence", "message", "iq", "disco", "register_ibr" }
modules_disabled = { "s2s", "offline", "tls" }

authentication = "internal_hashed"
allow_unencrypted_plain_auth = true
c2s_require_encryption = false
allow_registration = true

log = { error = "*console" }

VirtualHost "localhost"

Component "conference.localhost" "muc"
  restrict_room_creation = false
  max_history_messages = 0
  muc_room_default_history_length = 0
