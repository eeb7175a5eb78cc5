using Parley.TestKit.Storage;

namespace Parley.Server.Tests.Storage;

public sealed class InMemoryAccountStoreTests : AccountStoreSpec<InMemoryBackend>;

public sealed class InMemoryRosterStoreTests : RosterStoreSpec<InMemoryBackend>;

public sealed class InMemoryBlockListStoreTests : BlockListStoreSpec<InMemoryBackend>;

public sealed class InMemoryOfflineStoreTests : OfflineStoreSpec<InMemoryBackend>;

public sealed class InMemoryAccountDocumentStoreTests : AccountDocumentStoreSpec<InMemoryBackend>;

public sealed class InMemoryLastActivityStoreTests : LastActivityStoreSpec<InMemoryBackend>;

public sealed class InMemorySettingStoreTests : SettingStoreSpec<InMemoryBackend>;

public sealed class InMemoryArchiveStoreTests : ArchiveStoreSpec<InMemoryBackend>;

public sealed class InMemoryDetachedSessionStoreTests : DetachedSessionStoreSpec<InMemoryBackend>;

public sealed class InMemoryRoomStoreTests : RoomStoreSpec<InMemoryBackend>;

public sealed class InMemoryRoomArchiveTests : RoomArchiveSpec<InMemoryBackend>;
