using System.Reflection;
using Microsoft.Extensions.Logging;
using Parley.Server.Hosting;
using Xunit;

namespace Parley.Server.Tests.Architecture;

/// <summary>Whoever filters a log by the number of an event gets that event.</summary>
public class LogEventTests
{
    [Fact]
    public void Each_event_of_the_server_has_a_number_of_its_own()
    {
        const BindingFlags all = BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        var events = typeof(XmppServerOptions).Assembly.GetTypes().SelectMany(static type => type.GetMethods(all))
            .Where(static method => method.IsDefined(typeof(LoggerMessageAttribute)))
            .ToLookup(static method => (method.DeclaringType, method.GetCustomAttribute<LoggerMessageAttribute>()!.EventId), static method => method.Name);
        Assert.NotEmpty(events);
        Assert.All(events, static named => Assert.Single(named));
    }
}
