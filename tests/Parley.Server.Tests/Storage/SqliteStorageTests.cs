using Parley.TestKit.Storage;

namespace Parley.Server.Tests.Storage;

public sealed class SqliteAccountStoreTests : AccountStoreSpec<SqliteBackend>;

public sealed class SqliteRosterStoreTests : RosterStoreSpec<SqliteBackend>;

public sealed class SqliteBlockListStoreTests : BlockListStoreSpec<SqliteBackend>;

public sealed class SqliteOfflineStoreTests : OfflineStoreSpec<SqliteBackend>;

public sealed class SqliteAccountDocumentStoreTests : AccountDocumentStoreSpec<SqliteBackend>;

public sealed class SqliteLastActivityStoreTests : LastActivityStoreSpec<SqliteBackend>;

public sealed class SqliteSettingStoreTests : SettingStoreSpec<SqliteBackend>;

public sealed class SqliteArchiveStoreTests : ArchiveStoreSpec<SqliteBackend>;

public sealed class SqliteArchiveQueriesTests : ArchiveQueriesSpec<SqliteBackend>;

public sealed class SqliteDetachedSessionStoreTests : DetachedSessionStoreSpec<SqliteBackend>;

public sealed class SqliteRoomStoreTests : RoomStoreSpec<SqliteBackend>;

public sealed class SqliteRoomArchiveTests : RoomArchiveSpec<SqliteBackend>;
