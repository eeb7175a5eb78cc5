-- As in ../prosody.cfg.lua, and WebSocket and BOSH beside it. run-peers replaces @PORT@, @HTTP_PORT@ and @DATA@.
run_as_root = true
data_path = "@DATA@"
interfaces = { "127.0.0.1" }
c2s_ports = { @PORT@ }
http_interfaces = { "127.0.0.1" }
http_ports = { @HTTP_PORT@ }
https_ports = {}
network_backend = "epoll"
network_settings = { tcp_backlog = 4096 }

modules_enabled = { "roster", "saslauth", "presence", "message", "iq", "disco", "register_ibr", "bosh", "websocket" }
modules_disabled = { "s2s", "offline", "tls" }

authentication = "internal_hashed"
allow_unencrypted_plain_auth = true
c2s_require_encryption = false
consider_bosh_secure = true
consider_websocket_secure = true
allow_registration = true

log = { error = "*console" }

VirtualHost "localhost"
