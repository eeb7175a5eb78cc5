using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Parley.Server.Federation;
using Parley.Server.Federation.Dns;
using Parley.Server.Hosting;
using Xunit;

namespace Parley.Server.Tests.Federation;

/// <summary>What the options take, and what they lead to.</summary>
public sealed class FederationOptionsTests
{
    [Theory]
    [InlineData("system", typeof(HostsFileResolver))]
    [InlineData("192.0.2.53", typeof(CachingDnsResolver))]
    [InlineData("127.0.0.1:5353", typeof(CachingDnsResolver))]
    [InlineData("[::1]:5353", typeof(CachingDnsResolver))]
    public async Task The_resolver_is_what_the_setting_names(string setting, Type type)
    {
        await using var services = Services(federation => federation.Resolver = setting);

        Assert.IsType(type, services.GetRequiredService<IDnsResolver>());
    }

    [Fact]
    public async Task A_file_answers_for_all()
    {
        var path = Path.GetTempFileName();
        await File.WriteAllTextAsync(path, "_xmpp-server._tcp.example.org SRV 0 0 5269 h\n", TestContext.Current.CancellationToken);
        await using var services = Services(federation => federation.Resolver = path);

        var location = await services.GetRequiredService<ServerLocator>().LocateAsync("example.org", ServiceKind.Server, TestContext.Current.CancellationToken);

        Assert.Equal("h:5269", Assert.Single(location.Targets).ToString());
        Assert.NotNull(services.GetRequiredService<ServerConnector>());
        File.Delete(path);
    }

    [Theory]
    [InlineData("Resolver", "/no/such/file", "Federation:Resolver: '/no/such/file' cannot be read; it takes 'system', a server's address such as 127.0.0.1:53, or the path of a file of fixed answers.")]
    [InlineData("ResolverAttempts", 0, "Federation:ResolverAttempts: 0 will not do; it takes 1 to 10.")]
    [InlineData("ResolverCacheRecords", 99, "Federation:ResolverCacheRecords: 99 is too small; it takes 100 or more.")]
    [InlineData("Authorities", "/no/such/file", "Federation:Authorities: '/no/such/file' cannot be read: Could not find")]
    [InlineData("DialbackSecret", "short", "Federation:DialbackSecret: it is too short; it takes 32 characters or more")]
    public void What_does_not_do_is_named_at_the_start(string key, object value, string problem) => Assert.StartsWith(problem, Failure(key, value), StringComparison.Ordinal);

    [Theory]
    [InlineData("ResolverTimeout", 0)]
    [InlineData("ConnectTimeout", -1)]
    [InlineData("ConnectDeadline", 601)]
    public void Times_are_above_zero_and_bounded(string key, int seconds) =>
        Assert.EndsWith("it takes a time above zero, up to ten minutes.", Failure(key, TimeSpan.FromSeconds(seconds)), StringComparison.Ordinal);

    private static string Failure(string key, object value)
    {
        using var services = Services(federation => typeof(FederationOptions).GetProperty(key)!.SetValue(federation, value));
        return Assert.Single(Assert.Throws<OptionsValidationException>(() => services.GetRequiredService<IOptions<XmppServerOptions>>().Value).Failures);
    }

    private static ServiceProvider Services(Action<FederationOptions> configure)
    {
        var services = new ServiceCollection();
        services.AddXmppServer(options =>
        {
            options.Domains.Add("example.org");
            configure(options.Federation);
        });
        return services.BuildServiceProvider();
    }
}
