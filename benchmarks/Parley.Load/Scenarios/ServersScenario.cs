using System.CommandLine;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Parley.Load.Connections;
using Parley.Load.Measurement;
using Parley.Load.Servers;

namespace Parley.Load.Scenarios;

/// <summary>What another domain costs that is connected and says nothing: the server's memory before, and with a stream each way to all of them, under TLS and by dialback.</summary>
internal static class ServersScenario
{
    // What the server loads once is no cost of a domain.
    private const int WarmUp = 20;

    public static Command Command(LoadOptions options)
    {
        var count = LoadOptions.Number("--count", "How many other domains.", 1000);
        var listen = LoadOptions.Number("--listen", "TCP port of the other domains' servers, each on a loopback address of its own (127.1.x.y).", 15_269);
        var seconds = LoadOptions.Number("--seconds", "How long to hold the streams before memory is read again.", 5);
        var bidirectional = new Option<bool>("--bidi") { Description = "Have answers come back on the stream of the question (XEP-0288)." };
        var oneWay = new Option<bool>("--one-way") { Description = "Have the domains ask nothing: no answer goes back. The stream on which a key is asked about ends when it has rested; --seconds has to be longer than that." };
        var records = new Option<string?>("--records") { Description = "Only write the records of the other domains to this file, for the server's resolver, and end." };
        var command = new Command("servers", "Measure the server's memory and CPU for other domains whose streams rest. --port is that for servers, --domain one that it hosts.")
        {
            count, listen, seconds, bidirectional, oneWay, records,
        };
        count.Validators.Add(static result =>
        {
            if (result.GetValueOrDefault<int>() > RemoteDomain.MaxCount)
                result.AddError($"--count takes a number up to {RemoteDomain.MaxCount}.");
        });
        options.Run(command, async (parsed, run, cancellation) =>
        {
            using var certificate = NewCertificate();
            var (domains, port) = (parsed.GetValue(count), parsed.GetValue(listen));
            run.Report.Add("domains", domains);
            run.Report.Add("bidi", parsed.GetValue(bidirectional));
            run.Report.Add("one_way", parsed.GetValue(oneWay));
            if (parsed.GetValue(records) is { } path)
                await File.WriteAllTextAsync(path, string.Concat(Enumerable.Range(0, domains + WarmUp).Select(i => RemoteDomain.Records(i, port))), cancellation);
            else
                await RunAsync(run, domains, i => new RemoteDomain(i, port, run.Target, certificate, parsed.GetValue(bidirectional), parsed.GetValue(oneWay)), TimeSpan.FromSeconds(parsed.GetValue(seconds)), cancellation);
        });
        return command;
    }

    private static async Task RunAsync(LoadRun run, int count, Func<int, RemoteDomain> create, TimeSpan hold, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Close(await ConnectAsync(run, count, WarmUp, create, stop.Token));
        await Task.Delay(TimeSpan.FromSeconds(1), cancellation);
        var (rss, pss) = (run.Server.RssKib(), run.Server.PssKib());

        // In two halves: what the server loads and compiles meanwhile is in the first.
        var connecting = new Interval(run.Server, run.Store);
        var half = count / 2;
        var first = await ConnectAsync(run, 0, half, create, stop.Token);
        await Task.Delay(hold, cancellation);
        var rssHalf = run.Server.RssKib();
        RemoteDomain[] domains = [.. first, .. await ConnectAsync(run, half, count - half, create, stop.Token)];
        run.Report.Add("connect_seconds", connecting.Seconds - hold.TotalSeconds);

        var resting = new Interval(run.Server, run.Store);
        await Task.Delay(hold, cancellation);
        if (run.Server.Known)
        {
            var spent = resting.End();
            run.Report.Add("server_cpu_percent", 100 * spent.ServerCpu!.Value / spent.Seconds);
            var (rssHeld, pssHeld) = (run.Server.RssKib(), run.Server.PssKib());
            run.Report.Add("rss_before_kib", rss);
            run.Report.Add("rss_held_kib", rssHeld);
            run.Report.Add("rss_kib_per_domain", (rssHeld - rss) / (double)count);
            run.Report.Add("rss_kib_per_domain_of_second_half", (rssHeld - rssHalf) / (double)(count - half));
            run.Report.Add("pss_kib_per_domain", (pssHeld - pss) / (double)count);
        }

        var dropped = domains.Count(static domain => domain.IsDropped);
        run.Report.Add("streams_in", count - dropped);
        run.Report.Add("streams_out", domains.Sum(static domain => domain.Open));
        if (dropped > 0)
            run.Report.Fault("the server closed idle streams");
        await stop.CancelAsync();
        Close(domains);
    }

    private static async Task<RemoteDomain[]> ConnectAsync(LoadRun run, int first, int count, Func<int, RemoteDomain> create, CancellationToken cancellation)
    {
        var domains = Enumerable.Range(first, count).Select(create).ToArray();
        await Crowd.EachAsync(run, count, (i, token) => domains[i].ConnectAsync(cancellation).WaitAsync(token), cancellation);
        return domains;
    }

    private static void Close(RemoteDomain[] domains) => Array.ForEach(domains, static domain => domain.Dispose());

    private static X509Certificate2 NewCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Parley load test", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("*.load.test");
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));

        // As a file has it: some platforms' TLS takes no key that lives in memory alone.
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
    }
}
