CREATE TABLE account (address TEXT NOT NULL PRIMARY KEY, domain TEXT NOT NULL, credentials BLOB NOT NULL);
CREATE INDEX account_domain ON account (domain, address);
CREATE TABLE roster (account TEXT NOT NULL PRIMARY KEY, version BIGINT NOT NULL, FOREIGN KEY (account) REFERENCES account (address) ON DELETE CASCADE);
CREATE TABLE roster_item (account TEXT NOT NULL, contact TEXT NOT NULL, name TEXT, subscription BIGINT NOT NULL,
    ask BIGINT NOT NULL, approved BIGINT NOT NULL, groups_json TEXT NOT NULL, pending_in BLOB,
    in_roster BIGINT NOT NULL, version BIGINT NOT NULL, PRIMARY KEY (account, contact), FOREIGN KEY (account) REFERENCES account (address) ON DELETE CASCADE);
CREATE TABLE blocked_address (id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, address TEXT NOT NULL,
    UNIQUE (account, address), FOREIGN KEY (account) REFERENCES account (address) ON DELETE CASCADE);
CREATE TABLE offline_message (id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, stamp BIGINT NOT NULL, stanza BLOB NOT NULL,
    FOREIGN KEY (account) REFERENCES account (address) ON DELETE CASCADE);
CREATE INDEX offline_message_account ON offline_message (account, id);
CREATE TABLE account_document (account TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, content BLOB NOT NULL,
    PRIMARY KEY (account, kind, name), FOREIGN KEY (account) REFERENCES account (address) ON DELETE CASCADE);
CREATE TABLE last_activity (account TEXT NOT NULL PRIMARY KEY, at BIGINT NOT NULL, status TEXT, FOREIGN KEY (account) REFERENCES account (address) ON DELETE CASCADE);
CREATE TABLE setting (name TEXT NOT NULL PRIMARY KEY, value BLOB NOT NULL);
CREATE TABLE offline_kept (account TEXT NOT NULL, id BIGINT NOT NULL, stanza BLOB NOT NULL, PRIMARY KEY (account, id), FOREIGN KEY (account) REFERENCES account (address) ON DELETE CASCADE)
WITHOUT ROWID;
INSERT INTO offline_kept (account, id, stanza) SELECT account, stamp * 2048 + id % 2048, stanza FROM offline_message;
DROP TABLE offline_message;
ALTER TABLE offline_kept RENAME TO offline_message;
CREATE INDEX offline_message_id ON offline_message (id);
CREATE TABLE archive_owner (id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, address TEXT NOT NULL UNIQUE, domain TEXT NOT NULL,
    FOREIGN KEY (address) REFERENCES account (address) ON DELETE CASCADE);
CREATE INDEX archive_owner_domain ON archive_owner (domain, address);
CREATE TABLE archive (owner BIGINT NOT NULL, id BIGINT NOT NULL, peer TEXT NOT NULL, resource TEXT,
    message_hash BIGINT, groupchat BIGINT NOT NULL, stanza BLOB NOT NULL,
    PRIMARY KEY (owner, id), FOREIGN KEY (owner) REFERENCES archive_owner (id) ON DELETE CASCADE)
WITHOUT ROWID;
CREATE INDEX archive_peer ON archive (owner, peer, id, message_hash);
CREATE TABLE archive_recent (owner BIGINT NOT NULL, id BIGINT NOT NULL, peer TEXT NOT NULL, resource TEXT,
    message_hash BIGINT, groupchat BIGINT NOT NULL, stanza BLOB NOT NULL,
    UNIQUE (owner, id), FOREIGN KEY (owner) REFERENCES archive_owner (id) ON DELETE CASCADE);
CREATE VIEW archive_all AS SELECT owner, id, peer, resource, message_hash, groupchat, stanza FROM archive UNION ALL SELECT owner, id, peer, resource, message_hash, groupchat, stanza FROM archive_recent;
CREATE TABLE archive_moved (id BIGINT NOT NULL);
INSERT INTO archive_moved (id) VALUES (0);
CREATE TABLE archive_text (id INTEGER NOT NULL PRIMARY KEY, owners TEXT NOT NULL, body TEXT NOT NULL);
CREATE VIRTUAL TABLE archive_search USING fts5
    (owners, body, content='archive_text', content_rowid='id', columnsize=0, tokenize='unicode61 remove_diacritics 2');
CREATE TABLE archive_text_new (id INTEGER NOT NULL PRIMARY KEY);
CREATE TRIGGER archive_text_removed AFTER DELETE ON archive_text
    WHEN NOT EXISTS (SELECT 1 FROM archive_text_new WHERE id = old.id) BEGIN
    INSERT INTO archive_search (archive_search, rowid, owners, body) VALUES ('delete', old.id, old.owners, old.body);
END;
CREATE TRIGGER archive_text_changed AFTER UPDATE ON archive_text
    WHEN NOT EXISTS (SELECT 1 FROM archive_text_new WHERE id = old.id) BEGIN
    INSERT INTO archive_search (archive_search, rowid, owners, body) VALUES ('delete', old.id, old.owners, old.body);
    INSERT INTO archive_search (rowid, owners, body) VALUES (new.id, new.owners, new.body);
END;
CREATE TABLE detached_session (id TEXT NOT NULL PRIMARY KEY, account TEXT NOT NULL, jid TEXT NOT NULL, state BLOB NOT NULL, FOREIGN KEY (account) REFERENCES account (address) ON DELETE CASCADE);
CREATE INDEX detached_session_account ON detached_session (account);
