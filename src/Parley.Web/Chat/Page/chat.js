// Starts Converse.js as Parley's web chat. What is particular to this server stands in the page's `data-settings`.
'use strict';

{
  const settings = JSON.parse(document.body.dataset.settings);
  const absolute = (path, scheme) => {
    const url = new URL(path, document.baseURI);
    url.protocol = url.protocol.replace('http', scheme);
    return url.href;
  };

  const element = (name, attributes, ...children) => {
    const made = document.createElement(name);
    for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
    made.append(...children);
    return made;
  };

  // The rooms of this server that have words in their name or address (XEP-0433).
  const findRooms = async (api, words) => {
    const search = 'urn:xmpp:channel-search:0:search';
    const { $iq, u } = converse.env;
    const field = (query, name, value) => query.c('field', { var: name }).c('value').t(value).up().up();
    const query = $iq({ type: 'get', to: await u.muc.getDefaultMUCService() }).c('search', { xmlns: search })
      .c('set', { xmlns: 'http://jabber.org/protocol/rsm' }).c('max').t('10').up().up()
      .c('x', { xmlns: 'jabber:x:data', type: 'submit' });
    field(query, 'FORM_TYPE', 'urn:xmpp:channel-search:0:search-params');
    field(query, 'q', words);
    field(query, 'sinname', 'true');
    field(query, 'sinaddress', 'true');
    const found = await api.sendIQ(query, undefined, false);
    return [...found?.querySelectorAll('item') ?? []].map(item => {
      const value = item.getAttribute('address');
      const name = item.querySelector('name')?.textContent;
      return { label: name ? `${name} (${value})` : value, value };
    });
  };

  const define = (elements, api, state) => {
    const { connection, user } = api;
    // The name of this server, and no way to another site.
    elements.define('converse-brand-logo', class extends HTMLElement {
      connectedCallback() {
        this.replaceChildren(element('h1', { class: 'parley-brand' },
          element('img', { src: `${settings.files}icon.svg`, alt: '', width: '48', height: '48' }), settings.title));
      }
    });

    // Its own would load pictures from another site.
    elements.define('converse-footer', class extends HTMLElement {
      connectedCallback() {
        this.replaceChildren(element('p', { class: 'parley-footer' },
          'Parley, with ', element('a', { href: 'https://conversejs.org/', target: '_blank', rel: 'noopener noreferrer' }, 'Converse.js')));
      }
    });

    // Links to Converse.js's own site, above the form.
    elements.define('converse-controlbox-navbar', class extends HTMLElement { });

    if (settings.rooms) {
      // Its own search asks in a form that a site of its authors' alone speaks; without one it leaves the field out.
      elements.define('converse-add-muc-modal', class extends elements.registry['converse-add-muc-modal'] {
        updated(...changes) {
          super.updated?.(...changes);
          const name = this.querySelector('converse-autocomplete');
          if (name) name.getAutoCompleteList = words => findRooms(api, words);
        }
      });
    } else {
      elements.define('converse-rooms-list', class extends HTMLElement { });
    }

    // Logs a newly registered visitor in as the login form does. Its own way keeps nothing to log in with after a reload.
    elements.define('converse-registration-form', class extends elements.registry['converse-registration-form'] {
      onConnectStatusChanged(status, message) {
        if (status !== converse.env.Strophe.Status.REGISTERED) {
          super.onConnectStatusChanged(status, message);
          return;
        }

        const { username, password } = this.fields;
        const jid = `${username.toLowerCase()}@${this.domain.toLowerCase()}`;
        connection.get().reset();
        this.reset();
        history.replaceState(null, '', location.pathname + location.search);
        state.chatboxes.get('controlbox').set({ 'active-form': 'login' });
        user.login(jid, password);
      }
    });
  };

  // Who accepts a contact asks in return: 14.0.0 means to, and calls by an old name what has become something else.
  const askInReturn = contact => {
    const { subscribe, subscribeToPresence } = contact;
    contact.subscribe = function (...events) {
      return (events.length === 0 ? subscribeToPresence : subscribe).apply(this, events);
    };
  };

  // After a reload a new resource is made up even where the session is then resumed, and speaks in the wrong name: the server ends such a stream (RFC 6120 §8.1.2.1).
  const keepResource = (api, session) => {
    const key = 'parley-jid';
    const remember = () => sessionStorage.setItem(key, session().get('jid'));
    api.listen.on('connected', remember);
    api.listen.on('reconnected', remember);
    api.listen.on('setUserJID', () => {
      const jid = sessionStorage.getItem(key);
      const [bare, resource] = jid?.split('/', 2) ?? [];
      const connection = api.connection.get();
      if (!connection.authenticated && session().get('smacks_stream_id') && bare === session().get('bare_jid')) {
        session().save({ jid, resource });
        connection.jid = jid;
      }
    });
  };

  // The favourite emojis stay in the browser: the server has no publish-subscribe to keep them in yet.
  const keepFavourites = (api, state, session) => {
    api.listen.on('userSessionInitialized', () => {
      session().save(`converse.popular_emojis_frequencies.${session().get('bare_jid')}-fetched`, true);
    });
    api.listen.on('connected', () => {
      if (state.popular_emojis) state.popular_emojis.publish = async () => { };
    });
  };

  // Who is in a room when it is destroyed is told: 14.0.0 says it only to those who come later, and leaves the others in a room that is gone.
  const tellOfDestruction = (api, state) => {
    const listen = () => api.connection.get().addHandler(presence => {
      const destroy = presence.querySelector('x > destroy');
      const room = destroy && state.chatboxes.get(converse.env.Strophe.getBareJidFromJid(presence.getAttribute('from')));
      if (room && presence.querySelector('x > status[code="110"]')) {
        room.save({ moved_jid: destroy.getAttribute('jid'), destroyed_reason: destroy.querySelector('reason')?.textContent });
        room.session.save({ connection_status: converse.ROOMSTATUS.DESTROYED });
      }
      return true;
    }, 'http://jabber.org/protocol/muc#user', 'presence', 'unavailable');
    api.listen.on('connected', listen);
    api.listen.on('reconnected', listen);
  };

  // Invitations by way of the room (XEP-0045 §7.8.2), as other clients send them: 14.0.0 asks its user about direct ones alone.
  const askOfInvitations = (api, exports) => {
    const { $msg, Strophe } = converse.env;
    const listen = () => api.connection.get().addHandler(message => {
      const invitation = message.querySelector('x > invite[from]');
      if (invitation && !message.querySelector('x[xmlns="jabber:x:conference"]')) {
        const password = invitation.parentElement.querySelector('password')?.textContent;
        exports.onDirectMUCInvitation($msg({ from: invitation.getAttribute('from') }).c('x', {
          xmlns: 'jabber:x:conference',
          jid: Strophe.getBareJidFromJid(message.getAttribute('from')),
          reason: invitation.querySelector('reason')?.textContent ?? '',
          ...password && { password },
        }).tree());
      }
      return true;
    }, 'http://jabber.org/protocol/muc#user', 'message');
    api.listen.on('connected', listen);
    api.listen.on('reconnected', listen);
  };

  // Who changes their nickname is named: 14.0.0 tells everybody that their own has become "%1$s".
  const nameWhoRenamed = room => {
    const { createInfoMessageFromPresence } = room;
    room.createInfoMessageFromPresence = function (code, attributes) {
      if (code !== '303' || attributes.is_self) {
        createInfoMessageFromPresence.call(this, code, attributes);
        return;
      }

      const nick = converse.env.Strophe.getResourceFromJid(attributes.from);
      this.createMessage({ type: 'info', is_ephemeral: true, code, message: this.getActionInfoMessage(code, { ...attributes, nick }) });
    };
  };

  // Private messages in rooms are the user's: 14.0.0 writes them in the name of the occupant, for which a server ends the stream (RFC 6120 §8.1.2.1).
  const speakAsOneself = api => {
    api.listen.on('createMessageStanza', (_, data) => {
      data.stanza.attrs({ from: api.connection.get().jid });
      return data;
    });
  };

  // A dialog that was closed listens no longer: 14.0.0 lets it, and from the first confirmation on, Enter sends no form any more.
  const silenceClosed = elements => {
    const modal = Object.getPrototypeOf(elements.registry['converse-confirm-modal']).prototype;
    const { disconnectedCallback } = modal;
    modal.disconnectedCallback = function () {
      window.removeEventListener('keydown', this.onKeyDown);
      disconnectedCallback.call(this);
    };
  };

  converse.plugins.add('parley', {
    dependencies: ['converse-register', 'converse-roomslist', 'converse-roster', 'converse-controlbox', 'converse-emoji', 'converse-smacks'],
    initialize() {
      const { api, exports, state } = this._converse;
      const session = () => this._converse.session;
      define(api.elements, api, state);
      askInReturn(exports.RosterContact.prototype);
      keepResource(api, session);
      keepFavourites(api, state, session);
      tellOfDestruction(api, state);
      if (settings.rooms) askOfInvitations(api, exports);
      nameWhoRenamed(exports.MUC.prototype);
      speakAsOneself(api);
      silenceClosed(api.elements);
    },
  });

  const isOnlyDomain = settings.domains.length === 1;
  converse.initialize({
    // Where.
    websocket_url: settings.webSocket ? absolute(settings.webSocket, 'ws') : undefined,
    bosh_service_url: settings.bosh ? absolute(settings.bosh, 'http') : undefined,
    discover_connection_methods: false,
    assets_path: absolute(`${settings.files}converse`, 'http'),

    // Who.
    authentication: 'login',
    locked_domain: isOnlyDomain ? settings.domain : undefined,
    default_domain: isOnlyDomain ? undefined : settings.domain,
    allow_registration: settings.registration,
    registration_domain: settings.domain,

    // A device that is trusted keeps the session over a reload; the box says so, and is checked to begin with.
    allow_user_trust_override: true,
    auto_reconnect: true,
    keepalive: true,
    reuse_scram_keys: true,
    persistent_store: 'IndexedDB',

    // How it looks.
    view_mode: 'fullscreen',
    theme: 'nordic',
    dark_theme: 'dracula',
    i18n: settings.language ?? undefined,
    show_client_info: false,
    show_self_in_roster: false,
    visible_toolbar_buttons: { call: false, clear: true, emoji: true, location: false, spoiler: false },
    notification_icon: absolute(`${settings.files}icon.svg`, 'http'),

    // No other site: neither its lists, nor its pictures, nor its players.
    allowed_audio_domains: [location.hostname],
    allowed_image_domains: [location.hostname],
    allowed_video_domains: [location.hostname],
    autocomplete_providers_url: null,
    embed_3rd_party_media_players: false,
    providers_link: null,
    xmpp_providers_url: null,

    // Rooms. With several domains, those of the visitor's own are found once they have signed in. Who enters a room does not become its member for good,
    // and reads what was said before, which is not asked for otherwise where there is no archive.
    muc_domain: isOnlyDomain && settings.rooms ? settings.rooms : undefined,
    muc_search_service: settings.rooms,
    muc_nickname_from_jid: true,
    muc_history_max_stanzas: 50,
    auto_register_muc_nickname: false,
    allow_muc_invitations: !!settings.rooms,

    // What the server does not have yet is not offered.
    allow_adhoc_commands: false,
    allow_bookmarks: false,
    whitelisted_plugins: ['parley'],
    blacklisted_plugins: [
      'converse-bookmarks', 'converse-bookmark-views', 'converse-omemo', 'converse-omemo-views', 'converse-push',
    ],
  });
}
