using System.Data.Common;

namespace Parley.Server.Tests.Storage.Faults;

/// <summary>What a driver throws when its database fails, here because a test wants it to.</summary>
public sealed class InjectedFault() : DbException("The test has the database fail.");
