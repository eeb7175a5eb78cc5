using Parley.TestKit.Storage;

namespace Parley.Interop.Tests.Storage;

public sealed class PostgreSqlAccountStoreTests : AccountStoreSpec<PostgreSqlBackend>;

public sealed class PostgreSqlRosterStoreTests : RosterStoreSpec<PostgreSqlBackend>;

public sealed class PostgreSqlBlockListStoreTests : BlockListStoreSpec<PostgreSqlBackend>;

public sealed class PostgreSqlOfflineStoreTests : OfflineStoreSpec<PostgreSqlBackend>;

public sealed class PostgreSqlArchiveStoreTests : ArchiveStoreSpec<PostgreSqlBackend>;

public sealed class PostgreSqlArchiveQueriesTests : ArchiveQueriesSpec<PostgreSqlBackend>;

public sealed class PostgreSqlDetachedSessionStoreTests : DetachedSessionStoreSpec<PostgreSqlBackend>;

public sealed class PostgreSqlAccountDocumentStoreTests : AccountDocumentStoreSpec<PostgreSqlBackend>;

public sealed class PostgreSqlLastActivityStoreTests : LastActivityStoreSpec<PostgreSqlBackend>;

public sealed class PostgreSqlSettingStoreTests : SettingStoreSpec<PostgreSqlBackend>;

public sealed class PostgreSqlRoomStoreTests : RoomStoreSpec<PostgreSqlBackend>;

public sealed class PostgreSqlRoomArchiveTests : RoomArchiveSpec<PostgreSqlBackend>;
